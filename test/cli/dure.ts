import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'

const root = join(import.meta.dirname, '..', '..')
const main = join(root, 'src/cli/main.ts')
const flags = ['--conditions=dure-source', '--disable-warning=ExperimentalWarning']

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunDureOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
}

/** A `dure` that runs in a process of its own. */
export interface Dure {
  readonly child: ChildProcess
  /** Waits until the output holds something new that fits, and gives it; fails when the process ends before. */
  readonly until: (pattern: RegExp) => Promise<RegExpExecArray>
  readonly ended: Promise<Ended>
}

/** Those that still run: a test that fails must not leave them behind. */
const running = new Set<ChildProcess>()
after(() => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts the real command line. */
export function startDure(args: readonly string[], options: RunDureOptions = {}): Dure {
  const child = spawn(process.execPath, [...flags, main, ...args], {
    cwd: options.cwd ?? root,
    env: { ...cleanEnvironment(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  const output = { stdout: '', stderr: '', all: '', seen: 0 }
  const heard = new EventTarget()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      output[name] += chunk
      output.all += chunk
      heard.dispatchEvent(new Event('output'))
    })
  }
  const ended = once(child, 'close').then(([code, signal]) => {
    running.delete(child)
    heard.dispatchEvent(new Event('output'))
    // Why the casts: Node promises these two with the event.
    return {
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout: output.stdout,
      stderr: output.stderr,
    }
  })
  const until: Dure['until'] = async (pattern) => {
    for (;;) {
      const rest = output.all.slice(output.seen)
      const found = pattern.exec(rest)
      if (found) {
        output.seen += found.index + found[0].length
        return found
      }
      const hasEnded = child.exitCode !== null || child.signalCode !== null
      assert.ok(!hasEnded, `ended before ${String(pattern)}: ${rest}`)
      await once(heard, 'output')
    }
  }
  return { child, until, ended }
}

/** Runs the real command line to its end. */
export async function runDure(args: readonly string[], options?: RunDureOptions): Promise<Ended> {
  return startDure(args, options).ended
}

/** What the tester has set must not decide how a test ends. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { PORT: _port, NO_COLOR: _color, FORCE_COLOR: _force, ...others } = process.env
  const own = Object.entries(others).filter(([name]) => !name.startsWith('DURE_'))
  return Object.fromEntries(own)
}

/** A folder of its own, in which systems can be written that import `dure` and `zod`. */
export interface Playground extends Disposable {
  readonly folder: string
  readonly path: (...parts: readonly string[]) => string
}

export function createPlayground(): Playground {
  const folder = mkdtempSync(join(tmpdir(), 'dure-cli-'))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules/dure'))
  symlinkSync(join(root, 'node_modules/zod'), join(folder, 'node_modules/zod'))
  return {
    folder,
    path: (...parts) => join(folder, ...parts),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Copies the shop into a playground, where a test may change it. */
export function copyShop(playground: Playground): void {
  cpSync(join(root, 'test/systems/shop'), playground.path('shop'), { recursive: true })
}

export const shopFile = join(root, 'test/systems/shop/system.ts')

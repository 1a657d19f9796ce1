// A server as a child process of one test file: it ends with the test that started it, however that ends.
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'

/** What a server may print and be remembered for: the end is what explains a failure. */
const printedCharactersMax = 20_000

export interface ServerCommand {
  readonly file: string
  readonly args: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** The operating system's user to run as; the present one without it. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined
  /** Whether a line that the server prints says that it takes work. */
  readonly isReady: (line: string) => boolean
}

/** A server that takes work. */
export interface ServerProcess extends AsyncDisposable {
  readonly pid: number
  /** Sends a signal and waits for the end of the server. */
  end(signal: NodeJS.Signals): Promise<void>
  /** Stops the server and all its children from running, until `thaw`; their sockets stay open. */
  freeze(): void
  thaw(): void
  /** The end of what it has printed. */
  printed(): string
}

/** Starts a server and waits until it says that it takes work. Fails with what it printed when it ends before. */
export async function startServer(command: ServerCommand): Promise<ServerProcess> {
  const child = spawn(command.file, command.args, {
    ...command.user,
    env: { ...process.env, ...command.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // Some servers are a script with the server as its child: both have to go.
  const killChild = (): void => signalFamily(child.pid ?? 0, 'SIGKILL')
  process.once('exit', killChild)
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  let printed = ''
  const note = (line: string): void => {
    printed = `${printed}${line}\n`.slice(-printedCharactersMax)
  }
  try {
    await untilReady(child, command.isReady, note)
  } catch (cause) {
    killChild()
    await ended
    process.off('exit', killChild)
    throw new Error(`${command.file} did not start.\n${printed}`, { cause })
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return ended
    if (signal === 'SIGKILL') killChild()
    else child.kill(signal)
    await ended
    process.off('exit', killChild)
  }
  const { pid = 0 } = child
  return {
    pid,
    end,
    freeze: () => signalFamily(pid, 'SIGSTOP'),
    thaw: () => signalFamily(pid, 'SIGCONT'),
    printed: () => printed,
    [Symbol.asyncDispose]: () => end('SIGKILL'),
  }
}

function untilReady(
  child: ChildProcess,
  isReady: (line: string) => boolean,
  note: (line: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => reject(new Error(`it ended with ${code}`)))
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue
      createInterface({ input: stream }).on('line', (line) => {
        note(line)
        if (isReady(line)) resolve()
      })
    }
  })
}

function signalFamily(pid: number, signal: NodeJS.Signals): void {
  if (pid === 0) return
  for (const each of [pid, ...childrenOf(pid)]) {
    try {
      process.kill(each, signal)
    } catch {
      // It has ended meanwhile, which is as good.
    }
  }
}

/** The children of a process, where the operating system lists them under /proc. */
function childrenOf(pid: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
    .map(Number)
}

function parentOf(pid: string): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1) ?? ''
    return Number(fields.split(' ')[1])
  } catch {
    return undefined
  }
}

/** A port on loopback that was free a moment ago. Somebody may take it: whoever listens there tries again. */
export async function findFreePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

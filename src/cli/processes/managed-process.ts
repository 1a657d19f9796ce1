import { type ChildProcess, fork } from 'node:child_process'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { PeerAddresses } from '../../calls/directory.ts'
import type { ProcessReport } from '../../calls/processes.ts'
import type { FromMember, ToMember } from './process-messages.ts'

export interface ManagedOptions {
  readonly name: string
  readonly group: string
  /** What the program is called with. */
  readonly arguments: readonly string[]
  readonly onChange: (process: ManagedProcess) => void
  readonly onLine: (name: string, line: string) => void
}

/** How long a process may take to stop before it is ended, in milliseconds. */
export const stopMsMax = 20_000

/** One child of the supervisor, from its start to its end. */
export class ManagedProcess {
  readonly name: string
  readonly group: string
  readonly startedAtMs = Date.now()
  state: 'loading' | 'loaded' | 'starting' | 'ready' | 'stopping' | 'gone' = 'loading'
  /** Where others can ask it; undefined until it listens. */
  address: string | undefined
  busy = 0
  /** How it ended. */
  exit: string | undefined
  readonly gone: Promise<void>
  readonly #child: ChildProcess
  readonly #options: ManagedOptions
  readonly #waiting = new Set<() => void>()

  constructor(options: ManagedOptions) {
    this.name = options.name
    this.group = options.group
    this.#options = options
    const [script = ''] = process.argv.slice(1)
    this.#child = fork(script, options.arguments, {
      execArgv: process.execArgv,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    this.#read(this.#child.stdout)
    this.#read(this.#child.stderr)
    // Why the cast: the child is Dure itself.
    this.#child.on('message', (message) => this.#hear(message as FromMember))
    const ended = Promise.withResolvers<void>()
    this.#child.on('close', (code, signal) => {
      this.exit = signal === null ? `ended with ${code}` : `was ended by ${signal}`
      this.address = undefined
      this.#become('gone')
      ended.resolve()
    })
    this.#child.on('error', (error) => options.onLine(this.name, error.message))
    this.gone = ended.promise
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get isTakingCalls(): boolean {
    return this.address !== undefined && this.state !== 'stopping'
  }

  report(restarts: number): ProcessReport {
    const { name, group, pid, state, busy, startedAtMs } = this
    const shown = state === 'loaded' ? 'loading' : state === 'gone' ? 'stopping' : state
    return { name, group, pid, state: shown, restarts, busy, startedAtMs }
  }

  /** Gives the word to start; told before the code is loaded it is given then. */
  async start(secret: string, addresses: PeerAddresses): Promise<void> {
    await this.until('loaded')
    if (this.state !== 'loaded') return
    // Trap: the word to start is the first that is told. A change is told to all that have started.
    this.#tell({ kind: 'start', secret, addresses })
    this.#become('starting')
  }

  tellAddresses(addresses: PeerAddresses): void {
    if (this.state === 'starting' || this.state === 'ready')
      this.#tell({ kind: 'addresses', addresses })
  }

  /** Hands a connection in; gives it back when the process cannot be told any more. */
  hand(socket: Socket, refused: (socket: Socket) => void): void {
    const message: ToMember = { kind: 'connection' }
    this.#child.send(message, socket, (error) => {
      if (error) refused(socket)
    })
  }

  /** Stops the process, and ends it when that takes too long. */
  async stop(): Promise<void> {
    if (this.state === 'gone') return
    if (this.state !== 'stopping') {
      this.#become('stopping')
      this.#tell({ kind: 'stop' })
    }
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), stopMsMax)
    await this.gone
    clearTimeout(timer)
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  /** Resolves when the process has come to a state, or past it. */
  async until(wanted: 'loaded' | 'ready'): Promise<void> {
    const order = ['loading', 'loaded', 'starting', 'ready', 'stopping', 'gone']
    while (order.indexOf(this.state) < order.indexOf(wanted))
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
  }

  #hear(message: FromMember): void {
    if (message.kind === 'busy') this.busy = message.share
    else if (message.kind === 'listening') {
      this.address = message.address
      this.#options.onChange(this)
    } else if (this.state !== 'stopping') this.#become(message.kind)
  }

  #become(state: ManagedProcess['state']): void {
    this.state = state
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
    this.#options.onChange(this)
  }

  #tell(message: ToMember): void {
    // A child that has left cannot be told anything, and its leaving is heard elsewhere.
    if (this.#child.connected) this.#child.send(message, () => undefined)
  }

  #read(stream: Readable | null): void {
    if (!stream) return
    createInterface({ input: stream }).on('line', (line) => this.#options.onLine(this.name, line))
  }
}

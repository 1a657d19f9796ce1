import { type ChildProcess, fork } from 'node:child_process'
import { relative } from 'node:path'
import type { FromChild, FromParent } from './dev-messages.ts'
import { exitCodes } from '../exit-codes.ts'
import { printNote, styleNote } from '../terminal.ts'
import { watchFiles } from './watch-files.ts'

export interface SuperviseOptions {
  /** Arguments for the child: what this process was called with, and that it is one. */
  readonly childArguments: readonly string[]
  readonly onReady: (url: string) => void
}

/**
 * Runs a system in a child process and starts it anew when one of its files changes.
 *
 * New code is loaded beside the running system; only when it loads is the old process stopped, and then the new one
 * starts. Code that does not load is reported, and the system goes on with the old code. Resolves with the exit code.
 */
export async function supervise(options: SuperviseOptions): Promise<number> {
  const supervisor = new Supervisor(options)
  return supervisor.run()
}

class Supervisor {
  readonly #options: SuperviseOptions
  readonly #watch = watchFiles((files) => this.#change(files))
  readonly #end = Promise.withResolvers<number>()
  /** The process that runs the system. */
  #running: ChildProcess | undefined
  /** The process that has loaded new code, and starts once the running one has stopped. */
  #next: ChildProcess | undefined
  /** The process that loads the code as it is now. */
  #loading: ChildProcess | undefined
  #files: readonly string[] = []
  /** Where the system was reached first: it stays there when any free port was asked for. */
  #url: string | undefined
  #isStopping = false

  constructor(options: SuperviseOptions) {
    this.#options = options
  }

  async run(): Promise<number> {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => this.#stop(signal))
    }
    this.#load()
    const code = await this.#end.promise
    this.#watch[Symbol.dispose]()
    return code
  }

  #change(files: readonly string[]): void {
    if (this.#isStopping) return
    const [first = '', ...others] = files.map((file) => relative(process.cwd(), file))
    const more = others.length === 0 ? '' : ` and ${others.length} more`
    printNote(`${styleNote('cyan', 'changed')} ${first}${more}`)
    this.#load()
  }

  /** Starts a process that loads the code as it is now. An older one that still loads has nothing to say any more. */
  #load(): void {
    this.#loading?.kill('SIGKILL')
    const [script = '', ...rest] = process.argv.slice(1)
    const child = fork(script, [...rest, ...this.#options.childArguments], {
      execArgv: process.execArgv,
    })
    this.#loading = child
    // Why the cast: the child is Dure itself.
    child.on('message', (message) => this.#hear(child, message as FromChild))
    child.on('exit', (code, signal) => this.#leave(child, { code, signal }))
  }

  #hear(child: ChildProcess, message: FromChild): void {
    if (message.kind === 'ready') {
      this.#url ??= message.url
      this.#options.onReady(message.url)
      return
    }
    // Trap: a process that was ended because of newer code may have spoken before. The newer code may not load, so
    // nothing may be stopped for the sake of the older one.
    if (child !== this.#loading) return
    if (message.kind === 'loaded') {
      this.#follow(message.files)
      this.#replaceBy(child)
    } else {
      // What the files before were is not known to the new code: the mistake may be in any of them.
      this.#follow([...new Set([...this.#files, ...message.files])])
    }
  }

  #follow(files: readonly string[]): void {
    this.#files = files
    this.#watch.follow(files)
  }

  /** Stops the old process, then lets the new one start: two never have the data open. */
  #replaceBy(child: ChildProcess): void {
    this.#loading = undefined
    this.#next?.kill('SIGKILL')
    this.#next = child
    if (this.#running) tell(this.#running, { kind: 'stop' })
    else this.#startNext()
  }

  #startNext(): void {
    const child = this.#next
    if (!child) return
    this.#next = undefined
    this.#running = child
    const port = this.#url === undefined ? undefined : Number(new URL(this.#url).port)
    tell(child, { kind: 'start', ...(port !== undefined && { port }) })
  }

  #leave(child: ChildProcess, exit: Exit): void {
    const wasRunning = child === this.#running
    const isKnown = this.#children().includes(child)
    this.#forget(child)
    if (this.#isStopping) this.#endWhenAlone(exit)
    else if (wasRunning && this.#next) this.#startNext()
    else if (exit.code !== 0 && isKnown) this.#fail(wasRunning, exit)
  }

  #forget(child: ChildProcess): void {
    if (child === this.#running) this.#running = undefined
    if (child === this.#next) this.#next = undefined
    if (child === this.#loading) this.#loading = undefined
  }

  /** The system has ended by itself, or new code does not load. Only at the very first start that is the end. */
  #fail(wasRunning: boolean, { code, signal }: Exit): void {
    const isLeft = this.#running !== undefined || this.#next !== undefined
    if (this.#url === undefined && !isLeft) return this.#end.resolve(code ?? exitCodes.failed.code)
    const how = signal === null ? `ended with ${code}` : `was ended by ${signal}`
    if (wasRunning) printNote(`The system ${how}. It starts anew when a file changes.`)
    else if (isLeft) printNote('The system goes on with the code from before.')
    else printNote('The system starts when a file changes.')
  }

  #endWhenAlone({ code }: Exit): void {
    if (this.#children().length === 0) this.#end.resolve(code ?? exitCodes.failed.code)
  }

  #children(): readonly ChildProcess[] {
    return [this.#running, this.#next, this.#loading].filter((child) => child !== undefined)
  }

  #stop(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): void {
    const children = this.#children()
    if (this.#isStopping) {
      for (const child of children) child.kill('SIGKILL')
      return this.#end.resolve(signal === 'SIGTERM' ? 143 : exitCodes.interrupted.code)
    }
    this.#isStopping = true
    if (children.length === 0) return this.#end.resolve(exitCodes.ok.code)
    printNote('Stopping...')
    for (const child of children) tell(child, { kind: 'stop' })
  }
}

interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

function tell(child: ChildProcess, message: FromParent): void {
  // A child that has left cannot be told anything, and its leaving is heard elsewhere.
  if (child.connected) child.send(message, () => undefined)
}

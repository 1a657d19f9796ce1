// One process of a system that `dure up` runs: loads, waits for the word, runs its services, and stops when told to.
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { resolve } from 'node:path'
import { type HttpServer, serveHttp } from '../../adapters/http/index.ts'
import { holdMemory, nodeClock } from '../../adapters/node/index.ts'
import { createDirectory, type Directory } from '../../calls/directory.ts'
import type { System } from '../../language/system.ts'
import type { Clock } from '../../runtime/index.ts'
import type { Settings } from '../config/settings.ts'
import { importSystem } from '../loading/load-system.ts'
import { reportError } from '../report-error.ts'
import { endAfter, endOnCrash } from '../running/process-end.ts'
import { renderReport, type RunReport } from '../running/run-report.ts'
import { outliveReader, printNote } from '../terminal.ts'
import { type Host, openHost } from './open-host.ts'
import { openBroker } from './open-broker.ts'
import { openStores } from './open-stores.ts'
import type { FromMember, ToMember } from './process-messages.ts'

export interface MemberOptions {
  /** The services of the process. */
  readonly services: readonly string[]
  /** Whether it serves the gateway, on connections that the supervisor hands in. */
  readonly hasGateway: boolean
  readonly settings: Settings
}

/** How often the supervisor hears how busy the process is, in milliseconds. */
const busyMs = 1_000

/** Runs as a child of `dure up`. */
export async function runMember(path: string, options: MemberOptions): Promise<void> {
  outliveReader()
  endOnCrash()
  // Ctrl-C reaches parent and child: the parent answers it, and tells the child.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined)
  try {
    const system = await importSystem(path, resolve(path))
    tell({ kind: 'loaded' })
    const order = await firstOrder()
    if (order.kind !== 'start') process.exit(0)
    await new Member(system, options).run(order)
  } catch (thrown) {
    // The line to the parent would hold the process.
    process.exit(reportError(thrown))
  }
}

class Member {
  readonly #system: System
  readonly #options: MemberOptions
  readonly #clock: Clock = nodeClock()
  readonly #directory: Directory = createDirectory()
  #host: Promise<Host> | undefined
  #server: HttpServer | undefined
  #isReady = false
  #isStopping = false

  constructor(system: System, options: MemberOptions) {
    this.#system = system
    this.#options = options
  }

  async run({ secret, addresses }: ToMember & { readonly kind: 'start' }): Promise<void> {
    holdMemory()
    this.#directory.tell(addresses)
    process.on('message', (message, socket) => {
      // Why the casts: the parent is Dure itself, and hands in the sockets that it has accepted.
      this.#hear(message as ToMember, socket as Socket | undefined)
    })
    process.on('SIGTERM', () => this.#stop())
    process.on('disconnect', () => this.#stop())
    this.#host = this.#open(secret)
    const host = await this.#host
    if (this.#options.hasGateway) await this.#openGateway(host)
    this.#isReady = true
    tell({ kind: 'ready' })
    this.#tellHowBusy()
  }

  #hear(message: ToMember, socket: Socket | undefined): void {
    if (message.kind === 'stop') this.#stop()
    if (message.kind === 'addresses') this.#directory.tell(message.addresses)
    if (message.kind === 'connection' && socket) {
      this.#server?.take(socket)
      socket.resume()
    }
  }

  async #open(secret: string): Promise<Host> {
    const { services, settings } = this.#options
    const clock = this.#clock
    const stores = await openStores({ settings, system: this.#system.name, clock, report })
    // What has no services takes no messages.
    const broker =
      services.length === 0
        ? undefined
        : await openBroker({ settings, system: this.#system.name, clock, report })
    return openHost({
      system: this.#system,
      here: services,
      stores,
      broker,
      clock,
      directory: this.#directory,
      peers: { secret },
      partitions: settings.partitions,
      onListening: (address) => tell({ kind: 'listening', address }),
      report,
    })
  }

  async #openGateway({ running }: Host): Promise<void> {
    this.#server = await serveHttp(running, this.#system, {
      port: 'handed',
      clock: this.#clock,
      report,
    })
  }

  #tellHowBusy(): void {
    let before = performance.eventLoopUtilization()
    const timer = setInterval(() => {
      const now = performance.eventLoopUtilization()
      tell({ kind: 'busy', share: performance.eventLoopUtilization(now, before).utilization })
      before = now
    }, busyMs)
    timer.unref()
  }

  #stop(): void {
    if (this.#isStopping) return
    this.#isStopping = true
    // It may wait for others for as long as they are away; nothing was answered yet.
    if (!this.#isReady) process.exit(0)
    void endAfter(async () => {
      await this.#server?.drain()
      await this.#server?.stop()
      const host = await this.#host
      await host?.[Symbol.asyncDispose]()
    })
  }
}

function report(each: RunReport): void {
  if (each.level !== 'info') printNote(renderReport(each))
}

function tell(message: FromMember): void {
  // Whether the parent is still there shows elsewhere.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined)
}

async function firstOrder(): Promise<ToMember> {
  if (!process.connected) return { kind: 'stop' }
  const left = once(process, 'disconnect').then((): ToMember => ({ kind: 'stop' }))
  // Why the cast: the parent is Dure itself.
  const told = once(process, 'message').then(([message]) => message as ToMember)
  return Promise.race([told, left])
}

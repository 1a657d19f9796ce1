// A process: it runs some services of the system, dies, and is started again by somebody who never gives up.
import type { System } from '../../language/system.ts'
import { memoryBroker } from '../../adapters/memory/broker.ts'
import { messageOf } from '../../language/errors.ts'
import type { Store, StoreProvider } from '../../log/store.port.ts'
import type { Broker } from '../../messaging/broker.port.ts'
import type { Clock } from '../../runtime/clock.port.ts'
import type { RunningSystem } from '../../runtime/running-system.port.ts'
import { type RemoteServices, startSystem } from '../../runtime/start-system.ts'
import type { SimulatedBroker } from './broker.ts'
import { simulatedClock } from './clock.ts'
import type { ProcessOwner, Surroundings } from './surroundings.ts'
import { simulatedStore } from './store.ts'

/** Parts of a process that a test puts a bug into. */
export interface Sabotage {
  readonly store?: (store: Store, service: string) => Store
  readonly broker?: (broker: Broker) => Broker
  readonly clock?: (clock: Clock) => Clock
}

export interface ProcessOptions {
  readonly core: Surroundings
  readonly name: string
  readonly services: readonly string[]
  readonly system: System
  /** What it runs until it is upgraded. */
  readonly former: System | undefined
  readonly stores: StoreProvider
  /** The broker of all processes; without it the process has one of its own, which dies with it. */
  readonly broker: SimulatedBroker | undefined
  readonly partitions: number
  /** Whether other processes have the same stores open. */
  readonly isShared: boolean
  readonly remote: RemoteServices
  readonly sabotage: Sabotage
  readonly report: (text: string) => void
}

/** A process that is started again whenever it has died. */
export interface SimulatedProcess {
  readonly name: string
  readonly services: readonly string[]
  /** What runs now; undefined while it starts or is dead. */
  readonly running: RunningSystem | undefined
  readonly life: ProcessLife
  /** Starts a life; resolves when that runs, or has failed to. */
  start(): Promise<void>
  /** Ends it; it comes back after a time, in milliseconds. */
  crash(reason: string, downMs: number): void
  pause(untilMs: number): void
  /** Ends it; it comes back with the system that comes after its own. */
  upgrade(): void
  /** Sets its clock, in milliseconds from the time of the world. */
  setClock(skewMs: number): void
  /** How often it was started. */
  readonly lives: number
}

/** One life of a process. */
export class ProcessLife implements ProcessOwner {
  isDead = false
  pausedUntilMs = 0
  skewMs: number
  skewMaxMs: number
  running: RunningSystem | undefined
  /** Told when the life ends: those who wait for an answer. */
  readonly onEnd = new Set<() => void>()
  readonly name: string
  readonly services: readonly string[]
  readonly #end: (reason: string) => void

  constructor(
    { name, services }: ProcessOptions,
    { skewMs, end }: { readonly skewMs: number; readonly end: (reason: string) => void },
  ) {
    this.name = name
    this.services = services
    this.skewMs = skewMs
    this.skewMaxMs = skewMs
    this.#end = end
  }

  crash(reason: string): void {
    if (!this.isDead) this.#end(reason)
  }
}

/** How far apart the clocks of processes are at most, in milliseconds. */
export const skewMsMax = 2_000
/** Longest until a process that has died is started again, in milliseconds. */
const downMsMax = 5_000
/** Wait before a start that failed is tried again, in milliseconds. */
const restartMs = 1_000

export function createProcess(options: ProcessOptions): SimulatedProcess {
  return new WorldProcess(options)
}

class WorldProcess implements SimulatedProcess {
  life: ProcessLife
  lives = 0
  readonly name: string
  readonly services: readonly string[]
  readonly #options: ProcessOptions
  #isUpgraded = false

  constructor(options: ProcessOptions) {
    this.#options = options
    this.name = options.name
    this.services = options.services
    this.life = this.#newLife()
  }

  get running(): RunningSystem | undefined {
    return this.life.isDead ? undefined : this.life.running
  }

  start(): Promise<void> {
    this.lives += 1
    const life = this.#newLife()
    this.life = life
    return this.#open(life)
  }

  crash(reason: string, downMs: number): void {
    const { core, broker } = this.#options
    const { life } = this
    if (life.isDead) return
    life.isDead = true
    life.running = undefined
    core.story.tell({ kind: 'process', from: this.name, text: `dies ${reason}` })
    broker?.disconnect(life)
    for (const end of life.onEnd) end()
    this.#startAfter(downMs)
  }

  upgrade(): void {
    this.#isUpgraded = true
    this.crash('to be upgraded', restartMs)
  }

  pause(untilMs: number): void {
    this.life.pausedUntilMs = Math.max(this.life.pausedUntilMs, untilMs)
  }

  setClock(skewMs: number): void {
    this.life.skewMs = skewMs
    this.life.skewMaxMs = Math.max(this.life.skewMaxMs, skewMs)
  }

  #newLife(): ProcessLife {
    const { core, name } = this.#options
    const chance = core.chances.of(`life of ${name}`)
    const isOff = core.faults.strengths['clock jumps'] !== undefined
    const drawnMs = isOff ? chance.between(-skewMsMax, skewMsMax) : 0
    const skewMs = core.hasSkew ? drawnMs : 0
    const end = (reason: string): void =>
      this.crash(reason, Math.ceil(downMsMax * core.calm * chance.next() ** 2))
    return new ProcessLife(this.#options, { skewMs, end })
  }

  #startAfter(downMs: number): void {
    const { scheduler } = this.#options.core
    const run = (): void => void this.start()
    scheduler.at({ dueMs: scheduler.nowMs + downMs, label: `start ${this.name}`, run })
  }

  async #open(life: ProcessLife): Promise<void> {
    const { core, services, partitions, remote, sabotage, report } = this.#options
    const { system, former = system } = this.#options
    const clock = simulatedClock(core, life)
    const own = { clock: sabotage.clock?.(clock) ?? clock }
    try {
      const running = await startSystem(this.#isUpgraded ? system : former, {
        clock: own.clock,
        broker: this.#broker(life, own.clock),
        stores: this.#stores(life),
        partitions,
        here: services,
        remote,
        report: ({ service, message }) => report(`${service ?? this.name}: ${message}`),
      })
      life.running = running
      core.story.tell({
        kind: 'process',
        from: this.name,
        text: this.lives > 1 ? 'is back' : 'runs',
      })
    } catch (error) {
      if (life.isDead) return
      core.story.tell({
        kind: 'process',
        from: this.name,
        text: `cannot start: ${messageOf(error)}`,
      })
      this.crash('at its start', restartMs)
    }
  }

  #broker(life: ProcessLife, clock: Clock): Broker {
    const { broker, sabotage } = this.#options
    const door = broker?.door(life) ?? this.#told(memoryBroker({ clock }))
    return sabotage.broker?.(door) ?? door
  }

  /** What passes inside the process is told of, where a story is kept. */
  #told(inner: Broker): Broker {
    const { story } = this.#options.core
    if (!story.isKept) return inner
    const { name } = this
    return {
      supports: inner.supports,
      publish: (batch) => inner.publish(batch),
      wanted: (topic, incarnation) => inner.wanted(topic, incarnation),
      watch: (topic, wake) => inner.watch(topic, wake),
      subscribe: (request) =>
        inner.subscribe({
          ...request,
          deliver(batch) {
            const { messages } = batch
            story.tellOfMessages({ from: name, to: name, messages, detail: request.consumer })
            return request.deliver(batch)
          },
        }),
      [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
    }
  }

  #stores(life: ProcessLife): StoreProvider {
    const { core, stores, sabotage, isShared } = this.#options
    return {
      async open(service, asked) {
        const inner = await stores.open(service, asked)
        const store = simulatedStore({ core, inner, service, process: life, isShared })
        return sabotage.store?.(store, service) ?? store
      },
      erase: (service) => stores.erase(service),
    }
  }
}

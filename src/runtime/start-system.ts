import { DureError } from '../language/errors.ts'
import type { Command, Outcome, Query } from '../language/message.ts'
import type { System } from '../language/system.ts'
import type { Store, StoreProvider } from '../log/store.port.ts'
import type { Broker } from '../messaging/broker.port.ts'
import type { LogAddress } from '../messaging/inboxes.ts'
import { type Assembler, type Assembly, createAssembler, disassemble } from './assemble.ts'
import type { Clock } from './clock.port.ts'
import {
  dropParked,
  listParked,
  previewRedrive,
  redriveParked,
  servicesIdle,
  serviceStatus,
  showParked,
} from './operate.ts'
import type {
  CallOptions,
  CommandAnswer,
  EraseTogether,
  IdleReport,
  InterventionPreview,
  ParkedSummary,
  QueryOptions,
  RebuildProgress,
  RedrivePreview,
  RunningSystem,
  ServiceIdle,
  ServiceStatus,
  StatusReport,
} from './running-system.port.ts'
import type { ServiceRuntime } from './service-runtime.ts'
import {
  type FreeLockRequest,
  type LockHolder,
  lockDesk,
  type LockReport,
} from '../sagas/isolation/operate-locks.ts'
import { type SagaDesk, sagaDesk } from '../sagas/operating/saga-desk.ts'
import type {
  SagaFilter,
  SagaIntervened,
  SagaPage,
  SagaRequest,
  SagaStory,
} from '../sagas/operating/saga-operations.ts'
import { waitForToken } from '../views/wait-for-token.ts'

/** Calls that a system answers at the same time. */
export const callsMax = 50_000

/** What a running system tells about itself: for logs and the console. */
export interface RuntimeReport {
  readonly level: 'info' | 'warn' | 'error'
  readonly service?: string
  readonly message: string
  readonly details?: Readonly<Record<string, unknown>>
}

/** Where the services of a system are that run in other processes. */
export interface RemoteServices {
  /**
   * The log of a service: waits until it is known. `last` is what the log was when it was followed before; an answer
   * when the service cannot be reached.
   */
  address(service: string, last?: LogAddress): Promise<LogAddress>
  /** Last positions of its log, by partition. */
  heads(service: string): Promise<readonly number[]>
}

export interface StartOptions {
  readonly stores: StoreProvider
  readonly broker: Broker
  readonly clock: Clock
  /** Partitions of each service's log. Fixed when a store is made. */
  readonly partitions?: number
  /** The services that run in this process: all of them by default. Those of the others are `remote`. */
  readonly here?: readonly string[]
  readonly remote?: RemoteServices
  /** Told of the store of each service that is opened here, before any of them runs. */
  readonly onOpened?: (service: string, store: Store) => void
  readonly report?: (report: RuntimeReport) => void
}

/**
 * Starts the services of a system, all of them or those that are `here`. Resolves when they take commands.
 *
 * @throws `PORT_UNBOUND` when a service needs a driven port without an adapter.
 * @throws `SYSTEM_ELSEWHERE` when a service is not written with Dure, and there is no `remote`.
 * @throws `STORE_*` when a store cannot be opened; nothing stays open then.
 */
export async function startSystem(system: System, options: StartOptions): Promise<RunningSystem> {
  const assembler = createAssembler(system, options)
  return new ProcessSystem({ system, options, assembler }, await assembler.assemble())
}

interface Origin {
  readonly system: System
  readonly options: StartOptions
  readonly assembler: Assembler
}

class ProcessSystem implements RunningSystem {
  readonly #origin: Origin
  readonly #startedAtMs: number
  #assembly: Assembly
  #stopping: Promise<void> | undefined
  /** Set while services are erased: calls wait for it. */
  #change: Promise<void> | undefined
  #inFlight = 0
  #quiet: (() => void)[] = []

  constructor(origin: Origin, assembly: Assembly) {
    this.#origin = origin
    this.#assembly = assembly
    this.#startedAtMs = origin.options.clock.nowMs()
  }

  get epoch(): string {
    return this.#assembly.epoch
  }

  execute(command: Command, asked: CallOptions = {}): Promise<CommandAnswer> {
    return this.#call(async () => {
      const executed = await this.#find(command.service).execute(command, asked)
      const { outcome, id, repeated, token } = executed
      return { ...outcome, id, repeated, token }
    })
  }

  query(query: Query, asked: QueryOptions = {}): Promise<Outcome> {
    return this.#call(async ({ head }) => {
      const runtime = this.#find(query.service, 'QUERY_UNKNOWN')
      const { clock } = this.#origin.options
      const { onProgress } = this.#origin.assembler
      if (asked.token) await waitForToken({ runtime, clock, asked, head, onProgress })
      return runtime.query(query, asked)
    })
  }

  idle(): Promise<IdleReport> {
    return this.#call(async ({ services, head }) => {
      const before = deedsOf(services)
      const found = await servicesIdle([...services.values()], head, () => this.#nowMs())
      // Trap: work may have gone on to a service that was asked before. Whoever moved it has committed something.
      const isStill = deedsOf(services) === before
      return { idle: isStill && Object.values(found).every(isIdle), services: found }
    })
  }

  status(): Promise<StatusReport> {
    const newId = (): string => this.#origin.options.clock.newId()
    return this.#call(async ({ services, head }) => {
      const found: ServiceStatus[] = []
      for (const runtime of services.values()) {
        found.push(await serviceStatus(runtime, head, { nowMs: this.#nowMs(), newId }))
      }
      return { system: this.#origin.system.name, startedAtMs: this.#startedAtMs, services: found }
    })
  }

  parked(): Promise<readonly ParkedSummary[]> {
    return this.#call(async ({ services }) => {
      const lists = await Promise.all(Array.from(services.values(), listParked))
      return lists.flat()
    })
  }

  showParked(id: string): Promise<ParkedSummary> {
    return this.#ofParked(id, showParked)
  }

  redrive(id: string): Promise<{ readonly handled: boolean; readonly reason?: string }> {
    return this.#ofParked(id, (runtime, own) => redriveParked(runtime, own, () => this.#nowMs()))
  }

  previewRedrive(id: string): Promise<RedrivePreview> {
    return this.#ofParked(id, previewRedrive)
  }

  sagas(filter: SagaFilter = {}): Promise<SagaPage> {
    return this.#ofSagas((desk) => desk.sagas(filter))
  }

  saga(name: string, key: string): Promise<SagaStory> {
    return this.#ofSagas((desk) => desk.saga(name, key))
  }

  intervene(request: SagaRequest): Promise<SagaIntervened> {
    return this.#ofSagas((desk) => desk.intervene(request))
  }

  previewIntervention(request: SagaRequest): Promise<InterventionPreview> {
    return this.#ofSagas((desk) => desk.previewIntervention(request))
  }

  locks(): Promise<LockReport> {
    return this.#call(({ services }) => lockDesk(services).locks())
  }

  freeLock(request: FreeLockRequest): Promise<LockHolder> {
    return this.#call(({ services }) => lockDesk(services).freeLock(request))
  }

  dropParked(id: string): Promise<void> {
    return this.#ofParked(id, dropParked)
  }

  rebuildView(
    service: string,
    view: string,
    progress?: (at: RebuildProgress) => void,
  ): Promise<void> {
    return this.#call(async ({ services }) => {
      const runtime = services.get(service)
      if (!runtime) throw unknownService('VIEW_UNKNOWN', this.#origin.system, service)
      await runtime.parts.views.rebuild(view, (done, total) =>
        progress?.({ service, view, done, total }),
      )
    })
  }

  async erase(services: readonly string[], together?: EraseTogether): Promise<void> {
    if (this.#stopping) throw stopping(this.#origin.system.name)
    while (this.#change) await this.#change
    for (const name of services) this.#find(name)
    this.#change = this.#eraseAndRestart(services, together).finally(() => {
      this.#change = undefined
    })
    await this.#change
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stopOnce()
    return this.#stopping
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  /** Runs a call on the present assembly: not while services are erased, and not after the stop. */
  async #call<T>(run: (assembly: Assembly) => Promise<T>): Promise<T> {
    if (this.#stopping) throw stopping(this.#origin.system.name)
    while (this.#change) await this.#change
    if (this.#inFlight >= callsMax) throw tooManyCalls()
    this.#inFlight += 1
    try {
      return await run(this.#assembly)
    } finally {
      this.#inFlight -= 1
      if (this.#inFlight === 0) for (const resolve of this.#quiet.splice(0)) resolve()
    }
  }

  async #untilQuiet(): Promise<void> {
    // Whoever waits for a lock could wait for longer than anybody wants to wait for the stop.
    for (const { parts } of this.#assembly.services.values()) parts.locks.close()
    while (this.#inFlight > 0) await new Promise<void>((resolve) => this.#quiet.push(resolve))
  }

  async #eraseAndRestart(services: readonly string[], together?: EraseTogether): Promise<void> {
    const { assembler, options } = this.#origin
    await this.#untilQuiet()
    await disassemble(this.#assembly)
    const isErasing = (await together?.stopped()) ?? true
    if (isErasing) for (const name of services) await options.stores.erase(name)
    await together?.erased()
    this.#assembly = await assembler.assemble()
  }

  async #stopOnce(): Promise<void> {
    await this.#change
    await this.#untilQuiet()
    await disassemble(this.#assembly)
  }

  #nowMs(): number {
    return this.#origin.options.clock.nowMs()
  }

  #find(
    name: string,
    code: 'COMMAND_UNKNOWN' | 'QUERY_UNKNOWN' = 'COMMAND_UNKNOWN',
  ): ServiceRuntime {
    const found = this.#assembly.services.get(name)
    if (found) return found
    throw unknownService(code, this.#origin.system, name)
  }

  #ofSagas<T>(run: (desk: SagaDesk) => Promise<T>): Promise<T> {
    const { system, options } = this.#origin
    const newId = (): string => options.clock.newId()
    return this.#call(({ services }) =>
      run(sagaDesk({ system, newId, partsOf: (name) => services.get(name)?.parts })),
    )
  }

  #ofParked<T>(id: string, run: (runtime: ServiceRuntime, id: string) => Promise<T>): Promise<T> {
    const [service = '', ...rest] = id.split(':')
    return this.#call(async ({ services }) => {
      const runtime = services.get(service)
      if (runtime) return run(runtime, rest.join(':'))
      throw new DureError(
        'PARKED_UNKNOWN',
        `No message is parked under "${id}": ids begin with the name of a service and a colon.`,
      )
    })
  }
}

function tooManyCalls(): DureError {
  return new DureError(
    'COMMAND_QUEUE_FULL',
    `${callsMax} calls are being answered already. Slow down, and try again in a moment.`,
  )
}

function deedsOf(services: Assembly['services']): number {
  let deeds = 0
  for (const { parts } of services.values()) deeds += parts.group.deeds
  return deeds
}

function isIdle(service: ServiceIdle): boolean {
  return service.relayLag + service.inboxLag + service.timersDue + service.sagasOpen === 0
}

function unknownService(
  code: 'COMMAND_UNKNOWN' | 'QUERY_UNKNOWN' | 'VIEW_UNKNOWN',
  { name, services }: System,
  asked: string,
): DureError {
  const names = services.map((service) => service.name).join(', ')
  return new DureError(code, `System "${name}" has no service "${asked}". It has: ${names}.`)
}

function stopping(name: string): DureError {
  return new DureError('SYSTEM_STOPPING', `System "${name}" is stopping. Try again when it runs.`)
}

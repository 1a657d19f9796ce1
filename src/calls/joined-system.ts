// A system whose services run in several processes, as one: what runs here is asked here, the rest where it runs.
// Source: Richardson, "API gateway" pattern, for the process that has the gateway.
import { DureError } from '../language/errors.ts'
import type { Command, Outcome, Query } from '../language/message.ts'
import { namesElsewhere, type System } from '../language/system.ts'
import { fingerprint } from '../log/fingerprint.ts'
import type { Clock } from '../runtime/clock.port.ts'
import type {
  CallOptions,
  CommandAnswer,
  IdleReport,
  QueryOptions,
  RebuildProgress,
  RunningSystem,
  ServiceIdle,
  ServiceStatus,
  StatusReport,
} from '../runtime/running-system.port.ts'
import type { FreeLockRequest } from '../sagas/isolation/operate-locks.ts'
import { listSagas } from '../sagas/operating/list-sagas.ts'
import type {
  SagaFilter,
  SagaPage,
  SagaRequest,
  SagaStory,
} from '../sagas/operating/saga-operations.ts'
import { keeperOf, type ReadableLog, type SagaPlaces } from '../sagas/operating/saga-places.ts'
import { tellSaga } from '../sagas/operating/saga-story.ts'
import type { PeerCaller } from './call-peers.ts'
import type { Directory } from './directory.ts'
import type { ErasingProcess, EraseOrder, EraseStep } from './erase-together.ts'
import type { LocalLogs } from './local-logs.ts'
import { mergeStatuses } from './merge-statuses.ts'
import type { OperationName } from './operations.ts'
import { readAnswer } from './questions.ts'
import type { RemoteLogs } from './remote-logs.ts'

export interface JoinedOptions {
  readonly system: System
  /** The services of this process. */
  readonly local: RunningSystem
  readonly here: readonly string[]
  readonly caller: PeerCaller
  readonly directory: Directory
  /** Where this process answers; it is not asked there. */
  readonly address: string
  readonly logs: LocalLogs
  readonly remote: RemoteLogs
  readonly erasing: ErasingProcess
  readonly clock: Clock
}

/** Joins the services of this process with those of others. Stopping it stops those of this process. */
export function joinSystem(options: JoinedOptions): RunningSystem {
  return new JoinedSystem(options)
}

interface Asking {
  readonly name: string
  readonly facts: object
  readonly deadlineMs?: number | undefined
}

/** How long building a view anew, and erasing, may take in another process, in milliseconds. */
const longWorkMs = 600_000
/** How long a service is waited for whose log is only looked into, in milliseconds. */
const lookMs = 2_000

class JoinedSystem implements RunningSystem {
  readonly #options: JoinedOptions

  constructor(options: JoinedOptions) {
    this.#options = options
  }

  get epoch(): string {
    return this.#options.local.epoch
  }

  async execute(command: Command, asked: CallOptions = {}): Promise<CommandAnswer> {
    const { local, clock } = this.#options
    const { service, type, data } = command
    if (!this.#isElsewhere(service)) return local.execute(command, asked)
    const { deadlineMs, ...call } = asked
    // Trap: named before it is sent the first time. Should the answer be lost, it is asked again under that name.
    const id = call.id ?? clock.newId()
    const facts = { command: { service, type, data }, call: { ...call, id } }
    const answer = await this.#ask<CommandAnswer>(service, { name: 'execute', facts, deadlineMs })
    return call.id === undefined ? { ...answer, repeated: false } : answer
  }

  async query(query: Query, asked: QueryOptions = {}): Promise<Outcome> {
    const { service, type, data } = query
    if (!this.#isElsewhere(service)) return this.#options.local.query(query, asked)
    const { deadlineMs, ...call } = asked
    const facts = { query: { service, type, data }, call }
    return this.#ask(service, { name: 'query', facts, deadlineMs })
  }

  async idle(): Promise<IdleReport> {
    const first = await this.#statuses()
    const services = Object.fromEntries(first.map((status) => [status.name, idleOf(status)]))
    const isIdle = first.every((status) => !isBusy(status))
    // Trap: work may have gone on to a service that was asked before. Whoever moved it has committed something.
    const isStill = isIdle && hasSameCommits(first, await this.#statuses())
    return { idle: isStill, services }
  }

  async status(): Promise<StatusReport> {
    const { startedAtMs } = await this.#options.local.status()
    return { system: this.#options.system.name, startedAtMs, services: await this.#statuses() }
  }

  async parked(): ReturnType<RunningSystem['parked']> {
    const lists = await this.#ofEach<Awaited<ReturnType<RunningSystem['parked']>>>('parked')
    return lists.flat()
  }

  showParked(id: string): ReturnType<RunningSystem['showParked']> {
    return this.#operate(ownerOf(id), 'showParked', id)
  }

  redrive(id: string): ReturnType<RunningSystem['redrive']> {
    return this.#operate(ownerOf(id), 'redrive', id)
  }

  previewRedrive(id: string): ReturnType<RunningSystem['previewRedrive']> {
    return this.#operate(ownerOf(id), 'previewRedrive', id)
  }

  dropParked(id: string): Promise<void> {
    return this.#operate(ownerOf(id), 'dropParked', id)
  }

  async sagas(filter: SagaFilter = {}): Promise<SagaPage> {
    return listSagas(await this.#places(), filter)
  }

  async saga(name: string, key: string): Promise<SagaStory> {
    return tellSaga(await this.#places(), name, key)
  }

  async intervene(request: SagaRequest): ReturnType<RunningSystem['intervene']> {
    return this.#operate(this.#keeperOf(request), 'intervene', request)
  }

  async previewIntervention(
    request: SagaRequest,
  ): ReturnType<RunningSystem['previewIntervention']> {
    return this.#operate(this.#keeperOf(request), 'previewIntervention', request)
  }

  async locks(): ReturnType<RunningSystem['locks']> {
    const reports = await this.#ofEach<Awaited<ReturnType<RunningSystem['locks']>>>('locks')
    return {
      locks: reports.flatMap(({ locks }) => locks),
      freed: reports.flatMap(({ freed }) => freed),
    }
  }

  freeLock(request: FreeLockRequest): ReturnType<RunningSystem['freeLock']> {
    return this.#operate(request.service, 'freeLock', request)
  }

  async rebuildView(
    service: string,
    view: string,
    progress?: (at: RebuildProgress) => void,
  ): Promise<void> {
    const replicas = this.#options.directory.instances(service).length
    if (replicas > 1) throw severalReplicas(service, view, replicas)
    if (!this.#isElsewhere(service)) return this.#options.local.rebuildView(service, view, progress)
    return this.#operate(service, 'rebuildView', { service, view })
  }

  async erase(services: readonly string[]): Promise<void> {
    const { system, caller, erasing, clock } = this.#options
    for (const name of services) assertKnown(system, name)
    const others = this.#others()
    const id = clock.newId()
    const steps: readonly EraseStep[] = ['stop', 'erase', 'start']
    for (const step of steps) {
      const order: EraseOrder = { id, step, services }
      const body = JSON.stringify(order)
      const deadlineMs = clock.nowMs() + longWorkMs
      const asked = others.map((each) => caller.askAt(each, { name: 'erase', body, deadlineMs }))
      await Promise.all([erasing.take(order), ...asked])
    }
  }

  stop(): Promise<void> {
    return this.#options.local.stop()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #isElsewhere(service: string): boolean {
    const { here, system } = this.#options
    const isKnown = system.services.some(({ name }) => name === service)
    return !here.includes(service) && (isKnown || namesElsewhere(system).includes(service))
  }

  /** The other processes of Dure: those of services that are not written with it know nothing of its operation. */
  #others(): readonly string[] {
    const { system, directory, address } = this.#options
    const strangers = namesElsewhere(system).flatMap((name) => directory.instances(name))
    const unasked = new Set([address, ...strangers])
    return directory.everywhere().filter((each) => !unasked.has(each))
  }

  async #ask<T>(service: string, { name, facts, deadlineMs }: Asking): Promise<T> {
    const { caller } = this.#options
    const body = JSON.stringify(facts)
    // Why the cast: the other end is Dure itself, of the same system.
    return readAnswer(await caller.ask(service, { name, body, deadlineMs })) as T
  }

  /** Carries an operation out where a service runs. */
  async #operate<T>(service: string, operation: OperationName, facts?: unknown): Promise<T> {
    const { local, clock } = this.#options
    // Why the casts: an operation and what it gives belong together, there as here.
    if (!this.#isElsewhere(service)) {
      const run = local[operation] as (fact: unknown) => Promise<unknown>
      return (await run.call(local, facts)) as T
    }
    const isLong = operation === 'rebuildView'
    const deadlineMs = isLong ? clock.nowMs() + longWorkMs : undefined
    return this.#ask<T>(service, { name: 'operate', facts: { operation, facts }, deadlineMs })
  }

  /** Asks an instance of each service that runs elsewhere, and this process. */
  async #ofEach<T>(operation: OperationName): Promise<readonly T[]> {
    const { system, here, local } = this.#options
    const others = system.services.filter(({ name }) => !here.includes(name))
    const run = local[operation] as (fact: unknown) => Promise<unknown>
    const own = here.length === 0 ? [] : [run.call(local, undefined) as Promise<T>]
    // A process may have several services; each answer holds what all of them have.
    const found = new Map<string, Promise<T>>()
    for (const { name } of others) {
      const [address = name] = this.#options.directory.instances(name)
      if (!found.has(address)) found.set(address, this.#operate<T>(name, operation))
    }
    return Promise.all([...own, ...found.values()])
  }

  async #statuses(): Promise<readonly ServiceStatus[]> {
    const { system, local, caller } = this.#options
    const body = JSON.stringify({ operation: 'status' })
    const asked = this.#others().map(async (each) => {
      try {
        const answer = await caller.askAt(each, { name: 'operate', body })
        return (readAnswer(answer) as StatusReport).services
      } catch (error) {
        // A process that has just left is not asked: its services are told of as they are elsewhere, or as not there.
        if (error instanceof DureError && error.entry.kind === 'unavailable') return []
        throw error
      }
    })
    const found = await Promise.all([local.status().then(({ services }) => services), ...asked])
    return mergeStatuses(
      system.services.map(({ name }) => name),
      found.flat(),
    )
  }

  /** Where the logs of all services can be read; those of services that are away are not seen. */
  async #places(): Promise<SagaPlaces> {
    const { system, here, logs, remote, clock } = this.#options
    const deadlineMs = clock.nowMs() + lookMs
    const found = await Promise.all(
      system.services.map(async ({ name }): Promise<readonly [string, ReadableLog | undefined]> => {
        const log = here.includes(name) ? logs.find(name) : await remote.storeOf(name, deadlineMs)
        return [name, log]
      }),
    )
    const stores = new Map(found)
    return { system, storeOf: (name) => stores.get(name) }
  }

  #keeperOf({ saga }: SagaRequest): string {
    return keeperOf({ system: this.#options.system, storeOf: () => undefined }, saga)
  }
}

/** Those that do not build would go on with the documents that are replaced. */
function severalReplicas(service: string, view: string, replicas: number): DureError {
  return new DureError(
    'PROCESS_REFUSED',
    `View "${view}" of "${service}" is built anew by one process, and ${replicas} run. Scale it to one first: dure scale ${service}=1.`,
    { details: { service, view, replicas } },
  )
}

function ownerOf(parkedId: string): string {
  return parkedId.split(':', 1)[0] ?? ''
}

function idleOf(status: ServiceStatus): ServiceIdle {
  const { relayLag, inboxLag, timersDue, sagasOpen, parked, brokerFailing } = status
  const told = brokerFailing === undefined ? {} : { brokerFailing }
  return { relayLag, inboxLag, timersDue, sagasOpen, parked, ...told }
}

function isBusy({ relayLag, inboxLag, timersDue, sagasOpen, failing }: ServiceStatus): boolean {
  return relayLag + inboxLag + timersDue + sagasOpen > 0 || failing !== undefined
}

function hasSameCommits(
  first: readonly ServiceStatus[],
  second: readonly ServiceStatus[],
): boolean {
  const printOf = (statuses: readonly ServiceStatus[]): string =>
    fingerprint(statuses.map(({ name, commits, position }) => [name, commits, position]).join(' '))
  return printOf(first) === printOf(second)
}

function assertKnown({ name, services }: System, asked: string): void {
  if (services.some((service) => service.name === asked)) return
  const names = services.map((service) => service.name).join(', ')
  throw new DureError(
    'COMMAND_UNKNOWN',
    `System "${name}" has no service "${asked}". It has: ${names}.`,
  )
}

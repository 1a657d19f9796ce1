// One service, running: everything behind its hexagon put together.
import { messageOf } from '../language/errors.ts'
import type { Command, Outcome, Query } from '../language/message.ts'
import type { Saga } from '../language/saga/saga-plan.ts'
import type { Service } from '../language/service.ts'
import { allNames, type System } from '../language/system.ts'
import type { View } from '../language/view.ts'
import { createGroupCommit, type GroupCommit } from '../log/group-commit.ts'
import type { Store, StoredCursor } from '../log/store.port.ts'
import type { Broker } from '../messaging/broker.port.ts'
import {
  type Following,
  followLogs,
  type InboxesOptions,
  type LogAddress,
} from '../messaging/inboxes.ts'
import { loadParkedKeys, type ParkedKeys } from '../messaging/parked.ts'
import { createLeaseKeeper } from '../messaging/leases/lease-keeper.ts'
import { LeasedAgenda } from '../messaging/leases/leased-agenda.ts'
import { type Leases, ownLeases } from '../messaging/leases/leases.ts'
import { rereadOf } from '../messaging/followed-partition.ts'
import { createServiceRelays, type ServiceRelays } from '../messaging/service-relays.ts'
import { countOpenSagas } from '../sagas/count-open.ts'
import { leaveNewer } from '../sagas/versions/leave-newer.ts'
import { createLockWatch, type LockWatch } from '../sagas/isolation/lock-patience.ts'
import { createViewRunner, type ViewRunner } from '../views/view-runner.ts'
import { loadViewCatalogue, type ViewCatalogue } from '../views/view-catalogue.ts'
import { type Agenda, startAgenda } from './agenda.ts'
import { inboxName } from '../messaging/parked-work.ts'
import { answerQuery } from '../views/answer-query.ts'
import type { Clock } from './clock.port.ts'
import { type Executed, executeCommand } from './execute.ts'
import { createMessageHandler, type MessageHandler } from './handle-message.ts'
import { type HeldWorkspace, holdable } from './held-workspace.ts'
import type { PortBindings } from './prepare.ts'
import type { CallOptions, QueryOptions } from './running-system.port.ts'
import { allSagas, createSagaEngines, type SagaEngines } from '../sagas/saga-engines.ts'
import { createServiceModel, type ServiceModel } from './service-model.ts'
import type { RuntimeReport } from './start-system.ts'
import { createWorkspace, type Workspace, type WorkspaceOptions } from './workspace.ts'

export interface ServiceRuntimeOptions {
  readonly system: System
  readonly service: Service
  readonly store: Store
  readonly broker: Broker
  readonly clock: Clock
  readonly bindings: PortBindings
  readonly report: (report: RuntimeReport) => void
  readonly logs: (service: string) => LogAddress | undefined
  readonly head: (service: string) => Promise<number>
  /** Called after anything of the service moved on: something may be complete that somebody waits for. */
  readonly onProgress: () => void
}

export interface ServiceCounters {
  commands: number
  rejected: number
}

/** The parts of a running service, as the operator's side looks at them. */
export interface ServiceParts {
  readonly model: ServiceModel
  readonly store: Store
  readonly group: GroupCommit
  readonly workspace: Workspace
  readonly parkedKeys: ParkedKeys
  readonly engines: SagaEngines
  readonly agenda: Agenda
  readonly handler: MessageHandler
  readonly views: ViewRunner
  readonly catalogue: ViewCatalogue
  readonly counters: ServiceCounters
  /** The inbox and every view that follows a log. */
  followings(): readonly Following[]
  /** How far the own log, which has these heads, is ahead of what is passed on. */
  readonly relayLag: ServiceRelays['lag']
  /** Looks how far other replicas are with what they take care of. */
  noteOthers(): Promise<void>
  /** Sagas that have not ended. */
  sagasOpen(): Promise<number>
  /** Callers that wait for locks. */
  readonly locks: LockWatch
}

export interface ServiceRuntime {
  readonly name: string
  readonly parts: ServiceParts
  execute(command: Command, call: CallOptions): Promise<Executed>
  query(query: Query, options: QueryOptions): Promise<Outcome>
  /** Begins to follow logs and timers. Called when every service of the process is there. */
  follow(): Promise<void>
  /** Ends following; calls that are in flight are finished. */
  unfollow(): Promise<void>
  /** Waits for what is being written, and closes the store. */
  close(): Promise<void>
}

/** What is read from the store before a service can run. */
interface Memory {
  readonly catalogue: ViewCatalogue
  readonly cursors: readonly StoredCursor[]
  readonly parkedKeys: ParkedKeys
  readonly sagas: readonly Saga[]
}

/** Opens the runtime of a service on its store. */
export async function openService(options: ServiceRuntimeOptions): Promise<ServiceRuntime> {
  const { system, service, store } = options
  const sagas = system.sagas.filter(({ by }) => by === service.name).map(({ saga }) => saga)
  return new RunningService(options, {
    sagas,
    catalogue: await loadViewCatalogue(store, service.views),
    cursors: await store.cursors(),
    parkedKeys: await loadParkedKeys(store),
  })
}

class RunningService implements ServiceRuntime, ServiceParts {
  readonly name: string
  readonly model: ServiceModel
  readonly store: Store
  readonly group: GroupCommit
  readonly workspace: HeldWorkspace
  readonly parkedKeys: ParkedKeys
  readonly handler: MessageHandler
  readonly views: ViewRunner
  readonly catalogue: ViewCatalogue
  readonly counters: ServiceCounters = { commands: 0, rejected: 0 }
  readonly #options: ServiceRuntimeOptions
  readonly engines: SagaEngines
  readonly #inboxes: InboxesOptions
  readonly locks = createLockWatch()
  readonly #leases: Leases
  readonly #relays: ServiceRelays
  readonly #agenda: LeasedAgenda
  #inbox: Following | undefined
  #unwatch: (() => void) | undefined

  constructor(options: ServiceRuntimeOptions, memory: Memory) {
    const { system, service, store, clock } = options
    const { catalogue, parkedKeys } = memory
    this.#options = options
    this.name = service.name
    this.store = store
    this.catalogue = catalogue
    this.parkedKeys = parkedKeys
    const { partitions } = store
    const viewName = (view: View): string => catalogue.nameOf(view)
    this.model = createServiceModel(system, service, {
      partitions,
      viewName,
      onRecorded: (draft, event) => this.handler.recorded(draft, event),
    })
    this.group = createGroupCommit({ store, clock })
    this.workspace = holdable(this.#createWorkspace(), this.group)
    this.handler = createMessageHandler({
      model: this.model,
      sagas: memory.sagas,
      engines: () => this.engines,
    })
    this.engines = createSagaEngines({
      system,
      service: service.name,
      store,
      decideLocally: (draft, command) => this.handler.decideLocally(draft, command),
      incarnationOf: (name) => options.logs(name)?.incarnation,
    })
    this.#leases = this.#createLeases()
    this.#relays = this.#createRelays()
    this.#agenda = this.#createAgenda()
    this.#inboxes = this.#createInboxes(memory.cursors)
    this.views = this.#createViews(memory.cursors)
  }

  get parts(): ServiceParts {
    return this
  }

  get agenda(): Agenda {
    return this.#agenda
  }

  async execute(command: Command, call: CallOptions): Promise<Executed> {
    const { model, workspace, store, locks } = this
    const { clock, bindings } = this.#options
    const executed = await executeCommand(
      { model, workspace, store, clock, bindings, locks },
      command,
      call,
    )
    this.counters.commands += 1
    if (!executed.outcome.ok) this.counters.rejected += 1
    return executed
  }

  query(query: Query, options: QueryOptions): Promise<Outcome> {
    const { model, store, catalogue } = this
    return answerQuery({ model, store, viewName: (view) => catalogue.nameOf(view) }, query, options)
  }

  async follow(): Promise<void> {
    const { system, logs } = this.#options
    await this.#relays.start()
    this.#unwatch = this.store.watch?.(() => void this.#relays.look())
    await this.#leases.add(this.#agenda)
    await this.views.start()
    const sources = allNames(system).flatMap((name) => logs(name) ?? [])
    this.#inbox = await followLogs(this.#inboxes, {
      name: inboxName,
      sources,
      wants: (message) => this.handler.wants(message),
      handle: leaveNewer(this.store, (draft, envelope) => this.handler.handle(draft, envelope)),
      workspace: this.workspace,
    })
    await this.#leases.start()
  }

  async unfollow(): Promise<void> {
    this.#unwatch?.()
    await this.#leases.close()
    // Trap: together. A view that is being built anew may hold what the inbox waits for, until the views stop.
    await Promise.all([this.#inbox?.stop(), this.views.stop()])
    await this.#leases.remove(this.#agenda)
    await this.#relays.stop()
    await this.#leases.leave()
  }

  async close(): Promise<void> {
    await this.group.drained()
    await this.store[Symbol.asyncDispose]()
  }

  followings(): readonly Following[] {
    return [...(this.#inbox ? [this.#inbox] : []), ...this.views.followings()]
  }

  async noteOthers(): Promise<void> {
    if (!this.store.supports.shared) return
    const cursors = await this.store.cursors()
    for (const following of this.followings()) following.note(cursors)
  }

  relayLag(heads: readonly number[]): ReturnType<ServiceRelays['lag']> {
    return this.#relays.lag(heads)
  }

  sagasOpen(): Promise<number> {
    // Trap: not what this process has begun and ended. A commit whose answer was lost, others that share the store, and
    // what a process wrote as it died begin and end sagas too.
    return countOpenSagas(this.store, allSagas(this.#options.system))
  }

  #createWorkspace(): Workspace {
    const { name: service, store, group, model } = this
    const onEntries: WorkspaceOptions['onEntries'] = (entries, positions) =>
      this.#relays.committed(entries, positions)
    const onUnsure = (): void => this.#relays.forget()
    const { clock } = this.#options
    const { types } = model
    const onTimers: WorkspaceOptions['onTimers'] = (timers) => this.#agenda.expect(timers)
    const onDocuments: WorkspaceOptions['onDocuments'] = (documents) =>
      this.locks.written(documents)
    const told = { onEntries, onTimers, onUnsure, onDocuments }
    return createWorkspace({ service, store, group, clock, types, ...told })
  }

  #createInboxes(cursors: readonly StoredCursor[]): InboxesOptions {
    const { broker, clock } = this.#options
    return {
      broker,
      clock,
      leases: this.#leases,
      reread: this.store.supports.shared ? rereadOf(this) : async () => cursors,
      parkedKeys: this.parkedKeys,
      onHandled: () => this.#onHandled(),
      onParked: (parked) =>
        this.#report('error', `parked ${parked.id} of key ${parked.key}: ${parked.reason}`),
      onFailure: (consumer, error) =>
        this.#report('warn', `${consumer} will try again: ${messageOf(error)}`),
    }
  }

  #createViews(cursors: readonly StoredCursor[]): ViewRunner {
    const { service, logs, head } = this.#options
    return createViewRunner({
      service: this.name,
      views: service.views,
      types: this.model.types,
      catalogue: this.catalogue,
      store: this.store,
      inboxes: this.#inboxes,
      workspace: this.workspace,
      buildWorkspace: this.#createWorkspace(),
      logs,
      head,
      exclusively: (task) => this.workspace.exclusively(task),
      cursors,
      report: (message) => this.#report('info', message),
    })
  }

  #createRelays(): ServiceRelays {
    const { store, broker, clock } = this.#options
    const onFailure = (message: string): void =>
      this.#report('warn', `the relay will try again: ${message}`)
    // A broker in the process of its relays serves only that: each replica passes the log on for itself.
    const leases = broker.direct ? ownLeases : this.#leases
    return createServiceRelays({ service: this.name, store, broker, clock, leases, onFailure })
  }

  #createAgenda(): LeasedAgenda {
    const { store, clock, bindings, logs } = this.#options
    const { model, workspace, handler, parkedKeys, engines: sagas } = this
    const parts = { model, workspace, handler, sagas, parkedKeys }
    const onFailure = (message: string): void => this.#report('error', message)
    const incarnationOf = (name: string): string => logs(name)?.incarnation ?? ''
    const isShared = store.supports.shared
    return new LeasedAgenda(() =>
      startAgenda({ ...parts, store, clock, bindings, isShared, incarnationOf, onFailure }),
    )
  }

  #createLeases(): Leases {
    const { store, clock } = this.#options
    if (!store.supports.shared) return ownLeases
    return createLeaseKeeper({
      store,
      clock,
      group: this.group,
      onLook: () => this.#relays.look(),
      onFailure: (message) => this.#report('warn', message),
    })
  }

  #onHandled(): void {
    this.views.poke()
    this.#options.onProgress()
  }

  #report(level: RuntimeReport['level'], message: string): void {
    this.#options.report({ level, service: this.name, message })
  }
}

// One service, running: everything behind its hexagon put together.
import { DureError, messageOf } from '../language/errors.ts'
import type { Command, Outcome, Query } from '../language/message.ts'
import type { Service } from '../language/service.ts'
import type { System } from '../language/system.ts'
import { createGroupCommit, type GroupCommit } from '../log/group-commit.ts'
import type { Store } from '../log/store.port.ts'
import type { Broker } from '../messaging/broker.port.ts'
import {
  type Following,
  followLogs,
  type InboxesOptions,
  type LogAddress,
} from '../messaging/inboxes.ts'
import { loadParkedKeys, type ParkedKeys } from '../messaging/parked.ts'
import { type Relay, startRelay, topicOf } from '../messaging/relay.ts'
import { type Coordinator, createCoordinator } from '../sagas/coordinator.ts'
import { countOpenSagas } from '../sagas/count-open.ts'
import { createViewRunner, type ViewRunner } from '../views/view-runner.ts'
import { loadViewCatalogue, type ViewCatalogue } from '../views/view-catalogue.ts'
import { type Agenda, inboxName, startAgenda } from './agenda.ts'
import { answerQuery } from './answer-query.ts'
import type { Clock } from './clock.port.ts'
import { type Executed, executeCommand } from './execute.ts'
import { createMessageHandler, type MessageHandler } from './handle-message.ts'
import type { PortBindings } from './prepare.ts'
import type { CallOptions, QueryOptions } from './running-system.port.ts'
import { createServiceModel, type ServiceModel } from './service-model.ts'
import type { RuntimeReport } from './start-system.ts'
import { createWorkspace, type Workspace } from './workspace.ts'

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
  readonly coordinator: Coordinator
  readonly agenda: Agenda
  readonly handler: MessageHandler
  readonly views: ViewRunner
  readonly catalogue: ViewCatalogue
  readonly counters: ServiceCounters
  /** The inbox and every view that follows a log. */
  followings(): readonly Following[]
  /** Entries of the own log that the broker still waits for. */
  relayLag(): Promise<number>
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

/** Opens the runtime of a service on its store. */
export async function openService(options: ServiceRuntimeOptions): Promise<ServiceRuntime> {
  const { system, service, store, clock } = options
  const catalogue = await loadViewCatalogue(store, service.views)
  const cursors = await store.cursors()
  const parkedKeys = await loadParkedKeys(store)
  const { partitions, incarnation } = store
  const viewName = catalogue.nameOf
  const model = createServiceModel(system, service, { partitions, viewName })
  const group = createGroupCommit({ store, clock })
  const relays: Relay[] = []
  const wakeRelays = (): void => {
    for (const relay of relays) relay.wake()
  }
  const place = { service: service.name, store, types: model.types, group, onEntries: wakeRelays }
  const gate = createGate()
  const workspace = gate.guard(createWorkspace(place))
  const sagas = system.sagas.filter(({ by }) => by === service.name).map(({ saga }) => saga)
  const handler = createMessageHandler({
    model,
    sagas,
    coordinator: () => coordinator,
    nowMs: clock.nowMs,
  })
  const { decideLocally } = handler
  const coordinator = createCoordinator({
    ...{ service: service.name, sagas, incarnation, partitions, nowMs: clock.nowMs, decideLocally },
  })
  coordinator.open = await countOpenSagas(store, sagas)
  const report = (level: RuntimeReport['level'], message: string): void =>
    options.report({ level, service: service.name, message })
  const agendaParts = {
    model,
    store,
    workspace,
    clock,
    handler,
    coordinator,
    parkedKeys,
    incarnation,
  }
  let agenda: Agenda | undefined
  const onHandled = (): void => {
    agenda?.wake()
    views.poke()
    options.onProgress()
  }
  const inboxes: InboxesOptions = {
    ...{ broker: options.broker, clock, parkedKeys, cursors, onHandled },
    onParked: (parked) =>
      report('error', `parked ${parked.id} of key ${parked.key}: ${parked.reason}`),
    onFailure: (consumer, error) =>
      report('warn', `${consumer} will try again: ${messageOf(error)}`),
  }
  const views = createViewRunner({
    ...{
      service: service.name,
      views: service.views,
      types: model.types,
      catalogue,
      store,
      inboxes,
      cursors,
    },
    ...{
      workspace,
      buildWorkspace: createWorkspace(place),
      logs: options.logs,
      head: options.head,
    },
    exclusively: (task) => gate.exclusively(group, task),
    report: (message) => report('info', message),
  })
  const counters: ServiceCounters = { commands: 0, rejected: 0 }
  let inbox: Following | undefined

  const executing = { model, workspace, clock, bindings: options.bindings }

  return {
    name: service.name,
    parts: {
      ...{
        model,
        store,
        group,
        workspace,
        parkedKeys,
        coordinator,
        handler,
        views,
        catalogue,
        counters,
      },
      get agenda() {
        if (!agenda) throw notFollowing(service.name)
        return agenda
      },
      followings: () => [...(inbox ? [inbox] : []), ...views.followings()],
      relayLag: () => relayLag(options),
    },
    async execute(command, call) {
      const executed = await executeCommand(executing, command, call)
      counters.commands += 1
      if (!executed.outcome.ok) counters.rejected += 1
      return executed
    },
    query: (query, asked) => answerQuery({ model, store, viewName }, query, asked),
    async follow() {
      for (let partition = 0; partition < partitions; partition += 1) {
        const onFailure = (message: string): void =>
          report('warn', `the relay will try again: ${message}`)
        relays.push(startRelay({ ...options, service: service.name, partition, onFailure }))
      }
      agenda = startAgenda({
        ...{ ...agendaParts, bindings: options.bindings },
        onFailure: (message) => report('error', message),
      })
      await views.start()
      const sources = system.services
        .map(({ name }) => options.logs(name))
        .filter((log) => log !== undefined)
      const { wants, handle } = handler
      inbox = await followLogs(inboxes, { name: inboxName, sources, wants, handle, workspace })
    },
    async unfollow() {
      await inbox?.stop()
      await views.stop()
      await agenda?.stop()
      await Promise.all(relays.map((relay) => relay.stop()))
    },
    async close() {
      await group.drained()
      await store[Symbol.asyncDispose]()
    },
  }
}

async function relayLag({ store, broker, service }: ServiceRuntimeOptions): Promise<number> {
  const heads = await store.heads()
  let lag = 0
  for (const [partition, head] of heads.entries()) {
    const wanted = await broker.wanted(topicOf(service.name, partition), store.incarnation)
    lag += Math.max(0, head - Math.min(head, ...wanted))
  }
  return lag
}

interface Gate {
  guard(workspace: Workspace): Workspace
  exclusively(group: GroupCommit, task: () => Promise<void>): Promise<void>
}

/** Holds a workspace while something has to happen between decisions. */
function createGate(): Gate {
  let held: Promise<void> | undefined
  return {
    guard(workspace) {
      return {
        ...workspace,
        async submit(build) {
          while (held) await held
          return workspace.submit(build)
        },
        get cells() {
          return workspace.cells
        },
      }
    },
    async exclusively(group, task) {
      while (held) await held
      let release = (): void => undefined
      held = new Promise((resolve) => {
        release = resolve
      })
      try {
        await group.drained()
        await task()
      } finally {
        held = undefined
        release()
      }
    },
  }
}

function notFollowing(service: string): DureError {
  return new DureError('SYSTEM_STOPPING', `Service "${service}" is not running its agenda.`)
}

// Runs the views of one service: follows the logs of async views, and builds views anew.
import { conflictRetriesMax } from '../runtime/execute.ts'
import { DureError, messageOf } from '../language/errors.ts'
import type { View } from '../language/view.ts'
import type { EventTypes } from '../log/stored-event.ts'
import type { AgendaStore, ParkedMessage, StoredCursor } from '../log/store.port.ts'
import {
  type Following,
  followLogs,
  type InboxesOptions,
  type LogAddress,
} from '../messaging/inboxes.ts'
import { ownLeases } from '../messaging/leases/leases.ts'
import { allParked } from '../messaging/parked.ts'
import { unparkInto } from '../messaging/parked-mark.ts'
import type { Draft } from '../runtime/draft.ts'
import type { Workspace } from '../runtime/workspace.ts'
import { viewConsumer, viewHandler, viewSources, viewWants } from './follow-view.ts'
import { storedName, type ViewCatalogue, type ViewRecord } from './view-catalogue.ts'

export interface ViewRunnerOptions {
  readonly service: string
  readonly views: readonly View[]
  readonly types: EventTypes
  readonly catalogue: ViewCatalogue
  readonly store: AgendaStore
  readonly inboxes: InboxesOptions
  readonly workspace: Workspace
  /** A workspace of its own: rebuilding goes on while the other one is held. */
  readonly buildWorkspace: Workspace
  readonly logs: (service: string) => LogAddress | undefined
  /** Last positions of a log now, all partitions added. */
  readonly head: (service: string) => Promise<number>
  /** Runs a task while no decision is made and everything decided is written. */
  readonly exclusively: (task: () => Promise<void>) => Promise<void>
  readonly cursors: readonly StoredCursor[]
  readonly report: (message: string) => void
}

export interface ViewRunner {
  /** Begins to follow; views of an older definition, and views whose source was erased, are built anew. */
  start(): Promise<void>
  rebuild(name: string, progress: (done: number, total: number) => void): Promise<void>
  /** Consumers of the views as they are now. */
  followings(): readonly Following[]
  /** Views that are being built anew. */
  readonly rebuilding: ReadonlySet<string>
  /** Called after a consumer took messages: a rebuild may be complete. */
  poke(): void
  stop(): Promise<void>
}

/** Creates the runner of a service's views. */
export function createViewRunner(options: ViewRunnerOptions): ViewRunner {
  return new ServiceViews(options)
}

class ServiceViews implements ViewRunner {
  readonly rebuilding = new Set<string>()
  readonly #options: ViewRunnerOptions
  readonly #followings = new Map<string, Following>()
  readonly #building = new Map<string, Following>()
  readonly #background: Promise<void>[] = []
  #pokes: (() => void)[] = []
  #isStopped = false

  constructor(options: ViewRunnerOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    const { catalogue, workspace, views, head, service } = this.#options
    for (const view of catalogue.fresh) {
      // Only what an inline view sees from now on reaches it: one that is new to an old log has to be built.
      const isLate = view.consistency === 'inline' && (await head(service)) > 0
      const version = isLate ? unbuiltVersion : view.version
      await this.#choose(workspace, view, { generation: 1, version })
    }
    for (const view of views) await this.#startView(view)
  }

  async rebuild(name: string, progress: Progress): Promise<void> {
    const view = this.#options.views.find((each) => each.name === name)
    if (!view) throw unknownView(this.#options, name)
    if (this.rebuilding.has(name)) throw busyView(name)
    this.rebuilding.add(name)
    try {
      await this.#buildAnew(view, progress)
    } finally {
      this.rebuilding.delete(name)
      await this.#building.get(name)?.stop()
      this.#building.delete(name)
    }
  }

  followings(): readonly Following[] {
    return [...this.#followings.values(), ...this.#building.values()]
  }

  poke(): void {
    for (const resolve of this.#pokes.splice(0)) resolve()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.poke()
    await Promise.all(this.#background)
    await Promise.all([...this.#followings.values()].map((following) => following.stop()))
  }

  async #startView(view: View): Promise<void> {
    const { catalogue, workspace, report } = this.#options
    if (isErased(this.#options, view)) {
      report(`view ${view.name} starts over: a log that it follows was erased`)
      const { generation } = catalogue.record(view)
      await this.#choose(workspace, view, { generation: generation + 1, version: view.version })
    }
    if (view.consistency === 'async') {
      this.#followings.set(
        view.name,
        await this.#follow(view, catalogue.nameOf(view), this.#options),
      )
    }
    if (catalogue.record(view).version === view.version) return
    report(`view ${view.name} is built anew: its definition has version ${view.version}`)
    const building = this.rebuild(view.name, () => undefined)
    this.#background.push(building.catch((error: unknown) => report(messageOf(error))))
  }

  #follow(
    view: View,
    name: string,
    { workspace, inboxes }: Pick<ViewRunnerOptions, 'workspace' | 'inboxes'>,
  ): Promise<Following> {
    const sources = viewSources(view).map((source) => this.#options.logs(source))
    return followLogs(inboxes, {
      name: viewConsumer(name),
      sources: sources.filter((source) => source !== undefined),
      wants: viewWants(view),
      handle: viewHandler(view, name, this.#options.types),
      workspace,
    })
  }

  /** Makes a generation the present one; the documents and parked messages of the old one go. */
  async #choose(workspace: Workspace, view: View, record: ViewRecord): Promise<void> {
    const { catalogue } = this.#options
    const old = catalogue.nameOf(view)
    const isReplaced = old !== storedName(view, record.generation)
    const parked = isReplaced ? await this.#parkedOf(viewConsumer(old)) : []
    await this.#submit(workspace, view, (draft) => {
      catalogue.choose(draft, view, record)
      if (isReplaced) draft.clearViews.push(old)
      this.#unpark(draft, parked)
    })
  }

  /** Forgets what an interrupted building left under a name: documents, parked messages, and how far it came. */
  async #clear(view: View, name: string): Promise<void> {
    const { store, buildWorkspace } = this.#options
    const consumer = viewConsumer(name)
    const parked = await this.#parkedOf(consumer)
    const cursors = (await store.cursors()).filter((cursor) => cursor.consumer === consumer)
    await this.#submit(buildWorkspace, view, (draft) => {
      draft.clearViews.push(name)
      for (const cursor of cursors) {
        draft.cursors.push({ ...cursor, expected: cursor.position, position: 0 })
      }
      this.#unpark(draft, parked)
    })
    buildWorkspace.forget()
  }

  async #submit(workspace: Workspace, view: View, build: (draft: Draft) => void): Promise<void> {
    for (let attempt = 0; attempt <= conflictRetriesMax; attempt += 1) {
      const { settled } = await workspace.submit(build)
      const result = await settled
      if (result.kind === 'failed') throw result.error
      if (result.kind === 'committed') return
    }
    throw busyView(view.name)
  }

  #unpark(draft: Draft, parked: readonly ParkedMessage[]): void {
    const { parkedKeys } = this.#options.inboxes
    for (const each of parked) {
      unparkInto(draft, each)
      draft.afterCommit.push(() => parkedKeys.remove(each))
    }
  }

  async #parkedOf(consumer: string): Promise<ParkedMessage[]> {
    const found: ParkedMessage[] = []
    for await (const parked of allParked(this.#options.store)) {
      if (parked.consumer === consumer) found.push(parked)
    }
    return found
  }

  async #buildAnew(view: View, progress: Progress): Promise<void> {
    const { catalogue, buildWorkspace, inboxes } = this.#options
    const generation = catalogue.record(view).generation + 1
    const name = storedName(view, generation)
    await this.#clear(view, name)
    // Who builds a view follows all of its logs alone, from the start.
    const fromTheStart = { ...inboxes, leases: ownLeases, reread: async () => [] }
    const place = { workspace: buildWorkspace, inboxes: fromTheStart }
    const next = await this.#follow(view, name, place)
    this.#building.set(view.name, next)
    await this.#untilCaughtUp(view, next, progress)
    // Trap: the old consumer stops before decisions are held. What it has in hand would wait for them for ever.
    await this.#followings.get(view.name)?.stop()
    try {
      await this.#replace(view, generation, () => this.#untilCaughtUp(view, next, progress))
    } catch (error) {
      await this.#followAgain(view)
      throw error
    }
    if (view.consistency !== 'async') return
    this.#building.delete(view.name)
    this.#followings.set(view.name, next)
    if (inboxes.leases === ownLeases) return
    await next.stop()
    await this.#followAgain(view)
  }

  #replace(view: View, generation: number, catchUp: () => Promise<void>): Promise<void> {
    const { buildWorkspace, workspace, exclusively } = this.#options
    return exclusively(async () => {
      await catchUp()
      await this.#choose(buildWorkspace, view, { generation, version: view.version })
      workspace.forget()
    })
  }

  async #followAgain(view: View): Promise<void> {
    if (this.#isStopped || !this.#followings.has(view.name)) return
    const name = this.#options.catalogue.nameOf(view)
    this.#followings.set(view.name, await this.#follow(view, name, this.#options))
  }

  async #untilCaughtUp(view: View, next: Following, progress: Progress): Promise<void> {
    while (!this.#isStopped) {
      const heads = await Promise.all(viewSources(view).map((source) => this.#options.head(source)))
      const total = heads.reduce((sum, head) => sum + head, 0)
      const done = next.consumers.reduce((sum, consumer) => sum + consumer.position, 0)
      progress(Math.min(done, total), total)
      if (done >= total) return
      await new Promise<void>((resolve) => this.#pokes.push(resolve))
    }
    throw new DureError(
      'SYSTEM_STOPPING',
      `Building view "${view.name}" anew was interrupted; it starts over when asked again.`,
    )
  }
}

/** The version of a definition that no documents were made by yet. */
const unbuiltVersion = 0

type Progress = (done: number, total: number) => void

/** Whether a log that the view has followed was begun anew. */
function isErased({ cursors, catalogue, logs }: ViewRunnerOptions, view: View): boolean {
  const consumer = viewConsumer(catalogue.nameOf(view))
  return cursors.some(
    (cursor) =>
      cursor.consumer === consumer &&
      (logs(cursor.source)?.incarnation ?? cursor.incarnation) !== cursor.incarnation,
  )
}

function busyView(name: string): DureError {
  return new DureError(
    'COMMAND_CONFLICT',
    `View "${name}" is being built anew already. Wait for it.`,
  )
}

function unknownView({ service, views }: ViewRunnerOptions, name: string): DureError {
  const names = views.map((view) => view.name).join(', ')
  return new DureError(
    'VIEW_UNKNOWN',
    `Service "${service}" has no view "${name}". It has: ${names || 'none'}.`,
  )
}

// Runs the views of one service: follows the logs of async views, and builds views anew.
import { DureError } from '../language/errors.ts'
import type { View } from '../language/view.ts'
import type { EventTypes } from '../log/stored-event.ts'
import type { AgendaStore, ParkedMessage, StoredCursor } from '../log/store.port.ts'
import {
  type Following,
  followLogs,
  type InboxesOptions,
  type LogAddress,
} from '../messaging/inboxes.ts'
import { allParked } from '../messaging/parked.ts'
import type { Workspace } from '../runtime/workspace.ts'
import { viewConsumer, viewHandler, viewSources, viewWants } from './follow-view.ts'
import { storedName, type ViewCatalogue } from './view-catalogue.ts'

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
  const { catalogue, workspace } = options
  const followings = new Map<string, Following>()
  const building = new Map<string, Following>()
  const rebuilding = new Set<string>()
  const background: Promise<void>[] = []
  let pokes: (() => void)[] = []
  let isStopped = false

  function follow(view: View, name: string, within: Workspace): Promise<Following> {
    const sources = viewSources(view).map(options.logs)
    return followLogs(options.inboxes, {
      name: viewConsumer(name),
      sources: sources.filter((source) => source !== undefined),
      wants: viewWants(view),
      handle: viewHandler(view, name, options.types),
      workspace: within,
    })
  }

  async function start(): Promise<void> {
    for (const view of catalogue.fresh) await choose(workspace, view, 1)
    for (const view of options.views) {
      const record = catalogue.record(view)
      if (isErased(options, view)) {
        options.report(`view ${view.name} starts over: a log that it follows was erased`)
        await choose(workspace, view, record.generation + 1)
      }
      if (view.consistency === 'async') {
        followings.set(view.name, await follow(view, catalogue.nameOf(view), workspace))
      }
      if (catalogue.record(view).version === view.version) continue
      options.report(`view ${view.name} is built anew: its definition has version ${view.version}`)
      background.push(
        rebuild(view.name, () => undefined).catch((error: unknown) =>
          options.report(String(error)),
        ),
      )
    }
  }

  /** Makes a generation the present one; the documents and parked messages of the old one go. */
  async function choose(within: Workspace, view: View, generation: number): Promise<void> {
    const old = catalogue.nameOf(view)
    const isReplaced = old !== storedName(view, generation)
    const parked = isReplaced ? await parkedOf(viewConsumer(old)) : []
    const { settled } = await within.submit((draft) => {
      catalogue.choose(draft, view, { generation, version: view.version })
      if (isReplaced) draft.clearViews.push(old)
      for (const { id, consumer, key } of parked) {
        draft.unpark.push(id)
        draft.afterCommit.push(() => options.inboxes.parkedKeys.remove(consumer, key))
      }
    })
    const result = await settled
    if (result.kind === 'failed') throw result.error
    if (result.kind !== 'committed') throw busyView(view.name)
  }

  async function parkedOf(consumer: string): Promise<ParkedMessage[]> {
    const found: ParkedMessage[] = []
    for await (const parked of allParked(options.store))
      if (parked.consumer === consumer) found.push(parked)
    return found
  }

  async function rebuild(
    name: string,
    progress: (done: number, total: number) => void,
  ): Promise<void> {
    const view = options.views.find((each) => each.name === name)
    if (!view) throw unknownView(options, name)
    if (rebuilding.has(name)) throw busyView(name)
    rebuilding.add(name)
    try {
      await buildAnew(view, progress)
    } finally {
      rebuilding.delete(name)
      await building.get(name)?.stop()
      building.delete(name)
    }
  }

  async function buildAnew(
    view: View,
    progress: (done: number, total: number) => void,
  ): Promise<void> {
    const generation = catalogue.record(view).generation + 1
    const name = storedName(view, generation)
    await clear(name)
    const next = await follow(view, name, options.buildWorkspace)
    building.set(view.name, next)
    await untilCaughtUp(view, next, progress)
    await options.exclusively(async () => {
      await followings.get(view.name)?.stop()
      await untilCaughtUp(view, next, progress)
      await choose(options.buildWorkspace, view, generation)
      workspace.forget()
    })
    if (view.consistency !== 'async') return
    building.delete(view.name)
    followings.set(view.name, next)
  }

  async function clear(name: string): Promise<void> {
    const { settled } = await options.buildWorkspace.submit(
      (draft) => void draft.clearViews.push(name),
    )
    await settled
  }

  // biome-ignore format: the signature reads better on one line
  async function untilCaughtUp(view: View, next: Following, progress: (done: number, total: number) => void): Promise<void> {
    while (!isStopped) {
      const heads = await Promise.all(viewSources(view).map((source) => options.head(source)))
      const total = heads.reduce((sum, head) => sum + head, 0)
      const done = next.consumers.reduce((sum, consumer) => sum + consumer.position, 0)
      progress(Math.min(done, total), total)
      if (done >= total) return
      await new Promise<void>((resolve) => pokes.push(resolve))
    }
    throw new DureError('SYSTEM_STOPPING', `Building view "${view.name}" anew was interrupted; it starts over when asked again.`)
  }

  function poke(): void {
    const waiting = pokes
    pokes = []
    for (const resolve of waiting) resolve()
  }

  return {
    start,
    rebuild,
    followings: () => [...followings.values(), ...building.values()],
    rebuilding,
    poke,
    async stop() {
      isStopped = true
      poke()
      await Promise.all(background)
      await Promise.all([...followings.values()].map((following) => following.stop()))
    },
  }
}

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

import type {
  Entry,
  LoadedStream,
  ParkedMessage,
  SnapshotAnswer,
  SnapshotRead,
  StoredCursor,
  StoredDocument,
  StreamEventsRead,
  Timer,
} from '../../log/store.port.ts'
import { loadedEventsMax } from '../../log/store.port.ts'
import { compareTexts, createSortedList, type SortedList } from './sorted-list.ts'

export interface StreamRow {
  version: number
  state: string | undefined
  stateVersion: number | undefined
  stateAt: number
  readonly events: Entry[]
}

export interface ViewTable {
  readonly documents: Map<string, StoredDocument>
  readonly keys: SortedList<string>
  /** Index name, then value, to the keys that were added under it. */
  readonly indexes: Map<string, Map<string | number, SortedList<string>>>
}

/** Everything that one service has stored. Rows are frozen copies: they may be handed out as they are. */
export interface StoreTables {
  readonly incarnation: string
  readonly logs: readonly Entry[][]
  readonly streams: Map<string, StreamRow>
  readonly commands: Map<string, { readonly fingerprint: string; readonly result: string }>
  readonly views: Map<string, ViewTable>
  /** By consumer, source and partition. */
  readonly cursors: Map<string, Map<string, StoredCursor[]>>
  readonly timers: Map<string, Timer>
  readonly timersByTime: SortedList<Timer>
  readonly parked: Map<string, ParkedMessage>
  readonly parkedIds: SortedList<string>
}

/** Creates the tables of a service that has stored nothing. */
export function createTables(incarnation: string, partitions: number): StoreTables {
  return {
    incarnation,
    logs: Array.from({ length: partitions }, () => []),
    streams: new Map(),
    commands: new Map(),
    views: new Map(),
    cursors: new Map(),
    timers: new Map(),
    timersByTime: createSortedList(
      (one, other) => one.atMs - other.atMs || compareTexts(one.id, other.id),
    ),
    parked: new Map(),
    parkedIds: createSortedList(compareTexts),
  }
}

/** Creates a view without documents. */
export function createView(): ViewTable {
  return { documents: new Map(), keys: createSortedList(compareTexts), indexes: new Map() }
}

/** Cursors ordered by consumer, source and partition. */
export function listCursors(tables: StoreTables): readonly StoredCursor[] {
  const cursors: StoredCursor[] = []
  for (const bySource of tables.cursors.values()) {
    // Why the filter: a partition whose cursor was never moved is a hole.
    for (const byPartition of bySource.values()) cursors.push(...byPartition.filter(Boolean))
  }
  return cursors.toSorted(
    (one, other) =>
      compareTexts(one.consumer, other.consumer) ||
      compareTexts(one.source, other.source) ||
      one.partition - other.partition,
  )
}

/** Events of a stream after a version, oldest first. */
export function readStreamEvents(
  tables: StoreTables,
  { stream, after, limit }: StreamEventsRead,
): readonly Entry[] {
  const events = tables.streams.get(stream)?.events ?? []
  const start = startAfter(events, after)
  return events.slice(start, start + limit)
}

function startAfter(events: readonly Entry[], version: number): number {
  let low = 0
  let high = events.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((events[middle]?.streamVersion ?? 0) <= version) low = middle + 1
    else high = middle
  }
  return low
}

/** Answers one read of a snapshot. */
export function answerRead(tables: StoreTables, read: SnapshotRead): SnapshotAnswer {
  if (read.kind === 'stream') return { kind: 'stream', stream: loadStream(tables, read.stream) }
  const view = tables.views.get(read.view)
  return { kind: 'documents', documents: view === undefined ? [] : readDocuments(view, read) }
}

function readDocuments(
  view: ViewTable,
  read: Exclude<SnapshotRead, { kind: 'stream' }>,
): readonly StoredDocument[] {
  if (read.kind === 'get') return documentsOf(view, [read.key])
  if (read.kind === 'list') return documentsOf(view, view.keys.after(read.after, read.limit))
  const keys = view.indexes.get(read.index)?.get(read.value)
  const found: StoredDocument[] = []
  let page: readonly string[] = keys?.after(read.after, read.limit) ?? []
  // An index row without a document gives nothing and takes no place of the limit.
  while (page.length > 0) {
    found.push(...documentsOf(view, page))
    page = keys?.after(page.at(-1), read.limit - found.length) ?? []
  }
  return found
}

function documentsOf({ documents }: ViewTable, keys: readonly string[]): StoredDocument[] {
  return keys.flatMap((key) => documents.get(key) ?? [])
}

function loadStream(tables: StoreTables, stream: string): LoadedStream {
  const row = tables.streams.get(stream)
  if (row === undefined) return { stream, version: 0, stateAt: 0, events: [] }
  const { version, state, stateVersion, stateAt } = row
  return {
    stream,
    version,
    stateAt,
    ...(state === undefined ? {} : { state }),
    ...(stateVersion === undefined ? {} : { stateVersion }),
    events: readStreamEvents(tables, { stream, after: stateAt, limit: loadedEventsMax }),
  }
}

import { assertBatch, UnappliedWrites } from '../../log/batch-rules.ts'
import type {
  Commit,
  CursorMove,
  DocumentCheck,
  DocumentWrite,
  NewEntry,
  StoredCursor,
  StreamWrite,
  Verdict,
} from '../../log/store.port.ts'
import { compareTexts, createSortedList, type SortedList } from './sorted-list.ts'
import { createView, type StoreTables, type ViewTable } from './store-tables.ts'

type Conflict = Extract<Verdict, { kind: 'conflict' }>

/** Applies a batch in order. Throws only before anything was applied. */
export function commitBatch(tables: StoreTables, batch: readonly Commit[]): readonly Verdict[] {
  assertBatch(batch, tables.logs.length)
  const unapplied = new UnappliedWrites()
  return batch.map((commit) => {
    const refusal = findRefusal(tables, commit, unapplied)
    if (refusal === undefined) return applyCommit(tables, commit)
    unapplied.add(commit)
    return refusal
  })
}

function findRefusal(
  tables: StoreTables,
  commit: Commit,
  unapplied: UnappliedWrites,
): Verdict | undefined {
  const used = commit.id === undefined ? undefined : tables.commands.get(commit.id)
  if (used === undefined) return findConflict(tables, commit, unapplied)
  if (used.fingerprint !== (commit.fingerprint ?? '')) return { kind: 'refused' }
  return { kind: 'duplicate', result: used.result }
}

function findConflict(
  tables: StoreTables,
  commit: Commit,
  unapplied: UnappliedWrites,
): Conflict | undefined {
  return (
    findStreamConflict(tables, commit.streams ?? none, unapplied) ??
    findDocumentConflict(tables, commit, unapplied) ??
    findCursorConflict(tables, commit.cursors ?? none) ??
    findGone('timer', commit.fireTimers, tables.timers) ??
    findGone('parked', commit.unpark, tables.parked)
  )
}

function findStreamConflict(
  tables: StoreTables,
  writes: readonly StreamWrite[],
  unapplied: UnappliedWrites,
): Conflict | undefined {
  for (const { stream, expected } of writes) {
    const actual = tables.streams.get(stream)?.version ?? 0
    if (actual === expected && !unapplied.hasStream(stream)) continue
    return { kind: 'conflict', on: 'stream', name: stream, expected, actual }
  }
  return undefined
}

function findDocumentConflict(
  tables: StoreTables,
  { documents = none, checkDocuments = none, clearViews = none }: Commit,
  unapplied: UnappliedWrites,
): Conflict | undefined {
  const find = (checks: readonly DocumentCheck[]): Conflict | undefined => {
    for (const { view, key, expected } of checks) {
      const stored = clearViews.includes(view) ? undefined : tables.views.get(view)
      const actual = stored?.documents.get(key)?.version ?? 0
      if (actual === expected && !unapplied.hasDocument(view, key)) continue
      return { kind: 'conflict', on: 'document', name: `${view}/${key}`, expected, actual }
    }
    return undefined
  }
  return find(documents) ?? find(checkDocuments)
}

function findCursorConflict(
  tables: StoreTables,
  moves: readonly CursorMove[],
): Conflict | undefined {
  for (const move of moves) {
    const stored = tables.cursors.get(move.consumer)?.get(move.source)?.[move.partition]
    const actual = stored?.incarnation === move.incarnation ? stored.position : 0
    if (actual === move.expected) continue
    const name = `${move.consumer}/${move.source}/${move.partition}`
    return { kind: 'conflict', on: 'cursor', name, expected: move.expected, actual }
  }
  return undefined
}

function findGone(
  on: 'timer' | 'parked',
  ids: readonly string[] | undefined,
  stored: ReadonlyMap<string, unknown>,
): Conflict | undefined {
  const name = ids?.find((id) => !stored.has(id))
  return name === undefined ? undefined : { kind: 'conflict', on, name, expected: 1, actual: 0 }
}

const none: readonly never[] = []

function applyCommit(tables: StoreTables, commit: Commit): Verdict {
  const { streams = none, entries = none, cursors = none } = commit
  keepCommand(tables, commit)
  for (const write of streams) writeStream(tables, write)
  const positions = entries.length === 0 ? none : entries.map((entry) => appendEntry(tables, entry))
  applyDocuments(tables, commit)
  for (const move of cursors) moveCursor(tables, move)
  applyTimers(tables, commit)
  applyParked(tables, commit)
  return { kind: 'committed', positions }
}

function keepCommand(
  { commands }: StoreTables,
  { id, fingerprint = '', result = 'null' }: Commit,
): void {
  if (id !== undefined) commands.set(id, Object.freeze({ fingerprint, result }))
}

function applyDocuments(
  tables: StoreTables,
  { clearViews = none, documents = none }: Commit,
): void {
  for (const view of clearViews) tables.views.delete(view)
  for (const write of documents) writeDocument(tables, write)
}

function writeStream(
  tables: StoreTables,
  { stream, expected, next, state, stateVersion }: StreamWrite,
): void {
  if (next === expected) return
  let row = tables.streams.get(stream)
  if (row === undefined) {
    row = { version: 0, state: undefined, stateVersion: undefined, stateAt: 0, events: [] }
    tables.streams.set(stream, row)
  }
  row.version = next
  if (state !== undefined) Object.assign(row, { state, stateVersion, stateAt: next })
}

function appendEntry(tables: StoreTables, entry: NewEntry): number {
  const log = tables.logs[entry.partition] ?? []
  const stored = Object.freeze({ ...entry, position: log.length + 1 })
  log.push(stored)
  if (entry.stream !== undefined) tables.streams.get(entry.stream)?.events.push(stored)
  return stored.position
}

function writeDocument(tables: StoreTables, write: DocumentWrite): void {
  const { view, key, value } = write
  let table = tables.views.get(view)
  if (table === undefined) tables.views.set(view, (table = createView()))
  writeIndexRows(table, write)
  if (value === undefined) {
    table.documents.delete(key)
    table.keys.remove(key)
    return
  }
  const { expected, first = 1 } = write
  const version = expected === 0 ? first : expected + 1
  table.documents.set(key, Object.freeze({ key, version, value }))
  if (expected === 0) table.keys.add(key)
}

function writeIndexRows(
  table: ViewTable,
  { key, index = none, unindex = none }: DocumentWrite,
): void {
  for (const [name, indexed] of unindex) removeIndexRow(table, name, indexed, key)
  for (const [name, indexed] of index) {
    const values = table.indexes.get(name) ?? new Map<string | number, SortedList<string>>()
    const keys = values.get(indexed) ?? createSortedList(compareTexts)
    table.indexes.set(name, values.set(indexed, keys))
    keys.add(key)
  }
}

function removeIndexRow(
  { indexes }: ViewTable,
  ...[name, value, key]: readonly [string, string | number, string]
): void {
  const values = indexes.get(name)
  const keys = values?.get(value)
  keys?.remove(key)
  if (keys?.size === 0) values?.delete(value)
}

function moveCursor(tables: StoreTables, move: CursorMove): void {
  const { consumer, source, incarnation, partition, position } = move
  const cursor = { consumer, source, incarnation, partition, position }
  let bySource = tables.cursors.get(consumer)
  if (bySource === undefined) {
    bySource = new Map<string, StoredCursor[]>()
    tables.cursors.set(consumer, bySource)
  }
  const byPartition = bySource.get(source)
  if (byPartition) byPartition[partition] = Object.freeze(cursor)
  else {
    const fresh: StoredCursor[] = []
    fresh[partition] = Object.freeze(cursor)
    bySource.set(source, fresh)
  }
}

function applyTimers(tables: StoreTables, commit: Commit): void {
  const { fireTimers = none, cancelTimers = none, setTimers = none } = commit
  for (const id of fireTimers) removeTimer(tables, id)
  for (const id of cancelTimers) removeTimer(tables, id)
  for (const timer of setTimers) {
    removeTimer(tables, timer.id)
    const stored = Object.freeze({ ...timer })
    tables.timers.set(timer.id, stored)
    tables.timersByTime.add(stored)
  }
}

function removeTimer(tables: StoreTables, id: string): void {
  const timer = tables.timers.get(id)
  if (timer === undefined) return
  tables.timers.delete(id)
  tables.timersByTime.remove(timer)
}

function applyParked(tables: StoreTables, { park = none, unpark = none }: Commit): void {
  for (const id of unpark) {
    tables.parked.delete(id)
    tables.parkedIds.remove(id)
  }
  for (const message of park) {
    tables.parked.set(message.id, Object.freeze({ ...message }))
    tables.parkedIds.add(message.id)
  }
}

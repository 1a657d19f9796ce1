import type { Aggregate } from '../language/aggregate.ts'
import type { View } from '../language/view.ts'
import type {
  Commit,
  CursorMove,
  DocumentCheck,
  DocumentWrite,
  NewEntry,
  ParkedMessage,
  StreamWrite,
  Timer,
} from '../log/store.port.ts'
import { type IndexRow, indexRows } from '../views/index-rows.ts'
import type { Cell } from './cells.ts'

/** A stream as a draft sees it: what was known, and what the draft adds. */
export interface StreamChange {
  readonly aggregate: Aggregate
  readonly cell: Cell
  readonly expected: number
  version: number
  state: unknown
  /** The time of its next events: never before that of the events it has. */
  readonly atMs: number
}

export interface DocumentChange {
  readonly view: string
  readonly key: string
  readonly cell: Cell
  readonly expected: number
  /** Index rows of the document before. */
  readonly before: readonly IndexRow[]
  value: unknown
  after: readonly IndexRow[]
  written: boolean
}

/** Says that a draft needs cells that are not in memory; caught where drafts are run, never seen elsewhere. */
export class CellsMissing extends Error {}

/** Finds cells in memory, or notes that they have to be loaded. */
export interface CellSource {
  stream(aggregate: Aggregate, name: string): Cell | undefined
  document(view: string, key: string): Cell | undefined
}

/** What a draft needs where several processes write to one store. */
export interface Sharing {
  /** A version that no document has had before. */
  readonly drawVersion: () => number
}

/** An event-sourced stream stores its state after this many events: loading never replays more. */
export const snapshotEvery = 100

/** A commit in the making. Built synchronously, as often as needed, and thrown away when something was missing. */
export class Draft {
  readonly entries: NewEntry[] = []
  readonly cursors: CursorMove[] = []
  readonly setTimers: Timer[] = []
  readonly cancelTimers: string[] = []
  readonly fireTimers: string[] = []
  readonly park: ParkedMessage[] = []
  readonly unpark: string[] = []
  readonly clearViews: string[] = []
  /** What to note in memory once the commit is written. */
  readonly afterCommit: (() => void)[] = []
  #streams: Map<string, StreamChange> = noStreams
  #documents: Map<string, DocumentChange> = noDocuments
  readonly #cells: CellSource
  identity:
    | { readonly id: string; readonly fingerprint: string; readonly result: string }
    | undefined

  /**
   * The time of everything in the draft, in milliseconds since 1970 UTC.
   *
   * The same however often it is built: what is named after a time would never be found otherwise.
   */
  readonly atMs: number

  readonly #sharing: Sharing | undefined

  /** `sharing`: other processes write to the store too, so that everything that was read has to be checked. */
  constructor(cells: CellSource, atMs: number, sharing?: Sharing) {
    this.#cells = cells
    this.atMs = atMs
    this.#sharing = sharing
  }

  /** Whether other processes write to the store too. */
  get isShared(): boolean {
    return this.#sharing !== undefined
  }

  /** The stream, to be read and extended. */
  stream(aggregate: Aggregate, name: string): StreamChange {
    const known = this.#streams.get(name)
    if (known) return known
    const cell = this.#cells.stream(aggregate, name)
    if (!cell) throw cellsMissing
    const change: StreamChange = {
      aggregate,
      cell,
      expected: cell.version,
      version: cell.version,
      state: cell.value,
      atMs: Math.max(cell.atMs, this.atMs),
    }
    // Why so late: most drafts have one stream and no document, and a map costs more than all else of a draft.
    if (this.#streams === noStreams) this.#streams = new Map()
    this.#streams.set(name, change)
    return change
  }

  /** Documents, to be read and changed. All that miss are loaded together. */
  documents(view: string, keys: readonly string[], definition?: View): readonly DocumentChange[] {
    const changes = keys.map((key) => this.#document(view, key, definition))
    if (changes.includes(undefined)) throw cellsMissing
    // Why the cast: none is undefined here.
    return changes as readonly DocumentChange[]
  }

  #document(view: string, key: string, definition?: View): DocumentChange | undefined {
    const id = documentCell(view, key)
    const known = this.#documents.get(id)
    if (known) return known
    const cell = this.#cells.document(view, key)
    if (!cell) return undefined
    const before = indexRows(definition, cell.value)
    const change: DocumentChange = {
      view,
      key,
      cell,
      expected: cell.version,
      before,
      value: cell.value,
      after: before,
      written: false,
    }
    if (this.#documents === noDocuments) this.#documents = new Map()
    this.#documents.set(id, change)
    return change
  }

  /**
   * Does a task for each item, and finds out all that misses before it gives up.
   *
   * What comes after a miss is only done to find more of what misses: its outcome is thrown away with the draft.
   */
  tryEach<T>(items: readonly T[], task: (item: T) => void): void {
    let isMissing = false
    for (const item of items) {
      try {
        task(item)
      } catch (thrown) {
        if (thrown !== cellsMissing && !isMissing) throw thrown
        isMissing = true
      }
    }
    if (isMissing) throw cellsMissing
  }

  /** Gives a document a new value; `undefined` removes it. */
  write(change: DocumentChange, value: unknown, definition?: View): void {
    change.value = value
    change.after = indexRows(definition, value)
    change.written = change.written || value !== undefined || change.expected > 0
  }

  get isEmpty(): boolean {
    if (this.identity || this.#hasLists()) return false
    for (const { version, expected } of this.#streams.values())
      if (version !== expected) return false
    for (const { written } of this.#documents.values()) if (written) return false
    return true
  }

  #hasLists(): boolean {
    const { entries, cursors, setTimers, cancelTimers, fireTimers } = this
    const { park, unpark, clearViews } = this
    const isMoving = entries.length + cursors.length + setTimers.length + fireTimers.length > 0
    return isMoving || cancelTimers.length + park.length + unpark.length + clearViews.length > 0
  }

  /** Whether the draft rests on effects that are decided and not yet committed. */
  get restsOnPending(): boolean {
    for (const { cell } of this.#streams.values()) if (cell.pending > 0) return true
    for (const { cell } of this.#documents.values()) if (cell.pending > 0) return true
    return false
  }

  /**
   * Whether nothing has to be written: it changes nothing, and rests on nothing that may not be so. What other processes
   * write may not be known here.
   */
  get isSettled(): boolean {
    return this.isEmpty && !this.restsOnPending && !this.#sharing
  }

  /** Makes the draft's effects visible to the drafts after it, and gives the commit to write. */
  apply(): Commit {
    const { identity } = this
    const documents: DocumentWrite[] = []
    const checkDocuments: DocumentCheck[] = []
    for (const change of this.#documents.values()) {
      if (change.written) documents.push(this.#applyDocument(change))
      else if (isChecked(change, this.#sharing)) checkDocuments.push(checkOf(change))
    }
    // Why all parts, be they absent: commits are then of one shape, and whoever reads them need not look for it.
    const commit = {
      id: identity?.id,
      fingerprint: identity?.fingerprint,
      result: identity?.result,
      streams: filled(Array.from(this.#streams.values(), applyStream)),
      entries: filled(this.entries),
      documents: filled(documents),
      checkDocuments: filled(checkDocuments),
      cursors: filled(this.cursors),
      setTimers: filled(this.setTimers),
      cancelTimers: filled(this.cancelTimers),
      fireTimers: filled(this.fireTimers),
      park: filled(this.park),
      unpark: filled(this.unpark),
      clearViews: filled(this.clearViews),
    }
    // Why the cast: a part that is absent, and one that is undefined, are the same to every store.
    return commit as Commit
  }

  /** The cells that the commit writes or rests on. */
  cells(): Cell[] {
    const cells: Cell[] = []
    for (const { cell } of this.#streams.values()) cells.push(cell)
    for (const change of this.#documents.values())
      if (change.written || isChecked(change, this.#sharing)) cells.push(change.cell)
    return cells
  }

  #applyDocument(change: DocumentChange): DocumentWrite {
    const { cell, view, key, expected, value } = change
    const write: Writable<DocumentWrite> = { view, key, expected }
    cell.value = value
    cell.version = 0
    if (value !== undefined) {
      write.value = JSON.stringify(value)
      cell.version = expected + 1
      // Trap: a document that comes again must not look like the former one, which others may remember.
      if (expected === 0 && this.#sharing) write.first = cell.version = this.#sharing.drawVersion()
    }
    addRows(write, change)
    return write
  }
}

/** The one value that is thrown when cells miss: made once, it costs nothing. */
export const cellsMissing = new CellsMissing('cells have to be loaded')

function filled<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length > 0 ? list : undefined
}

export function documentCell(view: string, key: string): string {
  return `${view} ${key}`
}

/** Stand for the maps of a draft that needs none; never written. */
const noStreams = new Map<string, StreamChange>()
const noDocuments = new Map<string, DocumentChange>()

function applyStream(change: StreamChange): StreamWrite {
  const { aggregate, cell, expected, version, state } = change
  if (version > expected) cell.atMs = change.atMs
  cell.version = version
  cell.value = state
  const write = { stream: cell.id, expected, next: version }
  const isDue = aggregate.stored === 'state' || version - cell.stateAt >= snapshotEvery
  if (version === expected || !isDue) return write
  cell.stateAt = version
  return { ...write, state: JSON.stringify(state), stateVersion: aggregate.version }
}

/**
 * Whether a document that was only read is checked: while it is not yet true, as the commit has to conflict if it never
 * becomes so.
 *
 * Trap: a document that was not there is checked as well. Another process of the service may have made it since, and
 * what the draft leaves undone for want of it would never be done. Where other processes write to the same store, that is
 * so for every document.
 */
function isChecked({ cell, expected }: DocumentChange, sharing: Sharing | undefined): boolean {
  return cell.pending > 0 || expected === 0 || sharing !== undefined
}

function checkOf({ view, key, expected }: DocumentChange): DocumentCheck {
  return { view, key, expected }
}

/** The index rows that a change adds, and those that it takes away. */
function addRows(write: Writable<DocumentWrite>, { before, after }: DocumentChange): void {
  if (before === after) return
  const index = before.length === 0 ? after : after.filter((row) => !hasRow(before, row))
  const unindex = after.length === 0 ? before : before.filter((row) => !hasRow(after, row))
  if (index.length > 0) write.index = index
  if (unindex.length > 0) write.unindex = unindex
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

function hasRow(rows: readonly IndexRow[], row: IndexRow): boolean {
  return rows.some((each) => each[0] === row[0] && each[1] === row[1])
}

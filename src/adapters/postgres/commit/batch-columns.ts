// A batch of commits as the columns that the commit function takes, and what each row rests on within the batch.
import type { Commit, DocumentCheck, DocumentWrite, NewEntry } from '../../../log/store.port.ts'
import { encodeDoubles, encodeIntegers, encodeTexts } from '../binary-arrays.ts'
import { commitColumns } from './commit-function.ts'
import { indexedText, numberOfKind } from '../rows.ts'

type Value = string | number | undefined

/** Rows of one group, column by column. */
class Group {
  readonly columns = new Map<string, Value[]>()
  size = 0

  add(row: Readonly<Record<string, Value>>): void {
    this.size += 1
    for (const name in row) {
      const column = this.columns.get(name)
      if (column) column.push(row[name])
      else this.columns.set(name, [row[name]])
    }
  }
}

/** The last effect on something within the batch: of which commit, and what there is after it. */
interface Effect {
  readonly commit: number
  readonly actual: number
}

/** What there is within a batch, as if every commit of it were applied. */
class Effects {
  readonly #effects = new Map<string, Effect>()

  /** What a row that expects something rests on: see `commit-function.ts`. */
  restsOf(name: string, expected: number): number {
    const effect = this.#effects.get(name)
    if (effect === undefined) return 0
    return effect.actual === expected ? effect.commit : -effect.commit
  }

  set(name: string, commit: number, actual: number): void {
    this.#effects.set(name, { commit, actual })
  }
}

type GroupName = 'm' | 's' | 'e' | 'd' | 'i' | 'v' | 'k' | 't' | 'p'

/** Collects a batch. Commits are counted from 1. */
export class BatchColumns {
  readonly counts: number[]
  #commits = 0
  #clears = false
  readonly #groups: Readonly<Record<GroupName, Group>> = {
    m: new Group(),
    s: new Group(),
    e: new Group(),
    d: new Group(),
    i: new Group(),
    v: new Group(),
    k: new Group(),
    t: new Group(),
    p: new Group(),
  }
  readonly #effects = new Effects()

  constructor(batch: readonly Commit[], partitions: number) {
    this.counts = Array.from({ length: partitions }, () => 0)
    for (const commit of batch) this.#add(commit)
  }

  /** The values of the function's parameters. */
  values(incarnation: string): readonly unknown[] {
    return [
      incarnation,
      this.#commits,
      this.#clears,
      this.#isSingle,
      encodeIntegers(this.counts),
      ...commitColumns.map(([name, type]) => encodeColumn(this.#column(name), type)),
    ]
  }

  /** Whether it is one plain commit: see `single-sql.ts`. */
  get #isSingle(): boolean {
    const { m: _, s, e, ...others } = this.#groups
    if (this.#commits !== 1 || s.size !== 1 || e.size > 1) return false
    if (Object.values(others).some(({ size }) => size > 0)) return false
    const [next, expected, state] = ['next', 'expected', 'state'].map(
      (name) => s.columns.get(name)?.[0],
    )
    return next !== expected && state === undefined
  }

  /** A value of a row, counted from 1, of a group: for the words of a refusal. */
  valueAt(column: string, row: number): Value {
    return this.#column(column)?.[row - 1]
  }

  #column(name: string): readonly Value[] | undefined {
    // Why the cast: the names of the columns begin with the name of their group.
    return this.#groups[name[0] as GroupName].columns.get(name.slice(2))
  }

  #add(commit: Commit): void {
    this.#commits += 1
    this.#addCommand(commit)
    this.#addStreams(commit)
    if (commit.entries) for (const entry of commit.entries) this.#addEntry(entry)
    this.#addDocuments(commit)
    this.#addCursors(commit)
    this.#addTimers(commit)
    this.#addParked(commit)
  }

  #addCommand({ id, fingerprint = '', result = 'null' }: Commit): void {
    if (id === undefined) return
    const c = this.#commits
    const rests = Math.abs(this.#effects.restsOf(`m${id}`, 1))
    this.#groups.m.add({ c, id, fingerprint, result, rests })
    this.#effects.set(`m${id}`, c, 1)
  }

  #addStreams({ streams }: Commit): void {
    if (streams === undefined) return
    const c = this.#commits
    for (const { stream, expected, next, state, stateVersion } of streams) {
      const name = `s${stream}`
      const rests = this.#effects.restsOf(name, expected)
      const state_version = stateVersion
      this.#groups.s.add({ c, stream, expected, next, rests, state, state_version })
      if (next !== expected) this.#effects.set(name, c, next)
    }
  }

  #addEntry(entry: NewEntry): void {
    const { partition } = entry
    const rank = (this.counts[partition] ?? 0) + 1
    this.counts[partition] = rank
    this.#groups.e.add({
      c: this.#commits,
      partition,
      rank,
      kind: numberOfKind[entry.kind],
      type: entry.type,
      schema_version: entry.schemaVersion,
      stream: entry.stream,
      stream_version: entry.streamVersion,
      key: entry.key,
      recipient: entry.to,
      data: entry.data,
      meta: entry.meta,
      at_ms: entry.atMs,
    })
  }

  #addDocuments(commit: Commit): void {
    const { documents = [], checkDocuments = [], clearViews = [] } = commit
    const c = this.#commits
    for (const view of clearViews) {
      this.#clears = true
      this.#groups.v.add({ c, view })
    }
    // Everything is compared with what was there before the commit: also what is both written and checked.
    for (const write of documents) {
      const { view, key, expected, value } = write
      const rests = this.#restsOfDocument(write, clearViews)
      this.#groups.d.add({ c, view, key, expected, next: nextOf(write), value, rests })
    }
    for (const check of checkDocuments) {
      const { view, key, expected } = check
      const rests = this.#restsOfDocument(check, clearViews)
      this.#groups.d.add({ c, view, key, expected, next: onlyChecked, value: undefined, rests })
    }
    for (const write of documents) {
      this.#effects.set(nameOfDocument(write), c, nextOf(write))
      this.#addIndexRows(write)
    }
  }

  #restsOfDocument(check: DocumentCheck, clearViews: readonly string[]): number {
    const { view, expected } = check
    const c = this.#commits
    if (clearViews.includes(view)) return expected === 0 ? c : -c
    return this.#effects.restsOf(nameOfDocument(check), expected)
  }

  #addIndexRows({ view, key, index = [], unindex = [] }: DocumentWrite): void {
    for (const [adds, changes] of [unindex, index].entries()) {
      for (const [name, value] of changes) {
        this.#groups.i.add({ c: this.#commits, adds, view, name, value: indexedText(value), key })
      }
    }
  }

  #addCursors({ cursors }: Commit): void {
    if (cursors === undefined) return
    const c = this.#commits
    for (const { consumer, source, partition, incarnation, expected, position } of cursors) {
      const place = `k${consumer.length}:${consumer}${source}/${partition}`
      const own = `${place}/${incarnation}`
      const moved = this.#effects.restsOf(place, expected)
      const ofOwn = this.#effects.restsOf(own, expected)
      // A cursor of another incarnation counts as 0, and only the last move of the place is there.
      const isOwn = Math.abs(ofOwn) === Math.abs(moved)
      const ofOther = expected === 0 ? Math.abs(moved) : -Math.abs(moved)
      const rests = isOwn ? ofOwn : ofOther
      this.#groups.k.add({
        c,
        consumer,
        source,
        partition,
        incarnation,
        expected,
        position,
        rests,
      })
      this.#effects.set(place, c, position)
      this.#effects.set(own, c, position)
    }
  }

  #addTimers({ fireTimers = [], cancelTimers = [], setTimers = [] }: Commit): void {
    for (const id of fireTimers) this.#addTimer(0, id)
    for (const id of cancelTimers) this.#addTimer(1, id)
    for (const { id, atMs, data } of setTimers) this.#addTimer(2, id, { at_ms: atMs, data })
  }

  #addTimer(op: number, id: string, facts: Readonly<Record<string, Value>> = {}): void {
    const c = this.#commits
    const rests = this.#effects.restsOf(`t${id}`, 1)
    this.#groups.t.add({ c, op, id, at_ms: undefined, data: undefined, rests, ...facts })
    this.#effects.set(`t${id}`, c, op === 2 ? 1 : 0)
  }

  #addParked({ unpark = [], park = [] }: Commit): void {
    const c = this.#commits
    for (const id of unpark) {
      const rests = this.#effects.restsOf(`p${id}`, 1)
      this.#groups.p.add({ ...nothingParked, c, op: 0, id, rests })
      this.#effects.set(`p${id}`, c, 0)
    }
    for (const { atMs, ...message } of park) {
      this.#groups.p.add({ ...nothingParked, ...message, c, op: 1, at_ms: atMs })
      this.#effects.set(`p${message.id}`, c, 1)
    }
  }
}

const nothingParked: Readonly<Record<string, Value>> = {
  consumer: undefined,
  source: undefined,
  partition: undefined,
  position: undefined,
  key: undefined,
  envelope: undefined,
  code: undefined,
  reason: undefined,
  attempts: undefined,
  at_ms: undefined,
  rests: 0,
}

/** Stands where others have the next version of a document. */
const onlyChecked = -1

/** The version of a document after it was written; 0 when it is removed. */
function nextOf({ expected, first = 1, value }: DocumentWrite): number {
  if (value === undefined) return 0
  return expected === 0 ? first : expected + 1
}

/** The length parts view and key: two pairs never have one name. */
function nameOfDocument({ view, key }: DocumentCheck): string {
  return `d${view.length}:${view}${key}`
}

function encodeColumn(values: readonly Value[] | undefined, type: string): Buffer | null {
  if (values === undefined || values.every((value) => value === undefined)) return null
  // Why the casts: what a column holds is what its type says.
  if (type === 'text[]') return encodeTexts(values as readonly (string | undefined)[])
  if (type === 'integer[]') return encodeIntegers(values as readonly number[])
  return encodeDoubles(values as readonly (number | undefined)[])
}

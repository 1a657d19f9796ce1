// What the world has seen of every commit that was applied: a second account, kept apart from the stores. What it is
// told must hold together; what holds together is what invariants look at.
import type {
  Commit,
  Entry,
  EntryMeta,
  NewEntry,
  StoredCursor,
  Timer,
  ParkedMessage,
  Verdict,
} from '../../log/store.port.ts'

import { leasesView, replicasKey } from '../../messaging/leases/lease-keeper.ts'

/** An entry of a log, with what it says of where it comes from. */
export interface LedgerEntry extends Entry {
  /** Read once, however many judges ask; empty where it cannot be read. */
  readonly origin: EntryMeta
}

/** A document, as it was last written. */
export interface LedgerDocument {
  readonly version: number
  /** JSON. */
  readonly value: string
  /** What it says: read once, however many ask. Not to be changed. */
  readonly data: unknown
}

/** The account of one service. */
export interface ServiceLedger {
  readonly service: string
  /** Entries by partition, in the order of the log. */
  readonly logs: LedgerEntry[][]
  /** Versions of streams. */
  readonly streams: Map<string, number>
  /** JSON of the states that were stored, with their versions. */
  readonly states: Map<string, { readonly version: number; readonly state: string }>
  /** Documents by view (with its generation), then by key. */
  readonly views: Map<string, Map<string, LedgerDocument>>
  readonly cursors: Map<string, StoredCursor>
  readonly timers: Map<string, Timer>
  readonly parked: Map<string, ParkedMessage>
  /** Command ids that took effect, with fingerprint and result. */
  readonly commands: Map<string, { readonly fingerprint: string; readonly result: string }>
  /** Until when the store takes no writes, and until when it is slow, in milliseconds of the world. */
  readOnlyUntilMs: number
  crawlsUntilMs: number
}

/** A commit that was applied, with where and by whom. */
export interface AppliedCommit {
  readonly service: string
  readonly process: string
  /** The latest that the clock of the process can have shown when it decided this, in milliseconds since 1970 UTC. */
  readonly processMs: number
  readonly commit: Commit
  readonly positions: readonly number[]
  /** The entries with their positions. */
  readonly entries: readonly LedgerEntry[]
  readonly ledger: ServiceLedger
}

export interface Ledger {
  of(service: string): ServiceLedger
  /** Takes a commit into the account. */
  record(applied: Omit<AppliedCommit, 'ledger' | 'entries' | 'positions'>, verdict: Verdict): void
  readonly services: ReadonlyMap<string, ServiceLedger>
  /** Makes every store take writes again, at its usual speed. */
  heal(): void
}

export interface LedgerOptions {
  /** Partitions of each log. */
  readonly partitions: number
  /** Told of each commit that was applied, before the account changes. */
  readonly onApplied: (applied: AppliedCommit) => void
  /** Told of each commit that was applied, after the account has changed. */
  readonly onRecorded: (applied: AppliedCommit) => void
}

/** Creates an empty account. */
export function createLedger({ partitions, onApplied, onRecorded }: LedgerOptions): Ledger {
  const services = new Map<string, ServiceLedger>()
  const of = (service: string): ServiceLedger => {
    const known = services.get(service)
    if (known) return known
    const fresh = emptyLedger(service, partitions)
    services.set(service, fresh)
    return fresh
  }
  return {
    of,
    services,
    heal() {
      for (const ledger of services.values()) {
        ledger.readOnlyUntilMs = 0
        ledger.crawlsUntilMs = 0
      }
    },
    record(committed, verdict) {
      if (verdict.kind !== 'committed') return
      const ledger = of(committed.service)
      const { positions } = verdict
      const entries = (committed.commit.entries ?? none).map((entry: NewEntry, index) => ({
        ...entry,
        position: positions[index] ?? 0,
        origin: originIn(entry.meta),
      }))
      const applied = { ...committed, positions, entries, ledger }
      onApplied(applied)
      change(applied)
      onRecorded(applied)
    },
  }
}

function originIn(meta: string): EntryMeta {
  try {
    // Why the cast: the runtime writes what `JSON.stringify` makes of an `EntryMeta`.
    return JSON.parse(meta) as EntryMeta
  } catch {
    return {}
  }
}

function emptyLedger(service: string, partitions: number): ServiceLedger {
  return {
    service,
    logs: Array.from({ length: partitions }, () => []),
    streams: new Map(),
    states: new Map(),
    views: new Map(),
    cursors: new Map(),
    timers: new Map(),
    parked: new Map(),
    commands: new Map(),
    readOnlyUntilMs: 0,
    crawlsUntilMs: 0,
  }
}

function change({ ledger, commit, entries }: AppliedCommit): void {
  const { id, fingerprint = '', result = 'null', streams = none } = commit
  if (id !== undefined) ledger.commands.set(id, { fingerprint, result })
  for (const entry of entries) ledger.logs[entry.partition]?.push(entry)
  for (const { stream, next, state } of streams) {
    ledger.streams.set(stream, next)
    if (state !== undefined) ledger.states.set(stream, { version: next, state })
  }
  changeDocuments(ledger, commit)
  changeTimers(ledger, commit)
  changeParked(ledger, commit)
}

const none: readonly never[] = []

function changeTimers({ timers, cursors }: ServiceLedger, commit: Commit): void {
  for (const move of commit.cursors ?? none) cursors.set(cursorName(move), move)
  const { fireTimers = none, cancelTimers = none, setTimers = none } = commit
  for (const timer of fireTimers) timers.delete(timer)
  for (const timer of cancelTimers) timers.delete(timer)
  for (const timer of setTimers) timers.set(timer.id, timer)
}

function changeParked({ parked }: ServiceLedger, { unpark = none, park = none }: Commit): void {
  for (const id of unpark) parked.delete(id)
  for (const message of park) parked.set(message.id, message)
}

function changeDocuments({ views }: ServiceLedger, commit: Commit): void {
  for (const view of commit.clearViews ?? none) views.delete(view)
  for (const { view, key, expected, first = 1, value } of commit.documents ?? none) {
    let documents = views.get(view)
    if (documents === undefined) {
      documents = new Map<string, LedgerDocument>()
      views.set(view, documents)
    }
    if (value === undefined) documents.delete(key)
    else documents.set(key, new WrittenDocument(expected === 0 ? first : expected + 1, value))
  }
}

class WrittenDocument implements LedgerDocument {
  readonly version: number
  readonly value: string
  #data: unknown

  constructor(version: number, value: string) {
    this.version = version
    this.value = value
  }

  get data(): unknown {
    this.#data ??= JSON.parse(this.value)
    return this.#data
  }
}

/** Whether a commit only says that its replica is still there. */
export function isOnlyBeat({ documents, streams, entries, cursors }: Commit): boolean {
  return (
    !streams &&
    !entries &&
    !cursors &&
    documents !== undefined &&
    documents.every(({ view, key }) => view === leasesView && key === replicasKey)
  )
}

/** Names a cursor, whatever incarnation it is of. */
export function cursorName({
  consumer,
  source,
  partition,
}: Pick<StoredCursor, 'consumer' | 'source' | 'partition'>): string {
  return `${consumer}/${source}/${partition}`
}

// The store of one service: its commit-ordered log and everything that changes together with it.
//
// A change is a `Commit`: plain data. A batch of commits is applied in order, in one transaction, and each gets
// its own verdict. Positions are handed out in commit order, per partition, without gaps.
//
// Texts are well-formed Unicode; U+0000 is allowed. Where something is "ordered by" a text, it is ordered by Unicode
// code points, as UTF-8 bytes are (JavaScript's `<` differs for characters beyond U+FFFF).

/** The longest text that a store takes, in UTF-16 code units: data, meta, results, states, documents, envelopes. */
export const storeTextMax = 16 * 1024 * 1024

/** The most events that a stream is loaded with; `streamEvents` gives those after them. */
export const loadedEventsMax = 10_000

/** What an entry of the log is: a fact, an order to another service, or the answer to an order. */
export type EntryKind = 'event' | 'command' | 'reply'

export interface NewEntry {
  readonly kind: EntryKind
  /** Full name: `stock.Reserved`. For a reply the name of the command that it answers. */
  readonly type: string
  /** Version of the schema of `data`. */
  readonly schemaVersion: number
  /**
   * The stream that the event belongs to, and its version there, counted from 1. Commands and replies have none.
   * The same commit writes the head of the stream; the events of one stream are all in one partition.
   */
  readonly stream?: string
  readonly streamVersion?: number
  /** Entries of one key stay in order, wherever they travel. */
  readonly key: string
  /** Which partition of the log, counted from 0. A key is always in the same one. */
  readonly partition: number
  /** The service that a command or a reply is for. */
  readonly to?: string
  /** JSON. */
  readonly data: string
  /** JSON of `EntryMeta`. */
  readonly meta: string
  readonly atMs: number
}

/** Where an entry comes from. */
export interface EntryMeta {
  /** Id of the command that led to the entry. */
  readonly command?: string
  /** Id of the message that caused it. */
  readonly cause?: string
  /** Shared by everything that one request from outside led to. */
  readonly correlation?: string
  /** W3C trace context. */
  readonly trace?: string
  readonly actor?: string
  readonly tenant?: string
  /** For commands: where the reply goes. For replies: the saga's address. */
  readonly saga?: {
    readonly name: string
    readonly key: string
    readonly step: string
    /** JSON of what a choreographed saga carries from participant to participant. */
    readonly mail?: string
  }
  /** For commands and replies: the identity of the command. */
  readonly id?: string
}

export interface Entry extends NewEntry {
  /** Counted from 1 in each partition, without gaps. */
  readonly position: number
}

/**
 * The new head of a stream. The commit conflicts when the stream is not at `expected`.
 *
 * `next` equal to `expected` changes nothing and only checks: a decision without events rests on that version.
 * Events of the stream in the same commit have versions after `expected`, up to `next`, in ascending order. A stream
 * whose state is all that is kept may have no events at all. Without `state` the former snapshot stays as it is.
 */
export interface StreamWrite {
  readonly stream: string
  /** 0: the stream must not exist. */
  readonly expected: number
  /** The version after the commit. */
  readonly next: number
  /** JSON of the state at `next`: a snapshot, or the state itself when it is all that is kept. */
  readonly state?: string
  /** Version of the code that made `state`. */
  readonly stateVersion?: number
}

export interface DocumentWrite {
  readonly view: string
  readonly key: string
  /** The version that the document must have; 0: it must not exist. Each write adds 1; a removal begins anew. */
  readonly expected: number
  /**
   * The version of a document that did not exist; 1 when absent. Given with `expected` 0 only.
   *
   * Where several processes write, they draw it: a document that was removed and made again is then not taken for the
   * former one by somebody who remembers that.
   */
  readonly first?: number
  /** JSON; absent: the document is removed. */
  readonly value?: string
  /**
   * Index rows to add and to take away, the latter first. The writer knows both from the document before and after.
   * Numbers are finite; the number 1 and the text "1" are different values.
   */
  readonly index?: readonly (readonly [index: string, value: string | number])[]
  readonly unindex?: readonly (readonly [index: string, value: string | number])[]
}

/**
 * A document that a decision rests on and does not change. Nothing is written; the commit conflicts when the document
 * is not at `expected`.
 */
export type DocumentCheck = Pick<DocumentWrite, 'view' | 'key' | 'expected'>

/**
 * Moves a consumer's cursor, forth or back. The commit conflicts when the cursor is not at `expected`.
 *
 * A cursor that does not exist is at 0. So is one of another incarnation: the move replaces it.
 */
export interface CursorMove {
  readonly consumer: string
  /** The service whose log is followed, and which incarnation of it. */
  readonly source: string
  readonly incarnation: string
  readonly partition: number
  readonly expected: number
  readonly position: number
}

export interface Timer {
  readonly id: string
  readonly atMs: number
  /** JSON: what the owner needs to act. */
  readonly data: string
}

/** A message that could not be handled, kept with the reason. */
export interface ParkedMessage {
  /** `consumer/source/partition/position`. */
  readonly id: string
  readonly consumer: string
  readonly source: string
  readonly partition: number
  readonly position: number
  readonly key: string
  /** The message as it was received: JSON of the envelope. */
  readonly envelope: string
  readonly code: string
  readonly reason: string
  readonly attempts: number
  readonly atMs: number
}

/**
 * One change of a service, whole or not at all.
 *
 * It names each stream, document, cursor, timer and parked message at most once in each list. What it expects is
 * compared with what was there before it; a conflict names the first difference, in the order streams, documents, those
 * that are only checked, cursors, timers, parked. Timers are fired, then cancelled, then set; messages are unparked, then parked: one commit
 * may take something up and put it down again.
 */
export interface Commit {
  /** Identity of the command: it takes effect once for as long as the log is kept. */
  readonly id?: string
  /** Fingerprint of the command's payload: another one under the same id is refused. Given with `id`. */
  readonly fingerprint?: string
  /** JSON that a repetition of the id is answered with. */
  readonly result?: string
  readonly streams?: readonly StreamWrite[]
  readonly entries?: readonly NewEntry[]
  readonly documents?: readonly DocumentWrite[]
  /** Documents that must be as they were read, in the very moment in which the commit is applied. */
  readonly checkDocuments?: readonly DocumentCheck[]
  readonly cursors?: readonly CursorMove[]
  /** A timer with the same id is replaced. */
  readonly setTimers?: readonly Timer[]
  /** Cancelled when it exists. */
  readonly cancelTimers?: readonly string[]
  /** The commit conflicts when one of these timers is gone: it fires once. */
  readonly fireTimers?: readonly string[]
  /** A parked message with the same id is replaced. */
  readonly park?: readonly ParkedMessage[]
  /** The commit conflicts when one of these is not parked: it is taken up once. */
  readonly unpark?: readonly string[]
  /** Views whose documents and index rows are all removed, before `documents` and checks are compared and written. */
  readonly clearViews?: readonly string[]
}

export type Verdict =
  /** Applied; the positions of its entries in their partitions. */
  | { readonly kind: 'committed'; readonly positions: readonly number[] }
  /** The id was used before with the same payload: nothing was done; this was the first result. */
  | { readonly kind: 'duplicate'; readonly result: string }
  /** The id was used before with another payload: nothing was done. */
  | { readonly kind: 'refused' }
  /**
   * Something was not as expected: nothing of this commit was done.
   *
   * `name` is the stream, `view/key`, `consumer/source/partition`, the timer's id or the parked message's id. For the
   * last two `expected` is 1 and `actual` 0.
   */
  | {
      readonly kind: 'conflict'
      readonly on: 'stream' | 'document' | 'cursor' | 'timer' | 'parked'
      readonly name: string
      readonly expected: number
      readonly actual: number
    }

/** The head of a stream and what is needed to rebuild its state. */
export interface LoadedStream {
  readonly stream: string
  /** 0 when the stream does not exist. */
  readonly version: number
  readonly state?: string
  readonly stateVersion?: number
  /** The version that `state` belongs to; 0 without one. */
  readonly stateAt: number
  /**
   * The events after `stateAt`, oldest first. Of more than `loadedEventsMax` these are the oldest: the caller goes on
   * with `streamEvents` after the last one until it has reached `version`.
   */
  readonly events: readonly Entry[]
}

export interface LogRead {
  readonly partition: number
  /** Entries after this position; 0 from the start. */
  readonly after: number
  readonly limit: number
}

export interface StreamEventsRead {
  readonly stream: string
  readonly after: number
  readonly limit: number
}

/**
 * `get` is answered with one document or none; `find` and `list` with documents ordered by key, after `after`;
 * `stream` with the stream as it is now.
 */
export type SnapshotRead =
  | { readonly kind: 'get'; readonly view: string; readonly key: string }
  | {
      readonly kind: 'find'
      readonly view: string
      readonly index: string
      readonly value: string | number
      readonly after?: string
      readonly limit: number
    }
  | {
      readonly kind: 'list'
      readonly view: string
      readonly after?: string
      readonly limit: number
    }
  | { readonly kind: 'stream'; readonly stream: string }

export interface StoredDocument {
  readonly key: string
  readonly version: number
  /** JSON. */
  readonly value: string
}

export type SnapshotAnswer =
  | { readonly kind: 'documents'; readonly documents: readonly StoredDocument[] }
  | { readonly kind: 'stream'; readonly stream: LoadedStream }

export interface StoredCursor {
  readonly consumer: string
  readonly source: string
  readonly incarnation: string
  readonly partition: number
  readonly position: number
}

export interface PageRequest {
  readonly after?: string
  readonly limit: number
}

/** What an adapter can and cannot do; the runtime refuses at start what a definition needs and an adapter lacks. */
export interface StoreSupport {
  /** Whether a commit that was answered survives a power cut. `false`: it may be lost with the machine. */
  readonly durable: boolean
  /** Whether several processes may have the store open. `false`: a second one is refused. */
  readonly shared: boolean
}

/** Writes and reads the log. */
export interface LogStore {
  readonly supports: StoreSupport
  /** Changes when the log was erased and begun anew: cursors of the former one mean nothing then. */
  readonly incarnation: string
  readonly partitions: number
  /**
   * Applies a batch in order, in one transaction, and gives a verdict for each commit.
   *
   * A commit sees the effects of those before it in the batch. It conflicts when a commit before it in the batch
   * was not applied (whatever its verdict) and writes one of the streams or documents that it writes or checks: it was decided on an effect
   * that never happened, even if the version happens to fit. A write that only checks, `next` equal to `expected`, and
   * a document that is only checked have no effect to rest on; one that clears a view writes all documents of it. A used id is a duplicate or refused,
   * whatever else is not as expected.
   *
   * Batches that are given at the same time are applied one after the other. After an answer, all that was committed
   * is durable. On an error nothing of the batch was applied.
   *
   * @throws `LOG_COMMIT_UNKNOWN` when it cannot be told whether the batch was applied: `results` settles it.
   * @throws `LOG_ENTRY_TOO_LARGE` when a text is longer than `storeTextMax`; nothing was applied.
   * @throws `STORE_FULL`, `STORE_READ_ONLY`, `STORE_CLOSED`, `STORE_UNAVAILABLE` when nothing was applied.
   */
  commit(batch: readonly Commit[]): Promise<readonly Verdict[]>
  /** Entries after a position, oldest first, never skipping a committed one. */
  read(request: LogRead): Promise<readonly Entry[]>
  /** Events of one stream after a version, oldest first: for states that have to be replayed from the start. */
  streamEvents(request: StreamEventsRead): Promise<readonly Entry[]>
  /** The last position of each partition; 0 where there is none. */
  heads(): Promise<readonly number[]>
  /** The first results of those of these command ids that took effect. */
  results(ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  /**
   * Calls back after somebody else who has the store open may have committed, and gives what ends that.
   *
   * It is a hint: it comes late, once for several commits, or not at all. Whoever has to know looks at the heads now and
   * then all the same. Absent where nobody else can have the store open, or nobody tells.
   */
  readonly watch?: (wake: () => void) => () => void
  /**
   * Tells of everything that anybody commits to this log, without being asked, until what it gives is disposed.
   *
   * Absent where the log has to be read. It may end and begin again at any time; entries are told after they were
   * committed, once, all partitions in one order.
   */
  readonly follow?: (follower: LogFollower) => AsyncDisposable
}

/** Who is told of what is committed to a log. */
export interface LogFollower {
  /** From now on everything is told; what was committed before is in the log. */
  readonly begun: () => void
  /** The entries of one or several commits, in their order: in each partition nothing is left out. */
  readonly told: (entries: readonly Entry[]) => void
  /** Nothing is told until it has begun again, and some may have been missed: it is in the log. */
  readonly ended: (reason: string) => void
}

/** Reads what the service knows now. */
export interface SnapshotStore {
  /** Answers all reads from one snapshot, in their order. */
  snapshot(reads: readonly SnapshotRead[]): Promise<readonly SnapshotAnswer[]>
  /**
   * The same for who takes what was so a little earlier: a copy of the store may answer, which is behind by no more than
   * the store was told. All reads are answered from one snapshot here too. Absent where there is no copy.
   *
   * Source: Richardson, "Command Query Responsibility Segregation" pattern: the read side on another database.
   */
  readonly snapshotLate?: (reads: readonly SnapshotRead[]) => Promise<readonly SnapshotAnswer[]>
  /**
   * The same without waiting, of a store that reads in the calling thread; absent where answers come from elsewhere.
   *
   * Whoever decides can then go on with what missed, and need not begin anew.
   */
  readonly snapshotNow?: (reads: readonly SnapshotRead[]) => readonly SnapshotAnswer[]
}

/** Reads what the service still has to do. */
export interface AgendaStore {
  /** Timers due at or before `atMs`, the earliest first; of the same time ordered by id. */
  dueTimers(atMs: number, limit: number): Promise<readonly Timer[]>
  /** When the earliest timer is due; `undefined` when there is none. */
  nextTimer(): Promise<number | undefined>
  countTimers(): Promise<number>
  /** Cursors of all consumers, ordered by consumer, source and partition. */
  cursors(): Promise<readonly StoredCursor[]>
  /** Parked messages ordered by id. */
  parked(page: PageRequest): Promise<readonly ParkedMessage[]>
}

/**
 * The store of one service. Disposing closes it; nothing that was answered is lost.
 *
 * Every method of a closed store fails with `STORE_CLOSED`. Disposing twice does nothing.
 */
export interface Store extends LogStore, SnapshotStore, AgendaStore, AsyncDisposable {}

/** Opens the stores of a system. */
export interface StoreProvider {
  /**
   * Opens, or makes, the store of a service.
   *
   * `STORE_UNAVAILABLE` also when it was made with another number of partitions: a key would change its place.
   *
   * @throws `STORE_LOCKED`, `STORE_NEWER`, `STORE_CORRUPT`, `STORE_READ_ONLY`, `STORE_FULL`, `STORE_UNAVAILABLE`.
   */
  open(service: string, options: { readonly partitions: number }): Promise<Store>
  /**
   * Removes everything that a service has stored; what is opened next is another incarnation. Nothing stored: nothing
   * is done.
   *
   * @throws `STORE_LOCKED` when the store is open and not shared, `STORE_READ_ONLY`, `STORE_UNAVAILABLE`.
   */
  erase(service: string): Promise<void>
}

// Where decisions meet the store: drafts are built on what is known, submitted to the group commit, and built again
// when it turns out that somebody else was first.
import type { Aggregate } from '../language/aggregate.ts'
import { DureError, definitionError } from '../language/errors.ts'
import type { GroupCommit, Settled } from '../log/group-commit.ts'
import type { EventTypes } from '../log/stored-event.ts'
import type {
  Commit,
  DocumentWrite,
  LoadedStream,
  LogStore,
  NewEntry,
  SnapshotAnswer,
  SnapshotRead,
  SnapshotStore,
  Timer,
} from '../log/store.port.ts'
import type { Clock } from './clock.port.ts'
import { type Cell, type CellCache, createCellCache } from './cells.ts'
import { type CellSource, cellsMissing, Draft, documentCell, type Sharing } from './draft.ts'
import { loadState, loadStateNow } from './load-state.ts'

export interface WorkspaceLimits {
  readonly streamCellsMax: number
  readonly documentCellsMax: number
  /** How often a draft is built anew because cells missed, before it counts as a defect. */
  readonly loadsMax: number
}

export const workspaceLimits: WorkspaceLimits = {
  streamCellsMax: 10_000,
  documentCellsMax: 10_000,
  loadsMax: 100,
}

/** A draft that was handed in. */
export interface Submitted<T> {
  readonly value: T
  /** Resolves with the verdict; at once when there was nothing to write. */
  readonly settled: Promise<Settled>
}

export interface Workspace {
  /**
   * Builds a draft and hands it in. `build` is pure and may run several times.
   *
   * The draft is handed in within the same turn in which it was built, so nothing comes between.
   */
  submit<T>(build: (draft: Draft) => T): Promise<Submitted<T>>
  /** Forgets everything that was remembered. */
  forget(): void
  readonly cells: number
}

export interface WorkspaceOptions {
  readonly service: string
  readonly store: LogStore & SnapshotStore
  readonly types: EventTypes
  readonly group: GroupCommit
  readonly clock: Clock
  readonly limits?: Partial<WorkspaceLimits>
  /** Called after every commit that wrote documents. */
  readonly onDocuments?: (documents: readonly DocumentWrite[]) => void
  /** Called after every commit that set timers, and after one that may have. */
  readonly onTimers?: (timers: readonly Timer[]) => void
  /** Called after every commit that wrote entries, with their positions, in the order of the log. */
  readonly onEntries: (entries: readonly NewEntry[], positions: readonly number[]) => void
  /** Called after a commit with entries that was not written now: it may have been, when an answer was lost. */
  readonly onUnsure: () => void
}

type Need =
  | { readonly kind: 'stream'; readonly aggregate: Aggregate; readonly name: string }
  | { readonly kind: 'document'; readonly view: string; readonly key: string }

/** Creates the workspace of one service. */
export function createWorkspace(options: WorkspaceOptions): Workspace {
  return new ServiceWorkspace(options)
}

class ServiceWorkspace implements Workspace {
  readonly #options: WorkspaceOptions
  readonly #sharing: Sharing | undefined
  readonly #loadsMax: number
  readonly #streams: CellCache
  readonly #documents: CellCache
  readonly #loading = new Map<string, Promise<void>>()
  readonly #cells: CellSource = {
    stream: (aggregate, name) =>
      this.#streams.get(name) ?? this.#need({ kind: 'stream', aggregate, name }),
    document: (view, key) =>
      this.#documents.get(documentCell(view, key)) ?? this.#need({ kind: 'document', view, key }),
  }
  /** What the draft that is being built needs, and is not there. */
  #needs: Need[] = []

  constructor(options: WorkspaceOptions) {
    const limits = { ...workspaceLimits, ...options.limits }
    this.#options = options
    this.#sharing = options.store.supports.shared ? sharingBy(options.clock) : undefined
    this.#loadsMax = limits.loadsMax
    this.#streams = createCellCache(limits.streamCellsMax)
    this.#documents = createCellCache(limits.documentCellsMax)
  }

  get cells(): number {
    return this.#streams.size + this.#documents.size
  }

  forget(): void {
    this.#streams.clear()
    this.#documents.clear()
    this.#loading.clear()
  }

  async submit<T>(build: (draft: Draft) => T): Promise<Submitted<T>> {
    const atMs = this.#options.clock.nowMs()
    for (let loads = 0; loads < this.#loadsMax; loads += 1) {
      const built = this.#tryBuild(build, atMs)
      if (!Array.isArray(built)) return { value: built.value, settled: this.#handIn(built.draft) }
      await this.#load(built)
    }
    throw new DureError(
      'INTERNAL_DEFECT',
      `A draft of ${this.#options.service} found no end of what it needs.`,
    )
  }

  /** Builds once. Gives the needs that were not met, or the draft when the build is complete. */
  #tryBuild<T>(build: (draft: Draft) => T, atMs: number): { draft: Draft; value: T } | Need[] {
    const draft = new Draft(this.#cells, atMs, this.#sharing)
    if (this.#needs.length > 0) this.#needs = []
    try {
      return { draft, value: build(draft) }
    } catch (thrown) {
      if (thrown === cellsMissing) return this.#needs
      throw thrown
    }
  }

  #need(need: Need): Cell | undefined {
    const cell = this.#loadNow(need)
    // Trap: an answer that is still waited for is of before, and may come after effects on this one.
    if (cell) this.#loading.delete(cell.id)
    else this.#needs.push(need)
    return cell
  }

  /** Loads a cell without waiting, where the store can. What fails here fails again when it is waited for. */
  #loadNow(need: Need): Cell | undefined {
    const { store } = this.#options
    try {
      const answer = store.snapshotNow?.([readOf(need)])[0]
      const cell =
        answer &&
        cellFrom(need, answer, (aggregate, stream) =>
          loadStateNow(this.#options, aggregate, stream),
        )
      if (cell) this.#cacheOf(need).put(cell)
      return cell
    } catch {
      return undefined
    }
  }

  #cacheOf({ kind }: Need): CellCache {
    return kind === 'stream' ? this.#streams : this.#documents
  }

  #handIn(draft: Draft): Promise<Settled> {
    // A decision that changes nothing is only as true as the effects it rests on: they are confirmed by a check.
    // So it is where other processes write: what is remembered may be of yesterday.
    if (draft.isSettled) return Promise.resolve(nothingToWrite)
    const cells = draft.cells()
    const isUnnamed = this.#nameIfNoted(draft)
    return new Promise((resolve, reject) => {
      for (const cell of cells) cell.pending += 1
      try {
        const commit = draft.apply()
        this.#options.group.submit(commit, (verdict) => {
          // An id that nobody else has was used by this very commit, whose first answer was lost.
          const settled = isUnnamed && verdict.kind === 'duplicate' ? nothingToWrite : verdict
          this.#release(cells, settled)
          if (settled.kind === 'committed') {
            for (const note of draft.afterCommit) note()
            if (commit.documents) this.#options.onDocuments?.(commit.documents)
          }
          this.#tell(commit, verdict)
          if (commit.setTimers) this.#options.onTimers?.(commit.setTimers)
          resolve(settled)
        })
      } catch (error) {
        this.#release(cells, { kind: 'failed', error })
        reject(error instanceof Error ? error : definitionError(String(error)))
      }
    })
  }

  /** What memory has to follow is told apart by an id, should the answer of the store be lost. */
  #nameIfNoted(draft: Draft): boolean {
    if (draft.identity || draft.afterCommit.length === 0) return false
    draft.identity = { id: this.#options.clock.newId(), fingerprint: '', result: 'null' }
    return true
  }

  #tell({ entries }: Commit, verdict: Settled): void {
    if (!entries) return
    if (verdict.kind === 'committed') this.#options.onEntries(entries, verdict.positions)
    else this.#options.onUnsure()
  }

  #release(cells: readonly Cell[], settled: Settled): void {
    for (const cell of cells) {
      cell.pending -= 1
      if (settled.kind === 'committed') continue
      this.#streams.drop(cell)
      this.#documents.drop(cell)
    }
  }

  /** Loads what misses with one read; what is being loaded already is waited for. */
  async #load(needs: readonly Need[]): Promise<void> {
    const waits: Promise<void>[] = []
    const fresh = new Map<string, Need>()
    for (const need of needs) {
      const id = cellOf(need)
      const known = this.#loading.get(id)
      if (known) waits.push(known)
      else fresh.set(id, need)
    }
    if (fresh.size > 0) {
      const isCurrent = (id: string): boolean => this.#loading.get(id) === work
      const work = this.#loadCells([...fresh.values()], isCurrent).finally(() => {
        for (const id of fresh.keys()) if (isCurrent(id)) this.#loading.delete(id)
      })
      for (const id of fresh.keys()) this.#loading.set(id, work)
      waits.push(work)
    }
    await Promise.all(waits)
  }

  async #loadCells(needs: readonly Need[], isCurrent: (id: string) => boolean): Promise<void> {
    const answers = await this.#options.store.snapshot(needs.map(readOf))
    for (const [index, need] of needs.entries()) {
      const answer = answers[index]
      if (answer === undefined) continue
      const cell = await cellFrom(need, answer, (aggregate, stream) =>
        loadState(this.#options, aggregate, stream),
      )
      if (cell && isCurrent(cell.id)) this.#cacheOf(need).put(cell)
    }
  }
}

/** The chance in an id is a version that no document has had before; it is not 0, which says that there is none. */
function sharingBy(clock: Clock): Sharing {
  return { drawVersion: () => Number.parseInt(clock.newId().slice(-12), 16) + 1 }
}

function cellOf(need: Need): string {
  return need.kind === 'stream' ? need.name : documentCell(need.view, need.key)
}

function readOf(need: Need): SnapshotRead {
  return need.kind === 'stream'
    ? { kind: 'stream', stream: need.name }
    : { kind: 'get', view: need.view, key: need.key }
}

/** The cell of an answer; that of a stream as `replay` makes it. */
function cellFrom<T>(
  need: Need,
  answer: SnapshotAnswer,
  replay: (aggregate: Aggregate, stream: LoadedStream) => T,
): Cell | T | undefined {
  if (need.kind === 'stream') {
    return answer.kind === 'stream' ? replay(need.aggregate, answer.stream) : undefined
  }
  const found = answer.kind === 'documents' ? answer.documents[0] : undefined
  const value: unknown = found ? JSON.parse(found.value) : undefined
  return { id: cellOf(need), version: found?.version ?? 0, value, stateAt: 0, atMs: 0, pending: 0 }
}

const nothingToWrite: Settled = { kind: 'committed', positions: [] }

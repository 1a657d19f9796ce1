// Where decisions meet the store: drafts are built on what is known, submitted to the group commit, and built again
// when it turns out that somebody else was first.
import type { Aggregate } from '../language/aggregate.ts'
import { DureError } from '../language/errors.ts'
import type { GroupCommit, Settled } from '../log/group-commit.ts'
import type { EventTypes } from '../log/stored-event.ts'
import type { LogStore, SnapshotStore } from '../log/store.port.ts'
import { type Cell, type CellCache, createCellCache } from './cells.ts'
import { type CellSource, cellsMissing, Draft, documentCell } from './draft.ts'
import { loadState } from './load-state.ts'

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
  readonly limits?: Partial<WorkspaceLimits>
  /** Called after every commit that wrote entries. */
  readonly onEntries: () => void
}

type Need =
  | { readonly kind: 'stream'; readonly aggregate: Aggregate; readonly name: string }
  | { readonly kind: 'document'; readonly view: string; readonly key: string }

/** Creates the workspace of one service. */
export function createWorkspace(options: WorkspaceOptions): Workspace {
  const limits = { ...workspaceLimits, ...options.limits }
  const streams = createCellCache(limits.streamCellsMax)
  const documents = createCellCache(limits.documentCellsMax)
  const loading = new Map<string, Promise<void>>()

  /** Builds once. Gives the needs that were not met, or undefined when the build is complete. */
  function tryBuild<T>(build: (draft: Draft) => T): { draft: Draft; value: T } | Need[] {
    const needs: Need[] = []
    const draft = new Draft(cellSource(streams, documents, needs))
    try {
      return { draft, value: build(draft) }
    } catch (thrown) {
      if (thrown === cellsMissing) return needs
      throw thrown
    }
  }

  async function submit<T>(build: (draft: Draft) => T): Promise<Submitted<T>> {
    for (let loads = 0; loads < limits.loadsMax; loads += 1) {
      const built = tryBuild(build)
      if (!Array.isArray(built)) return { value: built.value, settled: handIn(built.draft) }
      await Promise.all(built.map((need) => load(need)))
    }
    throw new DureError(
      'INTERNAL_DEFECT',
      `A draft of ${options.service} found no end of what it needs.`,
    )
  }

  function handIn(draft: Draft): Promise<Settled> {
    // A decision that changes nothing is only as true as the effects it rests on: they are confirmed by a check.
    if (draft.isEmpty && !draft.restsOnPending) return Promise.resolve(nothingToWrite)
    const cells = draft.cells()
    return new Promise((resolve, reject) => {
      try {
        for (const cell of cells) cell.pending += 1
        const commit = draft.apply()
        options.group.submit(commit, (settled) => {
          release(cells, settled)
          if (settled.kind === 'committed') {
            for (const note of draft.afterCommit) note()
            if (commit.entries) options.onEntries()
          }
          resolve(settled)
        })
      } catch (error) {
        release(cells, { kind: 'failed', error })
        reject(error as Error)
      }
    })
  }

  function release(cells: readonly Cell[], settled: Settled): void {
    for (const cell of cells) {
      cell.pending -= 1
      if (settled.kind === 'committed') continue
      streams.drop(cell)
      documents.drop(cell)
    }
  }

  function load(need: Need): Promise<void> {
    const id = need.kind === 'stream' ? need.name : documentCell(need.view, need.key)
    const known = loading.get(id)
    if (known) return known
    const work = loadCell(need).finally(() => loading.delete(id))
    loading.set(id, work)
    return work
  }

  async function loadCell(need: Need): Promise<void> {
    if (need.kind === 'stream') {
      const [answer] = await options.store.snapshot([{ kind: 'stream', stream: need.name }])
      if (answer?.kind === 'stream')
        streams.put(await loadState(options, need.aggregate, answer.stream))
      return
    }
    const { view, key } = need
    const [answer] = await options.store.snapshot([{ kind: 'get', view, key }])
    const found = answer?.kind === 'documents' ? answer.documents[0] : undefined
    const value: unknown = found ? JSON.parse(found.value) : undefined
    const id = documentCell(view, key)
    documents.put({ id, version: found?.version ?? 0, value, stateAt: 0, pending: 0 })
  }

  return {
    submit,
    forget() {
      streams.clear()
      documents.clear()
    },
    get cells() {
      return streams.size + documents.size
    },
  }
}

const nothingToWrite: Settled = { kind: 'committed', positions: [] }

function cellSource(streams: CellCache, documents: CellCache, needs: Need[]): CellSource {
  return {
    stream(aggregate, name) {
      const cell = streams.get(name)
      if (!cell) needs.push({ kind: 'stream', aggregate, name })
      return cell
    },
    document(view, key) {
      const cell = documents.get(documentCell(view, key))
      if (!cell) needs.push({ kind: 'document', view, key })
      return cell
    },
  }
}

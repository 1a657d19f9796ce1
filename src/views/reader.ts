import type { TypedAggregate } from '../language/aggregate.ts'
import { DureError, definitionError } from '../language/errors.ts'
import type { FindOptions, Found, Reader } from '../language/service.ts'
import type { IndexValue, View } from '../language/view.ts'
import type { SnapshotAnswer, SnapshotRead, SnapshotStore } from '../log/store.port.ts'
import { type LoadStateOptions, loadState } from '../runtime/load-state.ts'

export const findLimit = { default: 100, max: 10_000 } as const

export interface ReaderOptions extends LoadStateOptions {
  readonly store: LoadStateOptions['store'] & SnapshotStore
  readonly viewName: (view: View) => string
  /** Whether what was so a little earlier will do: views that follow a log do not promise more. */
  readonly mayBeLate?: boolean
}

interface Waiting {
  readonly read: SnapshotRead
  readonly mayBeLate: boolean
  readonly resolve: (answer: SnapshotAnswer) => void
  readonly reject: (error: unknown) => void
}

/** Creates a reader. Reads asked for in one turn are answered from one snapshot. */
export function createReader(options: ReaderOptions): Reader {
  let waiting: Waiting[] = []

  function ask(read: SnapshotRead, view?: View): Promise<SnapshotAnswer> {
    // What an inline view and a stream have is what was committed last.
    const mayBeLate = options.mayBeLate === true && view?.consistency === 'async'
    return new Promise((resolve, reject) => {
      waiting.push({ read, mayBeLate, resolve, reject })
      // The reads of one turn gather until its microtasks have run.
      if (waiting.length === 1) void Promise.resolve().then(answerAll)
    })
  }

  async function answerAll(): Promise<void> {
    const asked = waiting
    waiting = []
    const { store } = options
    const isLate = asked.every(({ mayBeLate }) => mayBeLate)
    const reads = asked.map(({ read }) => read)
    try {
      const answers = await ((isLate && store.snapshotLate?.(reads)) || store.snapshot(reads))
      for (const [index, { resolve, reject }] of asked.entries()) {
        const answer = answers[index]
        if (answer) resolve(answer)
        else reject(new DureError('INTERNAL_DEFECT', 'The store left a read unanswered.'))
      }
    } catch (error) {
      for (const { reject } of asked) reject(error)
    }
  }

  async function documents(view: View, read: SnapshotRead): Promise<readonly Found<never>[]> {
    const answer = await ask(read, view)
    if (answer.kind !== 'documents') return []
    // Why the cast: a view's documents were written by its own `evolve`.
    return answer.documents.map(({ key, value }) => ({ key, document: JSON.parse(value) as never }))
  }

  return {
    async get(view, key) {
      const [found] = await documents(view, { kind: 'get', view: options.viewName(view), key })
      return found?.document
    },
    find(view: View, where: Readonly<Record<string, IndexValue | undefined>>, page?: FindOptions) {
      const { index, value } = oneIndex(view, where)
      return documents(view, {
        kind: 'find',
        view: options.viewName(view),
        index,
        value,
        ...pageOf(page),
      })
    },
    list(view: View, page?: FindOptions) {
      return documents(view, { kind: 'list', view: options.viewName(view), ...pageOf(page) })
    },
    async state<State>(aggregate: TypedAggregate<State>, key: string) {
      const answer = await ask({ kind: 'stream', stream: `${aggregate.name}/${key}` })
      if (answer.kind !== 'stream' || answer.stream.version === 0) return undefined
      const cell = await loadState(options, aggregate, answer.stream)
      // Why the cast: the state was made by the aggregate's own `evolve`.
      return cell.value as State
    },
  }
}

function oneIndex(
  view: View,
  where: Readonly<Record<string, IndexValue | undefined>>,
): { readonly index: string; readonly value: IndexValue } {
  const [[index, value] = [], ...others] = Object.entries(where)
  if (index !== undefined && !Object.hasOwn(view.indexes, index)) {
    throw definitionError(
      `View "${view.name}" has no index "${index}". It has: ${Object.keys(view.indexes).join(', ') || 'none'}.`,
    )
  }
  if (index !== undefined && value !== undefined && others.length === 0) return { index, value }
  throw definitionError(
    `A find on view "${view.name}" names ${others.length + Number(index !== undefined)} indexes. Name one: find(view, { index: value }).`,
  )
}

function pageOf(page: FindOptions = {}): { readonly limit: number; readonly after?: string } {
  const limit = Math.max(1, Math.min(page.limit ?? findLimit.default, findLimit.max))
  return page.after === undefined ? { limit } : { limit, after: page.after }
}

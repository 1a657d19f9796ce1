import { assertThat, DureError } from '../../../language/errors.ts'
import { assertBatch } from '../../../log/batch-rules.ts'
import type { Commit, Verdict } from '../../../log/store.port.ts'
import { BatchColumns } from './batch-columns.ts'
import { commitColumns } from './commit-function.ts'
import { type Connections, NotSent, type Statement } from '../connections.ts'
import type { Row } from '../rows.ts'
import { isUnknown, stateOf, storeError, unknownError } from '../store-error.ts'
import { unescapeText } from '../text-escape.ts'

export interface CommitterOptions {
  readonly service: string
  /** The name of the schema, quoted. */
  readonly schema: string
  readonly incarnation: string
  readonly partitions: number
  readonly writers: Connections
  /** Waits until no statement of a lost connection can take effect any more. */
  readonly settle: () => Promise<void>
  /** Makes chunks of the log for so many entries after its last position. */
  readonly makeRoom: (entries: number) => Promise<void>
  /** Told the last positions after each batch. */
  readonly onCommitted: (lastPositions: readonly number[]) => void
}

/** Commits batches. */
export type CommitBatch = (batch: readonly Commit[]) => Promise<readonly Verdict[]>

/** What the function says of a commit that it did not apply. */
type Refusal =
  | { readonly commit: number; readonly kind: 'duplicate'; readonly result: string }
  | { readonly commit: number; readonly kind: 'refused' }
  | {
      readonly commit: number
      readonly kind: 'conflict'
      readonly on: 'stream' | 'document' | 'cursor' | 'timer' | 'parked'
      readonly row: number
      readonly actual: number
    }

/** A row fell outside of every chunk of the log. */
const noChunk = '23514'

/** Prepares the commits of a store: each batch is one statement. */
export function prepareCommits(options: CommitterOptions): CommitBatch {
  const { partitions, incarnation, service } = options
  const statement = commitStatement(options.schema)

  const write = async (columns: BatchColumns): Promise<Row> => {
    const [row] = await options.writers.ask(statement, columns.values(incarnation))
    assertThat(row !== undefined, 'A batch was applied without an answer.')
    return row
  }
  const writeMakingRoom = async (columns: BatchColumns): Promise<Row> => {
    try {
      return await write(columns)
    } catch (thrown) {
      if (stateOf(thrown) !== noChunk) throw thrown
      // Nothing was applied: partitions are made ahead, unless so many are written at once.
      await options.makeRoom(Math.max(...columns.counts))
      return write(columns)
    }
  }

  return async (batch) => {
    assertBatch(batch, partitions)
    if (batch.length === 0) return []
    await options.settle()
    const columns = new BatchColumns(batch, partitions)
    const [last, refusals] = await writeMakingRoom(columns).catch((thrown: unknown) => {
      throw commitError(thrown, service)
    })
    // Why the casts: the function returns an array of numbers, and JSON of refusals or nothing.
    const lastPositions = (last as unknown as readonly string[]).map(Number)
    options.onCommitted(lastPositions)
    return verdictsOf(batch, {
      columns,
      lastPositions,
      refusals: (refusals ?? []) as unknown as readonly Refusal[],
    })
  }
}

function commitStatement(schema: string): Statement {
  const count = 5 + commitColumns.length
  const parameters = Array.from({ length: count }, (_, index) => `$${index + 1}`).join(', ')
  return {
    name: 'commit',
    text: `SELECT last_positions, refusals FROM ${schema}.commit_batch(${parameters})`,
  }
}

function commitError(thrown: unknown, service: string): DureError {
  if (thrown instanceof NotSent) return storeError(thrown.cause, service)
  if (thrown instanceof DureError) return thrown
  return isUnknown(thrown) ? unknownError(thrown, service) : storeError(thrown, service)
}

interface Applied {
  readonly columns: BatchColumns
  readonly lastPositions: readonly number[]
  readonly refusals: readonly Refusal[]
}

function verdictsOf(
  batch: readonly Commit[],
  { columns, lastPositions, refusals }: Applied,
): readonly Verdict[] {
  const refused = new Map(refusals.map((refusal) => [refusal.commit - 1, refusal]))
  const next = [...lastPositions]
  for (const [index, { entries = [] }] of batch.entries()) {
    if (!refused.has(index))
      for (const { partition } of entries) next[partition] = at(next, partition) - 1
  }
  return batch.map(({ entries = [] }, index) => {
    const refusal = refused.get(index)
    if (refusal !== undefined) return toVerdict(refusal, columns)
    const positions = entries.map(({ partition }) => (next[partition] = at(next, partition) + 1))
    return { kind: 'committed', positions }
  })
}

function at(positions: readonly number[], partition: number): number {
  return positions[partition] ?? 0
}

function toVerdict(refusal: Refusal, columns: BatchColumns): Verdict {
  if (refusal.kind === 'refused') return { kind: 'refused' }
  if (refusal.kind === 'duplicate') {
    return { kind: 'duplicate', result: unescapeText(refusal.result) }
  }
  const { on, row, actual } = refusal
  const { names, expected } = columnsOf[on]
  return {
    kind: 'conflict',
    on,
    name: names.map((name) => columns.valueAt(name, row)).join('/'),
    expected: expected === undefined ? 1 : Number(columns.valueAt(expected, row)),
    actual,
  }
}

/** The columns that a conflict is told with. What only has to be there has none for what was expected. */
const columnsOf = {
  stream: { names: ['s_stream'], expected: 's_expected' },
  document: { names: ['d_view', 'd_key'], expected: 'd_expected' },
  cursor: { names: ['k_consumer', 'k_source', 'k_partition'], expected: 'k_expected' },
  timer: { names: ['t_id'], expected: undefined },
  parked: { names: ['p_id'], expected: undefined },
} as const

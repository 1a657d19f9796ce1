import { assertThat } from '../../language/errors.ts'
import { assertBatch, UnappliedWrites } from '../../log/batch-rules.ts'
import type { Commit, Verdict } from '../../log/store.port.ts'
import {
  type Conflict,
  type CommitChecks,
  prepareChecks,
  type StreamHead,
} from './commit-checks.ts'
import { type CommitWrites, prepareWrites } from './commit-writes.ts'
import type { OpenDatabase } from './open-database.ts'
import { prepareQuery } from './rows.ts'
import { placesPerPartition } from './schema.ts'
import { prepareTransaction } from './transaction.ts'

/** Commits batches, and knows the last position of each partition. */
export interface Committer {
  readonly heads: readonly number[]
  commit(batch: readonly Commit[]): readonly Verdict[]
}

/** Prepares the commits of a store. Only one committer may write to a database. */
export function prepareCommitter(database: OpenDatabase): Committer {
  const { connection, file, partitions, room } = database
  const inTransaction = prepareTransaction(connection, file)
  const checks = prepareChecks(connection)
  const writes = prepareWrites(connection)
  let heads = readHeads(database)

  return {
    get heads() {
      return heads
    },
    commit(batch) {
      assertBatch(batch, partitions)
      const counted = heads.slice()
      const verdicts = inTransaction(() => applyBatch({ checks, writes, counted }, batch))
      heads = counted
      room.keep()
      return verdicts
    },
  }
}

interface BatchContext {
  readonly checks: CommitChecks
  readonly writes: CommitWrites
  /** The last positions, counted on while entries are written. */
  readonly counted: number[]
}

function applyBatch(context: BatchContext, batch: readonly Commit[]): readonly Verdict[] {
  let unapplied: UnappliedWrites | undefined
  return batch.map((commit) => {
    const verdict = applyCommit(context, commit, unapplied)
    if (verdict.kind !== 'committed') {
      unapplied ??= new UnappliedWrites()
      unapplied.add(commit)
    }
    return verdict
  })
}

/**
 * Everything is compared before anything is written, so that a commit that conflicts leaves nothing to undo. The
 * command id comes last: writing it tells, without a read, whether it was used.
 */
function applyCommit(
  { checks, writes, counted }: BatchContext,
  commit: Commit,
  unapplied: UnappliedWrites | undefined,
): Verdict {
  const heads = checks.heads(commit, unapplied)
  if (isConflict(heads)) return checks.used(commit) ?? heads
  const conflict = checks.others(commit, unapplied)
  if (conflict) return checks.used(commit) ?? conflict
  if (!writes.keepCommand(commit)) return usedVerdict(checks, commit)
  const positions = writes.append(commit, heads, counted)
  writes.moveStreams(heads)
  writes.others(commit)
  return { kind: 'committed', positions }
}

function isConflict(found: readonly StreamHead[] | Conflict): found is Conflict {
  return 'kind' in found
}

function usedVerdict(checks: CommitChecks, commit: Commit): Verdict {
  const verdict = checks.used(commit)
  assertThat(verdict !== undefined, 'A command id was known and is not.')
  return verdict
}

function readHeads({ connection, partitions }: OpenDatabase): number[] {
  const last = prepareQuery(connection, 'SELECT max(place) FROM log WHERE place > ? AND place < ?')
  return Array.from({ length: partitions }, (_, partition) => {
    const start = partition * placesPerPartition
    const place = last.first(start, start + placesPerPartition)?.[0]
    return typeof place === 'number' ? place - start : 0
  })
}

import type { DatabaseSync } from 'node:sqlite'
import { DureError } from '../../language/errors.ts'
import { commitError, storeError } from './store-error.ts'

/**
 * Runs `work` in a transaction that is durable when this returns.
 *
 * When it throws, nothing of `work` was kept, or (`LOG_COMMIT_UNKNOWN`) it cannot be told.
 */
export type RunInTransaction = <T>(work: () => T) => T

/** Prepares transactions on a connection that nobody else uses. */
export function prepareTransaction(connection: DatabaseSync, file: string): RunInTransaction {
  const begin = connection.prepare('BEGIN IMMEDIATE')
  const commit = connection.prepare('COMMIT')

  const run = <T>(work: () => T): T => {
    begin.run()
    try {
      return work()
    } catch (thrown) {
      rollBack(connection, file)
      throw storeError(thrown, file)
    }
  }

  return (work) => {
    const result = run(work)
    try {
      commit.run()
    } catch (thrown) {
      rollBack(connection, file)
      throw commitError(thrown, file)
    }
    return result
  }
}

/** SQLite rolls back by itself after some errors and not after others. */
function rollBack(connection: DatabaseSync, file: string): void {
  if (!connection.isTransaction) return
  try {
    connection.exec('ROLLBACK')
  } catch (thrown) {
    // Nothing may be read or written on top of what should be gone.
    connection.close()
    throw new DureError(
      'STORE_UNAVAILABLE',
      `"${file}" could not undo a failed commit and was closed. Open it again.`,
      { details: { file }, cause: thrown },
    )
  }
}

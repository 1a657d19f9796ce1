import { DureError } from '../../language/errors.ts'
import type { SnapshotAnswer, SnapshotRead, Store, StoreSupport } from '../../log/store.port.ts'
import { type AgendaReads, prepareAgendaReads } from './agenda-reads.ts'
import { type Committer, prepareCommitter } from './commit-batch.ts'
import { type LogReads, prepareLogReads } from './log-reads.ts'
import { type OpenDatabase, type OpenDatabaseOptions, openDatabase } from './open-database.ts'
import { storeError } from './store-error.ts'
import { prepareViewReads, type ReadDocuments } from './view-reads.ts'

const supports: StoreSupport = Object.freeze({ durable: true, shared: false })

/**
 * Opens the store that is kept in one file.
 *
 * Every call runs to its end before the next one: reads that are asked for together see one state, and batches that
 * are given at the same time follow one another.
 */
export function openStore(options: OpenDatabaseOptions): Store {
  const { file, partitions } = options
  const database = openDatabase(options)
  const { connection, incarnation } = database
  const { committer, log, documents, agenda } = prepareParts(database)

  const answer = (read: SnapshotRead): SnapshotAnswer =>
    read.kind === 'stream'
      ? { kind: 'stream', stream: log.stream(read.stream) }
      : { kind: 'documents', documents: documents(read) }

  const askNow = <T>(question: () => T): T => {
    if (!connection.isOpen) throw closedError(file)
    try {
      return question()
    } catch (thrown) {
      throw storeError(thrown, file)
    }
  }
  const ask = async <T>(question: () => T): Promise<T> => askNow(question)

  return {
    supports,
    incarnation,
    partitions,
    commit: (batch) => ask(() => committer.commit(batch)),
    read: (request) => ask(() => log.entries(request)),
    streamEvents: (request) => ask(() => log.streamEvents(request)),
    heads: () => ask(() => committer.heads.slice()),
    results: (ids) => ask(() => log.results(ids)),
    snapshot: (reads) => ask(() => reads.map(answer)),
    snapshotNow: (reads) => askNow(() => reads.map(answer)),
    dueTimers: (atMs, limit) => ask(() => agenda.dueTimers(atMs, limit)),
    nextTimer: () => ask(() => agenda.nextTimer()),
    countTimers: () => ask(() => agenda.countTimers()),
    cursors: () => ask(() => agenda.cursors()),
    parked: (page) => ask(() => agenda.parked(page)),
    [Symbol.asyncDispose]: async () => database.close(),
  }
}

interface StoreParts {
  readonly committer: Committer
  readonly log: LogReads
  readonly documents: ReadDocuments
  readonly agenda: AgendaReads
}

function prepareParts(database: OpenDatabase): StoreParts {
  const { connection, file } = database
  try {
    const committer = prepareCommitter(database)
    return {
      committer,
      log: prepareLogReads(database, committer),
      documents: prepareViewReads(connection),
      agenda: prepareAgendaReads(connection),
    }
  } catch (thrown) {
    database.close()
    throw storeError(thrown, file)
  }
}

function closedError(file: string): DureError {
  return new DureError('STORE_CLOSED', `The store in "${file}" is closed. Open it again.`, {
    details: { file },
  })
}

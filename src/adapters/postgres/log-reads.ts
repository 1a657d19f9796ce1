import { DureError } from '../../language/errors.ts'
import type { Entry, LogRead, StreamEventsRead } from '../../log/store.port.ts'
import type { Connections } from './connections.ts'
import { entryColumns, toEntry, toText } from './rows.ts'
import { escapeText } from './text-escape.ts'

/** Reads entries, events of streams and results of commands. */
export interface LogReads {
  entries(request: LogRead): Promise<readonly Entry[]>
  streamEvents(request: StreamEventsRead): Promise<readonly Entry[]>
  heads(): Promise<readonly number[]>
  results(ids: readonly string[]): Promise<ReadonlyMap<string, string>>
}

export interface ReadOptions {
  readonly service: string
  /** The name of the schema, quoted. */
  readonly schema: string
  readonly readers: Connections
}

/**
 * Prepares the reads of a log.
 *
 * Commits follow one another and each is seen as a whole, so that a reader who sees a position sees all before it. What
 * misses in between was detached: a read gives all that follows a position, or fails.
 */
export function prepareLogReads({ service, schema, readers }: ReadOptions): LogReads {
  const entries = {
    name: 'entries',
    text: `SELECT ${entryColumns} FROM ${schema}.log
      WHERE partition = $1 AND position > $2 ORDER BY position LIMIT $3`,
  }
  const streamEvents = {
    name: 'stream-events',
    text: `SELECT ${entryColumns} FROM ${schema}.log
      WHERE stream = $1 AND stream_version > $2
        AND position > (SELECT born FROM ${schema}.streams WHERE stream = $1)
      ORDER BY stream_version LIMIT $3`,
  }
  const heads = {
    name: 'heads',
    text: `SELECT u.position FROM ${schema}.head, unnest(positions) WITH ORDINALITY AS u(position, o)
      ORDER BY u.o`,
  }
  const results = {
    name: 'results',
    text: `SELECT id, result FROM ${schema}.commands WHERE id = ANY ($1::text[])`,
  }

  return {
    async entries({ partition, after, limit }) {
      const rows = await readers.ask(entries, [partition, after, Math.max(0, limit)])
      const found = rows.map(toEntry)
      assertWhole(service, found, after)
      return found
    },
    async streamEvents({ stream, after, limit }) {
      const values = [escapeText(stream), after, Math.max(0, limit)]
      return (await readers.ask(streamEvents, values)).map(toEntry)
    },
    async heads() {
      return (await readers.ask(heads, [])).map(([position]) => Number(position))
    },
    async results(ids) {
      if (ids.length === 0) return new Map()
      const rows = await readers.ask(results, [ids.map(escapeText)])
      return new Map(rows.map(([id, result]) => [toText(id), toText(result)]))
    },
  }
}

function assertWhole(service: string, entries: readonly Entry[], after: number): void {
  const missing = entries.findIndex(({ position }, index) => position !== after + index + 1)
  if (missing < 0) return
  throw new DureError(
    'STORE_CORRUPT',
    `The log of "${service}" misses what follows position ${after + missing}: chunks of it were detached. Attach them again, or let the reader begin after them.`,
    { details: { service, after: after + missing } },
  )
}

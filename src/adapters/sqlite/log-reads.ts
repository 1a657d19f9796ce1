import type { SQLOutputValue } from 'node:sqlite'
import type { Entry, LoadedStream, LogRead, StreamEventsRead } from '../../log/store.port.ts'
import { loadedEventsMax } from '../../log/store.port.ts'
import type { Committer } from './commit-batch.ts'
import type { OpenDatabase } from './open-database.ts'
import { entryColumns, prepareQuery, type Row, toEntry } from './rows.ts'
import { placesPerPartition } from './schema.ts'
import { damageError } from './store-error.ts'

/** Reads entries, streams and results of commands. */
export interface LogReads {
  entries(request: LogRead): readonly Entry[]
  streamEvents(request: StreamEventsRead): readonly Entry[]
  stream(stream: string): LoadedStream
  results(ids: readonly string[]): ReadonlyMap<string, string>
}

/**
 * The events of a stream between two versions, found by walking back from a place. `ORDER BY` with `LIMIT` keeps no
 * more rows than the limit, however long the walk is.
 */
const walkSql = `
  WITH RECURSIVE walk (place, previous, version) AS (
    SELECT place, previous, stream_version FROM log WHERE place = ?1
    UNION ALL
    SELECT log.place, log.previous, log.stream_version
    FROM walk JOIN log ON log.place = walk.previous
    WHERE walk.version > ?2
  )
  SELECT ${entryColumns.replace('place', 'log.place')}
  FROM walk JOIN log USING (place)
  WHERE walk.version > ?2
  ORDER BY walk.place
  LIMIT ?3`

/**
 * Prepares the reads of a log.
 *
 * SQLite takes some damage for the end of a table. The log has no gaps and the events of a stream are linked, so that
 * what misses shows: a read gives all that there is, or fails.
 */
export function prepareLogReads(database: OpenDatabase, committer: Committer): LogReads {
  const { connection } = database
  const walk = prepareWalk(database)
  const entries = prepareQuery(
    connection,
    `SELECT ${entryColumns} FROM log WHERE place > ? AND place < ? ORDER BY place LIMIT ?`,
  )
  const head = prepareQuery(
    connection,
    `SELECT version, place, state, state_version, state_at
     FROM streams LEFT JOIN states USING (stream) WHERE stream = ?`,
  )
  const result = prepareQuery(connection, 'SELECT result FROM commands WHERE id = ?')

  return {
    entries({ partition, after, limit }) {
      const start = partition * placesPerPartition
      const found = entries.all(start + after, start + placesPerPartition, limit).map(toEntry)
      const count = Math.min(limit, Math.max(0, (committer.heads[partition] ?? 0) - after))
      const isWhole = found.length === count && (found.at(-1)?.position ?? after) === after + count
      if (isWhole) return found
      throw damageError(database.file, `entries miss after position ${after}`)
    },
    streamEvents: (request) => walk(request, head.first(request.stream)?.[1]),
    stream(stream) {
      const row = head.first(stream)
      return row === undefined
        ? { stream, version: 0, stateAt: 0, events: [] }
        : toLoaded(stream, row, walk)
    },
    results(ids) {
      const results = new Map<string, string>()
      for (const id of ids) {
        const text = result.first(id)?.[0]
        if (typeof text === 'string') results.set(id, text)
      }
      return results
    },
  }
}

function toLoaded(stream: string, row: Row, walk: Walk): LoadedStream {
  const [version, newest, state, stateVersion, at] = row
  const stateAt = Number(at ?? 0)
  const request = { stream, after: stateAt, limit: loadedEventsMax }
  return {
    stream,
    version: Number(version),
    stateAt,
    ...(typeof state === 'string' ? { state } : {}),
    ...(typeof stateVersion === 'number' ? { stateVersion } : {}),
    events: version === stateAt ? [] : walk(request, newest),
  }
}

/** Gives the events of a stream, whose newest one is at a place, after a version. */
type Walk = (request: StreamEventsRead, newest: SQLOutputValue | undefined) => readonly Entry[]

function prepareWalk({ connection, file }: OpenDatabase): Walk {
  const back = prepareQuery(connection, walkSql)
  const milestone = prepareQuery(
    connection,
    'SELECT place FROM milestones WHERE stream = ? AND version >= ? ORDER BY version LIMIT 1',
  )
  const link = prepareQuery(
    connection,
    `SELECT one.previous, other.stream, other.stream_version
     FROM log AS one LEFT JOIN log AS other ON other.place = one.previous WHERE one.place = ?`,
  )

  /** Whether the walk came to its end and not to a break: the event before is none, or is at most at `after`. */
  const isLinked = ({ stream, after }: StreamEventsRead, oldest: number): boolean => {
    const [previous, before, version] = link.first(oldest) ?? []
    if (previous === null) return true
    return before === stream && typeof version === 'number' && version <= after
  }

  const walkFrom = (request: StreamEventsRead, start: number): readonly Entry[] => {
    const { stream, after, limit } = request
    const rows = back.all(start, after, limit)
    const events = rows.map(toEntry)
    const oldest = events.length === 0 ? start : Number(rows[0]?.[0])
    const isWhole = events.every((event) => event.stream === stream)
    if (limit === 0 || (isWhole && isLinked(request, oldest))) return events
    throw damageError(file, `events miss in a stream after version ${after}`)
  }

  return (request, newest) => {
    const { stream, after, limit } = request
    if (typeof newest !== 'number') return []
    const start = milestone.first(stream, after + limit)?.[0]
    const events = walkFrom(request, typeof start === 'number' ? start : newest)
    if (start === undefined || events.length === limit) return events
    // Versions without events lie between: only the newest event leads to all of them.
    return walkFrom(request, newest)
  }
}

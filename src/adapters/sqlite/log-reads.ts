import type { DatabaseSync } from 'node:sqlite'
import type { Entry, LoadedStream, LogRead, StreamEventsRead } from '../../log/store.port.ts'
import { loadedEventsMax } from '../../log/store.port.ts'
import { entryColumns, prepareQuery, toEntry } from './rows.ts'
import { placesPerPartition } from './schema.ts'

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

/** Prepares the reads of a log. */
export function prepareLogReads(connection: DatabaseSync): LogReads {
  const entries = prepareQuery(
    connection,
    `SELECT ${entryColumns} FROM log WHERE place > ? AND place < ? ORDER BY place LIMIT ?`,
  )
  const head = prepareQuery(
    connection,
    `SELECT version, place, state, state_version, state_at
     FROM streams LEFT JOIN states USING (stream) WHERE stream = ?`,
  )
  const milestone = prepareQuery(
    connection,
    'SELECT place FROM milestones WHERE stream = ? AND version >= ? ORDER BY version LIMIT 1',
  )
  const result = prepareQuery(connection, 'SELECT result FROM commands WHERE id = ?')
  const walk = prepareQuery(connection, walkSql)

  const walkFrom = (place: unknown, after: number, limit: number): readonly Entry[] =>
    typeof place === 'number' ? walk.all(place, after, limit).map(toEntry) : []

  const between = (request: StreamEventsRead, newest: unknown): readonly Entry[] => {
    const { stream, after, limit } = request
    const start = milestone.first(stream, after + limit)?.[0]
    const events = walkFrom(start ?? newest, after, limit)
    if (start === undefined || events.length === limit) return events
    // Versions without events lie between: only the newest event leads to all of them.
    return walkFrom(newest, after, limit)
  }

  return {
    entries({ partition, after, limit }) {
      const start = partition * placesPerPartition
      return entries.all(start + after, start + placesPerPartition, limit).map(toEntry)
    },
    streamEvents: (request) => between(request, head.first(request.stream)?.[1]),
    stream(stream) {
      const row = head.first(stream)
      if (row === undefined) return { stream, version: 0, stateAt: 0, events: [] }
      const [version, newest, state, stateVersion, at] = row
      const stateAt = Number(at ?? 0)
      const request = { stream, after: stateAt, limit: loadedEventsMax }
      return {
        stream,
        version: Number(version),
        stateAt,
        ...(typeof state === 'string' ? { state } : {}),
        ...(typeof stateVersion === 'number' ? { stateVersion } : {}),
        events: version === stateAt ? [] : between(request, newest),
      }
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

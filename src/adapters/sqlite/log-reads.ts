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

interface Step {
  readonly event: Entry
  readonly version: number
  /** Place of the event before; null at the first one. */
  readonly previous: SQLOutputValue
}

/** Walks back from event to event: measured, it is faster than a recursive query. */
function prepareWalk({ connection, file }: OpenDatabase): Walk {
  const link = prepareQuery(connection, `SELECT ${entryColumns}, previous FROM log WHERE place = ?`)
  const milestone = prepareQuery(
    connection,
    'SELECT place FROM milestones WHERE stream = ? AND version >= ? ORDER BY version LIMIT 1',
  )

  /** The event at a place, which has to be one of the stream with a version below that of the one after it. */
  const readBack = (stream: string, place: SQLOutputValue, below: number): Step => {
    const row = link.first(place)
    const event = row && toEntry(row)
    const version = event?.streamVersion
    const isLinked = event?.stream === stream && version !== undefined && version < below
    if (isLinked) return { event, version, previous: row?.[11] ?? null }
    throw damageError(file, `an event misses before version ${below} of a stream`)
  }

  const walkFrom = (request: StreamEventsRead, start: SQLOutputValue): readonly Entry[] => {
    const { stream, after, limit } = request
    const backwards: Entry[] = []
    let step = readBack(stream, start, Number.POSITIVE_INFINITY)
    while (step.version > after) {
      backwards.push(step.event)
      if (backwards.length >= 2 * limit) backwards.splice(0, backwards.length - limit)
      if (step.previous === null) break
      step = readBack(stream, step.previous, step.version)
    }
    return backwards.slice(Math.max(0, backwards.length - limit)).toReversed()
  }

  return (request, newest) => {
    const { stream, after, limit } = request
    if (typeof newest !== 'number' || limit <= 0) return []
    const start = milestone.first(stream, after + limit)?.[0]
    const events = walkFrom(request, start ?? newest)
    if (start === undefined || events.length === limit) return events
    // Versions without events lie between: only the newest event leads to all of them.
    return walkFrom(request, newest)
  }
}

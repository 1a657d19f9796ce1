import type { DatabaseSync } from 'node:sqlite'
import type { PageRequest, ParkedMessage, StoredCursor, Timer } from '../../log/store.port.ts'
import { prepareQuery, type Row } from './rows.ts'
import { firstAfter } from './view-reads.ts'

/** Reads timers, cursors and parked messages. */
export interface AgendaReads {
  dueTimers(atMs: number, limit: number): readonly Timer[]
  nextTimer(): number | undefined
  countTimers(): number
  cursors(): readonly StoredCursor[]
  parked(page: PageRequest): readonly ParkedMessage[]
}

/** Prepares the reads of what is still to be done. */
export function prepareAgendaReads(connection: DatabaseSync): AgendaReads {
  const due = prepareQuery(
    connection,
    'SELECT id, at_ms, data FROM timers WHERE at_ms <= ? ORDER BY at_ms, id LIMIT ?',
  )
  const next = prepareQuery(connection, 'SELECT at_ms FROM timers ORDER BY at_ms LIMIT 1')
  const count = prepareQuery(connection, 'SELECT count(*) FROM timers')
  const cursors = prepareQuery(
    connection,
    `SELECT consumer, source, incarnation, partition, position
     FROM cursors ORDER BY consumer, source, partition`,
  )
  const parked = prepareQuery(
    connection,
    `SELECT id, consumer, source, partition, position, key, envelope, code, reason, attempts, at_ms
     FROM parked WHERE id >= ? ORDER BY id LIMIT ?`,
  )
  return {
    dueTimers: (atMs, limit) => due.all(atMs, limit).map(toTimer),
    nextTimer() {
      const atMs = next.first()?.[0]
      return typeof atMs === 'number' ? atMs : undefined
    },
    countTimers: () => Number(count.first()?.[0] ?? 0),
    cursors: () => cursors.all().map(toCursor),
    parked: ({ after, limit }) => parked.all(firstAfter(after), limit).map(toParked),
  }
}

// Why the casts below: the tables are strict, so that each column holds its type.

function toTimer(row: Row): Timer {
  const [id, atMs, data] = row as readonly [string, number, string]
  return { id, atMs, data }
}

function toCursor(row: Row): StoredCursor {
  const [consumer, source, incarnation, partition, position] = row as readonly [
    string,
    string,
    string,
    number,
    number,
  ]
  return { consumer, source, incarnation, partition, position }
}

function toParked(row: Row): ParkedMessage {
  const [id, consumer, source, partition, position, ...rest] = row as readonly [
    ...[string, string, string, number, number],
    ...[string, string, string, string, number, number],
  ]
  const [key, envelope, code, reason, attempts, atMs] = rest
  return {
    id,
    consumer,
    source,
    partition,
    position,
    key,
    envelope,
    code,
    reason,
    attempts,
    atMs,
  }
}

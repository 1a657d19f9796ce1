import type { AgendaStore, ParkedMessage, StoredCursor, Timer } from '../../log/store.port.ts'
import type { ReadOptions } from './log-reads.ts'
import { type Row, toNumber, toText } from './rows.ts'
import { escapeText } from './text-escape.ts'

/** Prepares the reads of timers, cursors and parked messages. */
export function prepareAgendaReads({ schema, readers }: ReadOptions): AgendaStore {
  const due = {
    name: 'due-timers',
    text: `SELECT id, at_ms, data FROM ${schema}.timers
      WHERE at_ms <= $1::double precision::bigint ORDER BY at_ms, id LIMIT $2`,
  }
  const next = {
    name: 'next-timer',
    text: `SELECT at_ms FROM ${schema}.timers ORDER BY at_ms LIMIT 1`,
  }
  const count = { name: 'count-timers', text: `SELECT count(*) FROM ${schema}.timers` }
  const cursors = {
    name: 'cursors',
    text: `SELECT consumer, source, incarnation, partition, position FROM ${schema}.cursors
      ORDER BY consumer, source, partition`,
  }
  const parked = {
    name: 'parked',
    text: `SELECT id, consumer, source, partition, position, key, envelope, code, reason, attempts,
        at_ms
      FROM ${schema}.parked WHERE $1::text IS NULL OR id > $1 ORDER BY id LIMIT $2`,
  }

  return {
    async dueTimers(atMs, limit) {
      return (await readers.ask(due, [Math.floor(atMs), Math.max(0, limit)])).map(toTimer)
    },
    async nextTimer() {
      const [row] = await readers.ask(next, [])
      return row === undefined ? undefined : toNumber(row[0])
    },
    async countTimers() {
      const [row] = await readers.ask(count, [])
      return toNumber(row?.[0])
    },
    async cursors() {
      return (await readers.ask(cursors, [])).map(toCursor)
    },
    async parked({ after, limit }) {
      const from = after === undefined ? null : escapeText(after)
      return (await readers.ask(parked, [from, Math.max(0, limit)])).map(toParked)
    },
  }
}

function toTimer([id, atMs, data]: Row): Timer {
  return { id: toText(id), atMs: toNumber(atMs), data: toText(data) }
}

function toCursor([consumer, source, incarnation, partition, position]: Row): StoredCursor {
  return {
    consumer: toText(consumer),
    source: toText(source),
    incarnation: toText(incarnation),
    partition: toNumber(partition),
    position: toNumber(position),
  }
}

function toParked(row: Row): ParkedMessage {
  const [id, consumer, source, partition, position, ...rest] = row
  const [key, envelope, code, reason, attempts, atMs] = rest
  return {
    id: toText(id),
    consumer: toText(consumer),
    source: toText(source),
    partition: toNumber(partition),
    position: toNumber(position),
    key: toText(key),
    envelope: toText(envelope),
    code: toText(code),
    reason: toText(reason),
    attempts: toNumber(attempts),
    atMs: toNumber(atMs),
  }
}

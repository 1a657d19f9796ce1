import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { System } from '../../src/language/system.ts'
import { partitionOf } from '../../src/log/fingerprint.ts'
import type { Commit } from '../../src/log/store.port.ts'
import { judgePublished } from '../../src/simulate/invariants/built-in/broker.ts'
import {
  judgeCursors,
  judgeDocuments,
  judgeUnparked,
} from '../../src/simulate/invariants/built-in/cells.ts'
import { judgePositions, judgeStreams } from '../../src/simulate/invariants/built-in/log.ts'
import { judgeTimers } from '../../src/simulate/invariants/built-in/timers.ts'
import { encodeEntry } from '../../src/messaging/envelope.ts'
import { shop } from '../systems/shop.ts'
import { eventEntry, openTrial, type Trial } from './trial.ts'

function supply(version: number, stream: string = 'item/tea'): Commit {
  const entries = [eventEntry('stock.Supplied', [stream, version])]
  return { entries, streams: [{ stream, expected: version - 1, next: version }] }
}

describe('judge of positions', () => {
  it('sees a position that is left out, given twice, or in another partition', () => {
    const trial = openTrial(judgePositions)
    trial.commit('stock', supply(1))
    trial.commit('stock', supply(2))
    assert.deepEqual(trial.end(), [])

    trial.commit('stock', supply(3), { positions: [4] })
    trial.commit('stock', supply(4), { positions: [2] })
    trial.commit('stock', supply(5), { positions: [] })
    const [entry] = supply(6).entries ?? []
    assert.ok(entry)
    trial.commit('stock', { entries: [{ ...entry, partition: 1 }] }, { positions: [1] })

    assert.equal(trial.found.length, 4)
    assert.match(trial.found[0] ?? '', /position 4 after 2/)
  })
})

describe('judge of positions, where an aggregate has a partition key', () => {
  const ordered = shop()
  const system: System = {
    ...ordered,
    services: ordered.services.map((service) => ({
      ...service,
      aggregates: service.aggregates.map((each) => ({ ...each, partitionKey: () => 'all' })),
    })),
  }

  it('sees an entry that is where its stream alone would be', () => {
    const trial = openTrial(judgePositions, { system, partitions: 64 })
    const [entry] = supply(1).entries ?? []
    assert.ok(entry)
    const right = { ...entry, partition: partitionOf('all', 64) }
    trial.commit('stock', { ...supply(1), entries: [right] }, { positions: [1] })
    assert.deepEqual(trial.end(), [])

    const wrong = { ...entry, partition: partitionOf('item/tea', 64) }
    trial.commit('stock', { ...supply(2), entries: [wrong] }, { positions: [1] })

    assert.match(trial.found[0] ?? '', /where its key belongs/)
  })
})

describe('judge of streams', () => {
  it('sees a stale write that was applied, a gap, and an event without its head', () => {
    const trial = openTrial(judgeStreams)
    trial.commit('stock', supply(1))
    trial.commit('stock', { streams: [{ stream: 'item/tea', expected: 1, next: 1 }] })
    assert.deepEqual(trial.end(), [])

    trial.commit('stock', supply(1))
    trial.commit('stock', { ...supply(3), streams: [{ stream: 'item/tea', expected: 1, next: 3 }] })
    trial.commit('stock', { entries: supply(4).entries ?? [] })
    trial.commit('stock', { streams: [{ stream: 'item/tea', expected: 3, next: 4 }] })

    assert.equal(trial.found.length, 4)
    assert.match(trial.found[0] ?? '', /written at version 0, when it was at 1/)
  })
})

describe('judge of documents', () => {
  it('sees a write that has not seen the newest version', () => {
    const write = { view: 'levels@1', key: 'tea', expected: 0, value: '1' }
    const trial = openTrial(judgeDocuments)
    trial.commit('stock', { documents: [write] })
    trial.commit('stock', { documents: [{ ...write, expected: 1 }] })
    trial.commit('stock', { documents: [write], clearViews: ['levels@1'] })
    assert.deepEqual(trial.end(), [])

    trial.commit('stock', { documents: [write] })

    assert.match(trial.found[0] ?? '', /written at version 0, when it was at 1/)
  })
})

describe('judge of cursors', () => {
  const move = { consumer: 'inbox', source: 'stock', incarnation: 'one', partition: 0 }

  it('sees a move that begins elsewhere, goes back, or past the end', () => {
    const trial = openTrial(judgeCursors)
    for (const version of [1, 2, 3]) trial.commit('stock', supply(version))
    trial.commit('order', { cursors: [{ ...move, expected: 0, position: 2 }] })
    trial.commit('order', { cursors: [{ ...move, expected: 2, position: 0 }], clearViews: ['x@2'] })
    trial.commit('order', { cursors: [{ ...move, expected: 0, position: 3 }] })
    trial.commit('order', {
      cursors: [{ ...move, incarnation: 'two', expected: 0, position: 1 }],
    })
    assert.deepEqual(trial.end(), [])

    trial.commit('order', { cursors: [{ ...move, expected: 2, position: 3 }] })
    trial.commit('order', { cursors: [{ ...move, expected: 3, position: 1 }] })
    trial.commit('order', { cursors: [{ ...move, expected: 1, position: 4 }] })

    assert.deepEqual(
      trial.found.map((text) => /moved (from|back|to)/.exec(text)?.[1]),
      ['from', 'back', 'to'],
    )
  })
})

describe('judge of the parking place', () => {
  it('sees a message that is taken up twice', () => {
    const parked = { consumer: 'inbox', source: 'stock', partition: 0, position: 1, key: 'tea' }
    const message = { ...parked, envelope: '{}', code: 'X', reason: '', attempts: 1, atMs: 0 }
    const trial = openTrial(judgeUnparked)
    trial.commit('order', { park: [{ ...message, id: 'one' }] })
    trial.commit('order', { unpark: ['one'] })
    assert.deepEqual(trial.end(), [])

    trial.commit('order', { unpark: ['one'] })

    assert.match(trial.found[0] ?? '', /was not parked/)
  })
})

describe('judge of timers', () => {
  const timer = { id: 'saga/a', atMs: 5_000, data: '{}' }

  it('sees a timer that fires early, twice, or never', () => {
    const trial = openTrial(judgeTimers)
    trial.commit('order', { setTimers: [timer] })
    trial.commit('order', { fireTimers: ['saga/a'] }, { processMs: 5_000 })
    trial.commit('order', { setTimers: [timer] })
    trial.commit('order', { cancelTimers: ['saga/a'] })
    assert.deepEqual(trial.end(), [])

    trial.commit('order', { fireTimers: ['saga/a'] }, { processMs: 5_000 })
    trial.commit('order', { setTimers: [timer] })
    trial.commit('order', { fireTimers: ['saga/a'] }, { processMs: 4_999.9 })
    trial.commit('order', { setTimers: [timer] })

    const found = trial.end()
    assert.equal(found.length, 3)
    assert.match(found[0] ?? '', /was not set/)
    assert.match(found[1] ?? '', /1 ms too early/)
    assert.match(found[2] ?? '', /never fired/)
  })

  it('lets a timer be tried by a process that knew it before it was put off', () => {
    const trial = openTrial(judgeTimers)
    trial.commit('order', { setTimers: [timer] })
    const later = { ...timer, atMs: 60_000 }
    trial.commit('order', { fireTimers: ['saga/a'], setTimers: [later] }, { processMs: 5_000 })
    trial.commit('order', { fireTimers: ['saga/a'] }, { processMs: 5_001 })

    assert.deepEqual(trial.end(), [])
  })
})

describe('judge of what is published', () => {
  const pay = (version: number): Commit => ({
    entries: [eventEntry('payment.Paid', ['charge/o1', version])],
  })

  function published(change: object = {}, message: object = {}): Trial {
    const trial = openTrial(judgePublished)
    for (const version of [1, 2]) trial.commit('payment', pay(version))
    const log = trial.ledger.of('payment').logs[0] ?? []
    const messages = log.map((entry) => encodeEntry('payment', entry))
    const batch = { topic: 'payment/0', incarnation: 'one', after: 0, through: 2, messages }
    trial.publish(batch)
    trial.publish({ ...batch, ...change, messages: messages.map((each) => copy(each, message)) })
    return trial
  }
  const copy = (
    { position, type, body }: ReturnType<typeof encodeEntry>,
    change: object,
  ): ReturnType<typeof encodeEntry> => ({ position, type, body, ...change })

  it('is content with a batch that comes again', () => {
    assert.deepEqual(published().end(), [])
  })

  it('sees what is left out, out of order, changed, or not committed', () => {
    assert.match(published({ after: 1, through: 3 }).found[0] ?? '', /has 1 where 2 comes next/)
    assert.match(published({ through: 3 }).found[0] ?? '', /its last message is 2/)
    assert.match(published({}, { type: 'payment.Other' }).found[0] ?? '', /another message at 1/)
    assert.match(published({}, { body: '{}' }).found[0] ?? '', /another message at 1/)
    assert.match(published({}, { position: 2 }).found[0] ?? '', /has 2 where 1 comes next/)
    const trial = openTrial(judgePublished)
    const message = { position: 1, type: 'payment.Paid', body: '{}' }
    const batch = { topic: 'payment/0', incarnation: 'one', after: 0, through: 1 }
    trial.publish({ ...batch, messages: [message] })
    assert.match(trial.found[0] ?? '', /before it was committed/)
  })

  it('does not look at what nobody reads', () => {
    const trial = openTrial(judgePublished)
    trial.commit('stock', supply(1))
    const message = { position: 1, type: 'stock.Supplied', body: 'never made' }
    const batch = { topic: 'stock/0', incarnation: 'one', after: 0, through: 1 }
    trial.publish({ ...batch, messages: [message] })

    assert.deepEqual(trial.end(), [])
  })

  it('sees another body under a position than before', () => {
    const trial = openTrial(judgePublished)
    trial.commit('payment', pay(1))
    const [entry] = trial.ledger.of('payment').logs[0] ?? []
    assert.ok(entry)
    const { position, type, body } = encodeEntry('payment', entry)
    const batch = { topic: 'payment/0', incarnation: 'one', after: 0, through: 1 }
    trial.publish({ ...batch, messages: [{ position, type, body }] })
    const other = body.replace('"source":"/payment"', '"source":"/bank"')
    trial.publish({ ...batch, messages: [{ position, type, body: other }] })

    assert.match(trial.found[0] ?? '', /than before/)
  })
})

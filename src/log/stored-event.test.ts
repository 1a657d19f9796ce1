import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { contract } from '../language/contract.ts'
import type { Entry } from './store.port.ts'
import { eventId, eventMeta, eventTypesOf, readEventData, upcast } from './stored-event.ts'

const Shop = contract('shop', {
  commands: { sell: { input: z.object({}) } },
  events: {
    Sold: {
      schema: z.object({ cents: z.int(), currency: z.string() }),
      version: 3,
      upcast: {
        1: (old: { euros: number }) => ({ cents: old.euros * 100 }),
        2: (old: { cents: number }) => ({ ...old, currency: 'EUR' }),
      },
    },
    Broken: {
      schema: z.object({}),
      version: 3,
      upcast: {
        1: () => undefined,
        2: () => {
          throw new RangeError('no such rate')
        },
      },
    },
    Plain: z.object({ sum: z.int() }),
  },
})

function entry(facts: Partial<Entry>): Entry {
  return {
    kind: 'event',
    type: 'shop.Plain',
    schemaVersion: 1,
    stream: 'till/1',
    streamVersion: 7,
    key: '1',
    partition: 0,
    position: 12,
    data: '{"sum":3}',
    meta: '{}',
    atMs: 99,
    ...facts,
  }
}

describe('a stored event', () => {
  const types = eventTypesOf([Shop])

  it('is brought to the present version by one upcaster after the other', () => {
    assert.deepEqual(upcast(Shop.Sold, 1, { euros: 2 }), { cents: 200, currency: 'EUR' })
    assert.deepEqual(upcast(Shop.Sold, 2, { cents: 5 }), { cents: 5, currency: 'EUR' })
  })

  it('stays as it is at the present version', () => {
    const data = { cents: 5, currency: 'CHF' }

    assert.equal(upcast(Shop.Sold, 3, data), data)
  })

  it('is refused when newer code has written it', () => {
    assert.throws(() => upcast(Shop.Sold, 4, {}), {
      code: 'LOG_EVENT_UNREADABLE',
      details: { type: 'shop.Sold', stored: 4, known: 3 },
    })
  })

  it('is refused when an upcaster gives nothing or throws, with the version that it was for', () => {
    assert.throws(() => upcast(Shop.Broken, 1, {}), {
      code: 'LOG_EVENT_UNREADABLE',
      message: /from version 1 gave nothing/,
    })
    assert.throws(() => upcast(Shop.Broken, 2, {}), {
      code: 'LOG_EVENT_UNREADABLE',
      message: /from version 2 failed: no such rate/,
    })
  })

  it('is read by the contracts that are known, and refused when none knows it', () => {
    const old = entry({ type: 'shop.Sold', data: '{"euros":1}' })

    assert.deepEqual(readEventData(types, entry({})), { sum: 3 })
    assert.deepEqual(readEventData(types, old), { cents: 100, currency: 'EUR' })
    assert.throws(() => readEventData(types, entry({ type: 'shop.Gone' })), {
      code: 'LOG_EVENT_UNREADABLE',
      details: { type: 'shop.Gone', position: 12 },
    })
  })

  it('is collected from contracts by its full name, and nothing but events is', () => {
    assert.deepEqual([...types.keys()], ['shop.Sold', 'shop.Broken', 'shop.Plain'])
  })

  it('has the same identity and facts whenever it is read', () => {
    const meta = JSON.stringify({ command: 'c', actor: 'ann', tenant: 'blue', trace: 't' })

    const facts = eventMeta('shop', entry({ meta }))

    assert.deepEqual(facts, {
      id: eventId('till/1', 7),
      source: 'shop',
      atMs: 99,
      key: '1',
      version: 7,
      actor: 'ann',
      tenant: 'blue',
    })
    assert.equal(facts.id, 'till/1#7')
  })
})

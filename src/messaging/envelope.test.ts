import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import type { Entry, EntryMeta } from '../log/store.port.ts'
import {
  decodeEnvelope,
  type Envelope,
  encodeEntry,
  messageCharactersMax,
  sagaOf,
} from './envelope.ts'
import { commandEntry, metaCausedBy, metaOf, replyEntry, sourceOf } from './send.ts'

const text = fc.string({ unit: 'grapheme', maxLength: 30 })
const filled = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
const address = fc.record({ name: filled, key: filled, step: filled })

const meta = fc.record(
  {
    id: filled,
    command: text,
    cause: text,
    correlation: text,
    trace: text,
    actor: text,
    tenant: text,
    saga: address,
  },
  { requiredKeys: ['id'] },
)

const shared = {
  type: filled,
  schemaVersion: fc.integer({ min: 1, max: 99 }),
  key: filled,
  partition: fc.integer({ min: 0, max: 63 }),
  position: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  data: fc.jsonValue({ stringUnit: 'grapheme' }).map((value) => JSON.stringify(value)),
  meta: meta.map((value) => JSON.stringify(value)),
  atMs: fc.integer({ min: 0, max: 4_102_444_800_000 }),
}

const entries: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({
    ...shared,
    kind: fc.constant('event' as const),
    stream: filled,
    streamVersion: fc.integer({ min: 1, max: 1_000_000 }),
  }),
  fc.record({ ...shared, kind: fc.constant('command' as const), to: filled }),
  fc.record({ ...shared, kind: fc.constant('reply' as const), to: filled }),
)

const sample: Entry = {
  kind: 'event',
  type: 'stock.Reserved',
  schemaVersion: 2,
  stream: 'item/1-7',
  streamVersion: 3,
  key: '1-7',
  partition: 0,
  position: 12,
  data: '{"quantity":2}',
  meta: '{"command":"c1","correlation":"r1","trace":"00-aa-bb-01","actor":"ann"}',
  atMs: Date.UTC(2026, 0, 1),
}

function decoded(facts: Record<string, unknown>): Envelope {
  const valid: unknown = JSON.parse(encodeEntry('stock', sample).body)
  return decodeEnvelope(JSON.stringify({ ...(valid as object), ...facts }))
}

describe('the wire format', () => {
  it('is the JSON format of CloudEvents 1.0', () => {
    const body: unknown = JSON.parse(encodeEntry('stock', sample).body)

    assert.deepEqual(body, {
      specversion: '1.0',
      id: 'item/1-7#3',
      source: '/stock',
      type: 'stock.Reserved',
      subject: '1-7',
      time: '2026-01-01T00:00:00.000Z',
      datacontenttype: 'application/json',
      kind: 'event',
      position: 12,
      dataversion: 2,
      partitionkey: 'item/1-7',
      streamversion: 3,
      correlationid: 'r1',
      causationid: 'c1',
      traceparent: '00-aa-bb-01',
      actor: 'ann',
      data: { quantity: 2 },
    })
  })

  it('keeps the rules of CloudEvents for every entry: names, types and required attributes', () => {
    fc.assert(
      fc.property(entries, (entry) => {
        const { data: _data, ...attributes } = JSON.parse(
          encodeEntry('stock', entry).body,
        ) as Record<string, unknown>
        for (const [name, value] of Object.entries(attributes)) {
          assert.match(name, /^[a-z0-9]{1,20}$/)
          assert.ok(typeof value === 'string' || isInteger32(value), `${name} is ${String(value)}`)
        }
        for (const name of ['id', 'source', 'type', 'subject']) {
          assert.notEqual(attributes[name] ?? '', '', name)
        }
        assert.match(String(attributes['time']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      }),
    )
  })

  it('gives back what was put in, for every entry', () => {
    fc.assert(
      fc.property(entries, (entry) => {
        const message = encodeEntry('stock', entry)
        const envelope = decodeEnvelope(message.body)

        assert.deepEqual(
          [message.position, message.type, message.to],
          [entry.position, entry.type, entry.to],
        )
        assert.deepEqual(envelope.data, JSON.parse(entry.data))
        assert.deepEqual(
          {
            kind: envelope.kind,
            type: envelope.type,
            position: envelope.position,
            dataversion: envelope.dataversion,
            key: envelope.subject,
            partitionkey: envelope.partitionkey,
            to: envelope.to,
            atMs: metaOf(envelope).atMs,
            source: sourceOf(envelope),
            saga: sagaOf(envelope),
          },
          {
            kind: entry.kind,
            type: entry.type,
            position: entry.position,
            dataversion: entry.schemaVersion,
            key: entry.key,
            partitionkey: entry.stream ?? entry.key,
            to: entry.to,
            atMs: entry.atMs,
            source: 'stock',
            saga: (JSON.parse(entry.meta) as EntryMeta).saga,
          },
        )
      }),
    )
  })

  it('gives a message one id: of its place in the stream, of the command, or of the command it answers', () => {
    const bare = { type: 'a.b', schemaVersion: 1, key: 'k', partition: 0, position: 1, to: 'a' }
    const idOf = (kind: 'command' | 'reply'): string =>
      decodeEnvelope(
        encodeEntry('order', { ...bare, kind, data: '1', meta: '{"id":"c9"}', atMs: 1 }).body,
      ).id

    assert.deepEqual([idOf('command'), idOf('reply')], ['c9', 'c9/reply'])
  })

  it('is encoded only when somebody asks, and once', () => {
    let reads = 0
    const watched = {
      ...sample,
      get meta() {
        reads += 1
        return sample.meta
      },
    }
    const message = encodeEntry('stock', watched)
    const before = reads
    const bodies = [message.body, message.body]

    assert.equal(bodies[0], bodies[1])
    assert.equal(reads, before + 1)
  })

  const malformed: Readonly<Record<string, Record<string, unknown>>> = {
    'another version of CloudEvents': { specversion: '0.3' },
    'no version': { specversion: undefined },
    'no id': { id: undefined },
    'an empty id': { id: '' },
    'an id that is a number': { id: 7 },
    'no source': { source: undefined },
    'no type': { type: null },
    'no key': { partitionkey: '' },
    'no subject': { subject: '' },
    'a kind that nobody knows': { kind: 'wish' },
    'no kind': { kind: undefined },
    'no position': { position: undefined },
    'position 0': { position: 0 },
    'half a position': { position: 1.5 },
    'a position in words': { position: '12' },
    'a position beyond all numbers': { position: 2 ** 53 },
    'no version of the data': { dataversion: undefined },
    'a version of the data in words': { dataversion: '1' },
    'no time': { time: undefined },
    'a time in words': { time: 'yesterday' },
    'an addressee that is no text': { to: { service: 'stock' } },
    'an actor that is no text': { actor: 1 },
    'a step that is no text': { sagastep: ['pay'] },
  }
  for (const [what, facts] of Object.entries(malformed)) {
    it(`is not read with ${what}`, () => {
      assert.throws(() => decoded(facts), { code: 'MESSAGE_MALFORMED' })
    })
  }

  it('is not read when it is no JSON object, or longer than a message may be', () => {
    const long = ' '.repeat(messageCharactersMax + 1)
    for (const body of ['', '{', 'null', '"text"', '12', '[]', long]) {
      assert.throws(() => decodeEnvelope(body), { code: 'MESSAGE_MALFORMED' })
    }
  })

  it('is read with attributes that it does not know', () => {
    assert.equal(decoded({ elsewhere: 'x' }).id, 'item/1-7#3')
  })
})

describe('what a message leads to', () => {
  it('tells where it comes from, and carries the correlation, trace, actor and tenant on', () => {
    const envelope = decoded({ tenant: 'blue' })

    assert.deepEqual(metaCausedBy(envelope), {
      cause: 'item/1-7#3',
      correlation: 'r1',
      trace: '00-aa-bb-01',
      actor: 'ann',
      tenant: 'blue',
    })
    assert.deepEqual(metaOf(envelope), {
      id: 'item/1-7#3',
      source: 'stock',
      atMs: sample.atMs,
      key: '1-7',
      version: 3,
      actor: 'ann',
      tenant: 'blue',
    })
  })

  it('answers whoever sent it, under the same key', () => {
    const envelope = decoded({
      kind: 'command',
      type: 'stock.reserve',
      source: '/order',
      to: 'stock',
    })
    const options = { partitions: 4, meta: { id: 'c1' }, atMs: 5 }

    const reply = replyEntry(envelope, { ok: true, output: 1 }, options)

    assert.deepEqual(
      [reply.kind, reply.to, reply.key, reply.type, reply.data],
      ['reply', 'order', 'item/1-7', 'stock.reserve', '{"ok":true,"output":1}'],
    )
  })

  it('is refused where it is made when no consumer would read it', () => {
    const envelope = decoded({})
    const options = { key: 'k', partitions: 1, meta: {}, atMs: 5 }
    const data = { text: 'x'.repeat(1_000_001) }
    const command = { kind: 'command', service: 'stock', type: 'stock.reserve', data } as const

    assert.throws(() => commandEntry(command, options), { code: 'LOG_ENTRY_TOO_LARGE' })
    assert.throws(() => replyEntry(envelope, { ok: true, output: data }, options), {
      code: 'LOG_ENTRY_TOO_LARGE',
    })
  })
})

function isInteger32(value: unknown): boolean {
  return Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 31
}

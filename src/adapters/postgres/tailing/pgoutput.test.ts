import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createEntryReader, encodeReply, readFrame } from './pgoutput.ts'

const int16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff])
const int32 = (value: number): Buffer => Buffer.concat([int16(value >>> 16), int16(value & 0xffff)])
const text = (value: string): Buffer => Buffer.from(`${value}\0`)
const word = (value: string): Buffer => Buffer.from(value)

/** A log whose columns are in another order, with one that nobody knows. */
const columns = `at_ms, data, unknown, partition, position, kind, type, schema_version, stream, stream_version, key, recipient, meta`
const names = columns.split(', ')
const relation = Buffer.concat([
  word('R'),
  int32(7),
  text('dure_stock'),
  text('log'),
  word('d'),
  int16(names.length),
  ...names.flatMap((name) => [word('\u0001'), text(name), int32(25), int32(0)]),
])

function inserted(values: readonly (string | null)[]): Buffer {
  const fields = values.map((value) => {
    if (value === null) return word('n')
    return Buffer.concat([word('t'), int32(Buffer.byteLength(value)), word(value)])
  })
  return Buffer.concat([word('I'), int32(7), word('N'), int16(values.length), ...fields])
}

const row = (position: number, data: string): Buffer =>
  inserted(['5', data, 'x', '2', String(position), '1', 'a.b', '3', null, null, 'k', 'pay', '{}'])
const begin = word('B')
const commit = word('C')

describe('what a server sends of a log', () => {
  it('is entries, whatever the order of the columns, once their transaction is whole', () => {
    const read = createEntryReader()

    const told = [begin, relation, row(1, '"두레"'), row(2, '"b"'), commit].map(read)

    const facts = { kind: 'command', type: 'a.b', schemaVersion: 3, key: 'k', partition: 2 }
    const rest = { to: 'pay', meta: '{}', atMs: 5 }
    assert.deepEqual(told.slice(0, -1), [[], [], [], []])
    assert.deepEqual(told.at(-1), [
      { ...facts, ...rest, data: '"두레"', position: 1 },
      { ...facts, ...rest, data: '"b"', position: 2 },
    ])
  })

  it('is told once: a transaction begins with nothing', () => {
    const read = createEntryReader()
    for (const message of [relation, begin, row(1, '"a"'), commit]) read(message)

    const told = [begin, row(2, '"b"'), word('O'), commit].flatMap(read)

    assert.deepEqual(
      told.map(({ position }) => position),
      [2],
    )
  })

  it('comes in frames, and frames of other kinds are passed over', () => {
    const data = Buffer.concat([word('w'), Buffer.alloc(8), Buffer.alloc(8, 1), Buffer.alloc(8)])
    const alive = Buffer.concat([word('k'), Buffer.alloc(8, 2), Buffer.alloc(8), Buffer.from([1])])

    const frames = [Buffer.concat([data, commit]), alive, word('?')].map(readFrame)

    assert.deepEqual(frames, [
      { end: 0x0101010101010101n, message: commit, wantsReply: false },
      { end: 0x0202020202020202n, wantsReply: true },
      undefined,
    ])
  })

  it('is answered with how far it was taken, by the clock of the server', () => {
    const reply = encodeReply(258n, 946_684_800_001, true)

    assert.equal(reply.toString('latin1', 0, 1), 'r')
    assert.deepEqual(
      [1, 9, 17, 25].map((at) => reply.readBigUInt64BE(at)),
      [258n, 258n, 258n, 1_000n],
    )
    assert.deepEqual([reply.length, reply.at(-1)], [34, 1])
  })
})

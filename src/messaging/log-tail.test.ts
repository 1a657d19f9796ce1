import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { NewEntry } from '../log/store.port.ts'
import { createLogTail, type LogTail } from './log-tail.ts'

const entry: NewEntry = {
  kind: 'event',
  type: 'stock.Supplied',
  schemaVersion: 1,
  key: 'tea',
  partition: 0,
  data: '{"quantity":1}',
  meta: '{}',
  atMs: 0,
}

function filled(from: number, to: number, limits?: Parameters<typeof createLogTail>[0]): LogTail {
  const tail = createLogTail(limits)
  for (let position = from; position <= to; position += 1) tail.add(entry, position)
  return tail
}

const positions = (tail: LogTail, after: number, limit = 100): number[] | undefined =>
  tail.after(after, limit)?.map(({ position }) => position)

describe('the tail of a log', () => {
  it('gives what comes after a position, up to a limit', () => {
    const tail = filled(5, 9)

    assert.deepEqual(positions(tail, 4), [5, 6, 7, 8, 9])
    assert.deepEqual(positions(tail, 6, 2), [7, 8])
    assert.deepEqual(positions(tail, 9), [])
  })

  it('says when it does not reach back far enough', () => {
    assert.equal(positions(filled(5, 9), 3), undefined)
    assert.equal(positions(createLogTail(), 0), undefined)
  })

  it('starts over when a position is missing, so that it never skips', () => {
    const tail = filled(1, 3)
    tail.add(entry, 5)

    assert.equal(positions(tail, 3), undefined)
    assert.deepEqual(positions(tail, 4), [5])
  })

  it('forgets the oldest entries beyond its limits', () => {
    assert.deepEqual(
      positions(filled(1, 11, { entriesMax: 10, charactersMax: 1_000 }), 6),
      [7, 8, 9, 10, 11],
    )
    assert.equal(positions(filled(1, 11, { entriesMax: 10, charactersMax: 1_000 }), 0), undefined)
    assert.equal(positions(filled(1, 11, { entriesMax: 1_000, charactersMax: 140 }), 0), undefined)
  })
})

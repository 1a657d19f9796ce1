import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createUuid7 } from './uuid7.ts'

const zeros = (bytes: Uint8Array): void => void bytes.fill(0)
const ones = (bytes: Uint8Array): void => void bytes.fill(0xff)

describe('createUuid7', () => {
  it('lays out time, version, counter, variant and chance as RFC 9562 says', () => {
    const newId = createUuid7({ nowMs: () => 0x017f22e279b0, fill: zeros })

    const ids = [newId(), newId()]

    assert.deepEqual(ids, [
      '017f22e2-79b0-7000-8000-000000000000',
      '017f22e2-79b0-7001-8000-000000000000',
    ])
  })

  it('keeps version and variant whatever chance gives, and leaves room to count', () => {
    const newId = createUuid7({ nowMs: () => 1, fill: ones })

    const id = newId()

    assert.equal(id, '00000000-0001-73ff-bfff-ffffffffffff')
  })

  it('goes ahead of the clock by a millisecond when one millisecond has no numbers left', () => {
    const newId = createUuid7({ nowMs: () => 5, fill: zeros })

    const ids = Array.from({ length: 4_097 }, () => newId())

    assert.equal(ids[4_095], '00000000-0005-7fff-8000-000000000000')
    assert.equal(ids[4_096], '00000000-0006-7000-8000-000000000000')
  })

  it('stays in order while the clock is set back', () => {
    let nowMs = 1_000_000
    const newId = createUuid7({ nowMs: () => nowMs, fill: zeros })
    const ids = [newId()]

    nowMs = 10
    ids.push(newId(), newId())

    assert.deepEqual(ids, ids.toSorted())
    assert.equal(new Set(ids).size, 3)
  })

  it('asks for chance in large pieces', () => {
    let fills = 0
    const newId = createUuid7({ nowMs: () => 5, fill: () => void (fills += 1) })

    for (let made = 0; made < 2_048; made += 1) newId()

    assert.equal(fills, 2)
  })
})

import assert from 'node:assert/strict'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { describe, it } from 'node:test'
import { holdMemory } from './hold-memory.ts'

const recentMax = 20_000
const objects = 300_000
/** Between what the young generation has at the start of a process, and what it takes when it may. */
const smallBytes = 12_000_000

function youngBytes(): number {
  const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')
  return young?.space_size ?? 0
}

/** Makes objects that live for a while: those are what the young generation grows for. */
function churn(): void {
  const recent: object[] = []
  for (let index = 0; index < objects; index += 1) {
    recent[index % recentMax] = { index, text: `object ${index}`, parts: [index, index, index] }
  }
  assert.equal(recent.length, recentMax)
}

describe('memory that is held', () => {
  it('lets the young generation grow no more', () => {
    holdMemory()
    churn()
    const held = youngBytes()
    setFlagsFromString('--semi-space-growth-factor=2')
    churn()

    assert.ok(held < smallBytes, `it has ${held} bytes`)
    assert.ok(youngBytes() > smallBytes, 'it would not have grown anyway')
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Timer } from './store.port.ts'
import { readDue } from './due-timers.ts'

const timer = (atMs: number, id = `saga/${atMs}`): Timer => ({ id, atMs, data: '{}' })

/** A store with these timers, and how often it was asked. */
function storeOf(...timers: readonly Timer[]) {
  const store = {
    reads: 0,
    async dueTimers(atMs: number, limit: number): Promise<readonly Timer[]> {
      store.reads += 1
      return timers.filter((each) => each.atMs <= atMs).slice(0, limit)
    },
  }
  return store
}

describe('timers that are due', () => {
  it('are read together with what comes next', async () => {
    const store = storeOf(timer(1), timer(2), timer(30), timer(40))

    const found = await readDue(store, { nowMs: 2, firstMax: 3, dueMax: 10 })

    assert.deepEqual(found.due, [timer(1), timer(2)])
    assert.deepEqual(found.later, [timer(30)])
    assert.deepEqual([found.isAll, store.reads], [false, 1])
  })

  it('are all read when more are due than were looked for first', async () => {
    const store = storeOf(timer(1), timer(2), timer(3), timer(40))

    const found = await readDue(store, { nowMs: 5, firstMax: 2, dueMax: 10 })

    assert.deepEqual(found.due, [timer(1), timer(2), timer(3)])
    assert.deepEqual([found.isAll, found.later, store.reads], [false, [], 2])
  })

  it('are all that there are when fewer are found than were looked for', async () => {
    const { isAll, due } = await readDue(storeOf(timer(1)), { nowMs: 5, firstMax: 2, dueMax: 10 })

    assert.deepEqual([isAll, due], [true, [timer(1)]])
  })
})

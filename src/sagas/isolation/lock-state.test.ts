import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Lock } from '../../language/isolation/locks.ts'
import {
  called,
  freed,
  freeLock,
  keptBy,
  type LockState,
  type LockWaiter,
  queued,
  taken,
  withoutWaiter,
} from './lock-state.ts'

const ann = { saga: 'book', key: 'ann', run: 'r' }
const bob = { saga: 'book', key: 'bob', run: 'r' }
const waiter = (id: string, party = bob): LockWaiter => ({ id, party, sinceMs: 0, deadlineMs: 9 })

function lock(whenHeld: Lock['whenHeld']): Lock {
  const deadlineMs = whenHeld === 'reject' ? Number.POSITIVE_INFINITY : 9
  return { name: 'l', takes: [], frees: [], guards: [], whenHeld, deadlineMs, when: undefined }
}

const held = taken(freeLock, ann, { step: 'room', atMs: 1 })

describe('a lock', () => {
  it('keeps everybody out but its holder: also an instance of the same key of another life', () => {
    assert.deepEqual(keptBy(lock('wait'), held, { party: bob }), held.hold)
    assert.equal(keptBy(lock('wait'), held, { party: ann }), undefined)
    assert.ok(keptBy(lock('wait'), held, { party: { ...ann, run: 'another' } }))
    assert.ok(keptBy(lock('wait'), held, { party: undefined }))
    assert.equal(keptBy(lock('wait'), freeLock, { party: bob }), undefined)
  })

  it('is freed by the holder alone, by an undo only of what its step has taken', () => {
    const twice = taken(held, ann, { step: 'bed', atMs: 2 })

    assert.deepEqual(twice.hold?.steps, ['room', 'bed'])
    assert.equal(twice.hold?.sinceMs, 1)
    assert.equal(freed(twice, bob, { step: 'room', undo: true }), twice)
    assert.deepEqual(freed(twice, ann, { step: 'room', undo: true }).hold?.steps, ['bed'])
    assert.equal(freed(twice, ann, { step: 'confirm', undo: false }).hold, undefined)
    const once = freed(twice, ann, { step: 'room', undo: true })
    assert.equal(freed(once, ann, { step: 'bed', undo: true }).hold, undefined)
  })

  it('that is free lets the first in line pass before newcomers in a queue, and anybody otherwise', () => {
    const line: LockState = { line: [waiter('w1'), waiter('w2', ann)] }

    assert.equal(keptBy(lock('wait'), line, { party: ann, waiter: 'w2' }), undefined)
    assert.deepEqual(keptBy(lock('queue'), line, { party: ann, waiter: 'w2' }), bob)
    assert.equal(keptBy(lock('queue'), line, { party: bob, waiter: 'w1' }), undefined)
    const nobodys: LockState = { line: [{ id: 'w3', sinceMs: 0, deadlineMs: 9 }] }
    assert.equal(keptBy(lock('queue'), nobodys, { party: ann }), 'others')
  })

  it('calls the first in line when it is free, once, until that sleeps again', () => {
    const line = queued(queued(held, waiter('w1')), waiter('w2'))
    const free = freed(line, ann, { step: 'room', undo: true })

    const first = called(free)

    assert.deepEqual([called(line).waiters, ids(first.waiters)], [[], ['w1']])
    assert.deepEqual(called(first.state).waiters, [])
    const asleep = queued(first.state, waiter('w1'))
    assert.deepEqual(ids(asleep.line), ['w1', 'w2'])
    assert.deepEqual(ids(called(asleep).waiters), ['w1'])
    assert.deepEqual(ids(called(withoutWaiter(first.state, 'w1')).waiters), ['w2'])
  })

  it('calls those who wait for the saga that has taken it', () => {
    const line = queued(queued(held, waiter('w1')), waiter('w2', ann))

    assert.deepEqual(ids(called(line).waiters), ['w2'])
  })
})

function ids(waiters: readonly LockWaiter[]): readonly string[] {
  return waiters.map(({ id }) => id)
}

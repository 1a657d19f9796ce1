import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { contract } from '../../language/contract.ts'
import type { Saga } from '../../language/saga/saga-plan.ts'
import { saga } from '../../language/saga/saga.ts'
import { startSaga } from '../advance-saga.ts'
import { TokenWalk } from './token-walk.ts'

const Name = z.object({ name: z.string() })
const Work = contract('work', {
  commands: { do: { input: Name, rejects: { Busy: z.object({}) } }, undo: { input: Name } },
})
const run = () => Work.do({ name: 'x' })
const undo = () => Work.undo({ name: 'x' })
const retry = { times: 3, afterMs: 1_000 }
const options = { input: z.object({}), key: () => 'k', deadlineMs: 100 }
const pivoting = saga('pivoting', options).pivot('pay', { run, retry })
const two = saga('two', options)
  .parallel('both', (branch) => ({
    one: branch.step('left', { run, undo, retry }),
    other: branch.step('right', { run, undo }),
  }))
  .pivot('pay', { run })
const busy = { ok: false, rejected: 'Busy', data: {} } as const

function walkOf(plan: Saga, atMs: number): TokenWalk {
  const { state } = startSaga(plan, { key: 'k', input: {}, atMs: 0 })
  return new TokenWalk(plan, { state, forks: [] }, atMs)
}

describe('a saga at a participant', () => {
  it('turns back when its pivot may not be taken any more, however often that is retried', () => {
    const cancelled = walkOf(pivoting, 10)
    cancelled.stop('pay', { intervention: { act: 'cancel', reason: 'asked', atMs: 9 } })
    assert.equal(cancelled.state.failure?.rejected, 'Cancelled')

    const late = walkOf(pivoting, 10)
    late.stop('pay')
    assert.equal(late.state.failure?.rejected, 'DeadlineExceeded')
    assert.equal(late.rests, false)
  })

  it('names the step whose deadline has passed, as a coordinator does', () => {
    const late = walkOf(two, 10)
    late.stop('right')
    const reason = { rejected: 'DeadlineExceeded', data: null }
    assert.deepEqual(late.state.failure, { step: 'right', ...reason })

    const stopped = walkOf(two, 10)
    stopped.stop('right', {})
    assert.deepEqual(stopped.state.failure, { step: 'deadline', ...reason })
  })

  it('knows what was done when it takes the answers of a way once more, behind the deadline', () => {
    const collected = walkOf(two, 500)
    collected.take({ kind: 'reply', step: 'left', undo: false, outcome: busy })
    collected.take({ kind: 'deadline', step: 'retry:left' })
    const done = { ok: true, output: null } as const
    collected.take({ kind: 'reply', step: 'left', undo: false, outcome: done })

    assert.equal(collected.state.steps['left']?.status, 'done')
    assert.deepEqual(collected.state.order, ['left'])
  })
})

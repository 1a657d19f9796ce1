import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { contract } from '../language/contract.ts'
import type { Command } from '../language/message.ts'
import type { Saga } from '../language/saga/saga-plan.ts'
import { saga } from '../language/saga/saga.ts'
import { given } from '../testing/given.ts'
import { accepted, rejected } from '../testing/given/given-saga.ts'
import { advanceSaga, startSaga } from './advance-saga.ts'
import { stepNode } from './saga-nodes.ts'
import type { SagaAdvance, SagaInput, SagaState } from './saga-state.ts'

const Name = z.object({ name: z.string() })
const Work = contract('work', {
  commands: {
    do: { input: Name, output: Name, rejects: { No: z.object({}), Busy: z.object({}) } },
    undo: { input: Name },
  },
})
const work = (
  name: string,
): Command<'work.do', { name: string }, { name: string }, 'No' | 'Busy'> => Work.do({ name })
const Input = z.object({ way: z.string() })
const options = { input: Input, key: () => 'k' }
const done = (name: string): ReturnType<typeof accepted> => accepted({ name })

const choosing = saga('choosing', options)
  .step('first', { run: () => work('first'), undo: ({ result }) => Work.undo(result) })
  .choice('which', {
    of: ({ input }) => input.way as 'left' | 'right',
    ways: (branch) => ({
      left: branch
        .step('l1', { run: () => work('l1'), undo: ({ result }) => Work.undo(result) })
        .step('l2', {
          run: ({ l1 }) => work(`${l1.name}-l2`),
          undo: ({ result }) => Work.undo(result),
        }),
      right: branch,
    }),
  })
  .pivot('pivot', {
    run: (context) => work(context.which === 'left' ? context.l2.name : context.which),
  })

describe('a choice', () => {
  it('goes the way that was chosen, and what follows sees which', () => {
    given(choosing, { way: 'left' })
      .thenCommands([work('first')])
      .reply('first', done('first'))
      .thenCommands([work('l1')])
      .reply('l1', done('l1'))
      .thenCommands([work('l1-l2')])
      .reply('l2', done('l1-l2'))
      .thenCommands([work('l1-l2')])
      .reply('pivot', done('end'))
      .thenEnded('completed')
    given(choosing, { way: 'right' })
      .thenCommands([work('first')])
      .reply('first', done('first'))
      .thenCommands([work('right')])
      .reply('pivot', done('end'))
      .thenEnded('completed')
  })

  it('undoes what was done on its way, and before it', () => {
    given(choosing, { way: 'left' })
      .reply('first', done('first'))
      .reply('l1', done('l1'))
      .thenCommands([work('first'), work('l1'), work('l1-l2')])
      .reply('l2', rejected('No', {}))
      .thenCommands([Work.undo({ name: 'l1' })])
      .undone('l1')
      .thenCommands([Work.undo({ name: 'first' })])
      .undone('first')
      .thenEnded('compensated')
  })

  it('turns back, and says so, when there is no such way', () => {
    const state = reply(startOf(choosing, { way: 'up' }), choosing, 'first').state
    assert.deepEqual(state.failure, { step: 'which', rejected: 'UnknownWay', data: { way: 'up' } })
  })

  it('is made once: what was chosen stays, whatever is asked later', () => {
    let asked = 0
    const counting = saga('counting', options)
      .choice('which', {
        of: () => {
          asked += 1
          return asked === 1 ? 'one' : 'other'
        },
        ways: (branch) => ({
          one: branch.step('a', { run: () => work('a'), undo: ({ result }) => Work.undo(result) }),
          other: branch,
        }),
      })
      .pivot('pivot', { run: ({ which }) => work(which) })
    given(counting, { way: '' })
      .thenCommands([work('a')])
      .reply('a', done('a'))
      .thenCommands([work('one')])
    assert.equal(asked, 1)
  })
})

const retrying = saga('retrying', options)
  .step('first', {
    run: () => work('first'),
    undo: ({ result }) => Work.undo(result),
    retry: { on: ['Busy'], times: 2, afterMs: 100, factor: 3 },
  })
  .pivot('pivot', { run: () => work('pivot') })

function startOf(definition: Saga, input: unknown): SagaAdvance {
  return startSaga(definition, { key: 'k', input, atMs: 0 })
}

function take({ state }: SagaAdvance, definition: Saga, input: SagaInput): SagaAdvance {
  return advanceSaga(definition, state, { ...input, atMs: 0 })
}

function reply(from: SagaAdvance, definition: Saga, step: string): SagaAdvance {
  const outcome = { ok: true, output: { name: 'x' } } as const
  return take(from, definition, { kind: 'reply', step, undo: false, outcome })
}

function refuse(from: SagaAdvance, definition: Saga, rejected = 'Busy'): SagaAdvance {
  const outcome = { ok: false, rejected, data: {} } as const
  return take(from, definition, { kind: 'reply', step: 'first', undo: false, outcome })
}

const timer = { kind: 'deadline', step: 'retry:first' } as const
const statusOf = (state: SagaState): string | undefined => state.steps['first']?.status

describe('a step that is retried', () => {
  it('is sent again under an id of its own, each time after a longer wait', () => {
    const refused = refuse(startOf(retrying, { way: '' }), retrying)
    assert.deepEqual(refused.effects, [{ kind: 'setTimer', step: 'retry:first', afterMs: 100 }])
    assert.equal(statusOf(refused.state), 'waiting')

    const again = take(refused, retrying, timer)
    const sent = { kind: 'send', step: 'first', undo: false, command: work('first') }
    assert.deepEqual(again.effects, [{ ...sent, attempt: 1 }])
    const refusedAgain = refuse(again, retrying)
    assert.deepEqual(refusedAgain.effects, [
      { kind: 'setTimer', step: 'retry:first', afterMs: 300 },
    ])

    const last = take(refusedAgain, retrying, timer)
    assert.deepEqual(last.effects, [{ ...sent, attempt: 2 }])
    assert.equal(reply(last, retrying, 'first').state.steps['pivot']?.status, 'sent')
  })

  it('counts as rejected when it was sent so often, or for another reason', () => {
    let advance = startOf(retrying, { way: '' })
    for (let time = 0; time < 2; time += 1)
      advance = take(refuse(advance, retrying), retrying, timer)
    assert.equal(refuse(advance, retrying).state.status, 'compensated')

    const other = refuse(startOf(retrying, { way: '' }), retrying, 'No')
    assert.equal(other.state.status, 'compensated')
    assert.deepEqual(other.state.failure, { step: 'first', rejected: 'No', data: {} })
  })

  it('is not sent again once the saga has turned back', () => {
    const timed: Saga = { ...retrying, deadlineMs: 50 }
    const refused = refuse(startOf(timed, { way: '' }), timed)
    const turned = take(refused, timed, { kind: 'deadline', step: '' })
    assert.equal(turned.state.status, 'compensated')
    assert.ok(
      turned.effects.some(({ kind, step }) => kind === 'cancelTimer' && step === timer.step),
    )
    assert.deepEqual(take(turned, timed, timer).effects, [])
  })

  it('is not sent again when the deadline of the saga has passed while its answer was awaited', () => {
    const pivot = saga('timed', { ...options, deadlineMs: 50 }).pivot('first', {
      run: () => work('first'),
      retry: { times: 3, afterMs: 100 },
    })
    const late = take(startOf(pivot, { way: '' }), pivot, { kind: 'deadline', step: '' })
    assert.equal(late.state.status, 'running')
    const no = { ok: false, rejected: 'Busy', data: {} } as const
    const answer = { kind: 'reply', step: 'first', undo: false, outcome: no } as const
    assert.equal(
      advanceSaga(pivot, late.state, { ...answer, atMs: 49 }).state.steps['first']?.status,
      'waiting',
    )
    const refused = advanceSaga(pivot, late.state, { ...answer, atMs: 50 })
    assert.equal(refused.state.status, 'compensated')
    assert.equal(refused.state.failure?.rejected, 'Busy')
  })

  it('is sent again at once without a wait, however often', () => {
    const eager = saga('eager', options).step('first', {
      run: () => work('first'),
      effect: 'none',
      retry: { times: 2_000, afterMs: 0 },
    })
    const { state } = startOf(eager, { way: '' })
    const often = { ...state, steps: { first: { status: 'sent', retries: 1_500 } } } as const
    assert.deepEqual(refuse({ state: often, effects: [] }, eager).effects, [
      { kind: 'setTimer', step: 'retry:first', afterMs: 0 },
    ])
  })

  it('waits a day at most', () => {
    const node = stepNode(retrying, 'first')
    assert.ok(node?.retry)
    const patient: Saga = {
      ...retrying,
      nodes: [{ ...node, retry: { ...node.retry, afterMs: 86_400_000 } }],
    }
    const first = take(refuse(startOf(patient, { way: '' }), patient), patient, timer)
    assert.deepEqual(refuse(first, patient).effects, [
      { kind: 'setTimer', step: 'retry:first', afterMs: 86_400_000 },
    ])
  })
})

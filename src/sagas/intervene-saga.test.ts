import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { contract } from '../language/contract.ts'
import type { Outcome } from '../language/message.ts'
import type { Saga } from '../language/saga/saga-plan.ts'
import { saga } from '../language/saga/saga.ts'
import { advanceSaga, startSaga } from './advance-saga.ts'
import { interveneSaga, refusedSteps } from './intervene-saga.ts'
import {
  interventionsMax,
  type SagaAdvance,
  type SagaIntervention,
  type SagaOrder,
  type SagaState,
} from './saga-state.ts'

const Name = z.object({ name: z.string() })
const Work = contract('work', {
  commands: { do: { input: Name, rejects: { No: Name } }, tell: { input: Name } },
})
const Input = z.object({ items: z.array(z.string()) })

const plan = saga('plan', { input: Input, key: () => 'k', deadlineMs: 1_000 })
  .step('a', { run: () => Work.do({ name: 'a' }), undo: () => Work.tell({ name: 'undo a' }) })
  .each('list', {
    of: ({ input }) => input.items,
    run: ({ item }) => Work.do({ name: item }),
    undo: ({ item }) => Work.tell({ name: `undo ${item}` }),
  })
  .pivot('pivot', { run: () => Work.do({ name: 'pivot' }) })
  .step('last', { run: () => Work.tell({ name: 'last' }) })
  .step('after', { run: ({ last }) => Work.tell({ name: JSON.stringify(last) }) })
  .otherwise(({ failure }) => Work.tell({ name: failure.rejected }))

const yes: Outcome = { ok: true, output: undefined }
const no: Outcome = { ok: false, rejected: 'No', data: { name: 'why' } }

/** What happened to a step: `a` done, `-a` rejected, `undo:a` undone, `-undo:a` not undone. */
function after(...happened: readonly string[]): SagaState {
  const start = { key: 'k', input: { items: ['x', 'y'] }, atMs: 1 }
  let { state } = startSaga(plan, start)
  for (const each of happened) state = take(state, each).state
  return state
}

function take(state: SagaState, happened: string): SagaAdvance {
  const isNo = happened.startsWith('-')
  const name = isNo ? happened.slice(1) : happened
  const undo = name.startsWith('undo:')
  const step = undo ? name.slice(5) : name
  const reply = { kind: 'reply', step, undo, outcome: isNo ? no : yes, atMs: 5 } as const
  return advanceSaga(plan, state, reply)
}

function intervene(state: SagaState, order: SagaOrder, definition: Saga = plan): SagaAdvance {
  return interveneSaga(definition, state, intervention(order))
}

function intervention(order: SagaOrder): SagaIntervention {
  return { ...order, reason: 'asked for', by: 'ann', atMs: 9 }
}

/** What is sent: `undo list/0 #1`. */
function sent({ effects }: SagaAdvance): readonly string[] {
  return effects.flatMap((effect) => {
    if (effect.kind !== 'send') return []
    const { undo, step, attempt } = effect
    return [`${undo ? 'undo ' : ''}${step}${attempt === undefined ? '' : ` #${attempt}`}`]
  })
}

const completed = after('a', 'list/0', 'list/1', 'pivot', 'last', 'after')
const stuckAhead = after('a', 'list/0', 'list/1', 'pivot', '-last')
const stuckBack = after('a', 'list/0', 'list/1', '-pivot', '-undo:list/0')

describe('cancelling an instance', () => {
  it('turns it back as a deadline does, and undoes what is done late', () => {
    const cancelled = intervene(after('a'), { act: 'cancel' })

    assert.deepEqual(
      [cancelled.state.status, cancelled.state.failure],
      ['compensating', { step: 'cancel', rejected: 'Cancelled', data: null }],
    )
    assert.deepEqual(sent(cancelled), ['undo a'])
    const late = take(cancelled.state, 'list/1')
    const undone = take(late.state, 'undo:a')
    assert.deepEqual(sent(undone), ['undo list/1'])
  })

  it('keeps who did it, when, and why, also when it has ended', () => {
    let { state } = intervene(after(), { act: 'cancel' })
    for (const each of ['-a', 'otherwise']) state = take(state, each).state

    assert.equal(state.status, 'compensated')
    assert.deepEqual(state.interventions, [
      { act: 'cancel', reason: 'asked for', by: 'ann', atMs: 9 },
    ])
  })

  it('is refused once the pivot was sent, or has passed', () => {
    for (const state of [after('a', 'list/0', 'list/1'), after('a', 'list/0', 'list/1', 'pivot')]) {
      assert.throws(() => intervene(state, { act: 'cancel' }), { code: 'SAGA_PIVOT_PASSED' })
    }
  })

  it('is refused when it turns back already, is parked, or has ended', () => {
    const back = after('a', '-list/0')

    assert.throws(() => intervene(back, { act: 'cancel' }), { code: 'SAGA_NOT_RUNNING' })
    assert.throws(() => intervene(stuckBack, { act: 'cancel' }), { code: 'SAGA_NOT_RUNNING' })
    assert.throws(() => intervene(completed, { act: 'cancel' }), { code: 'SAGA_ENDED' })
  })
})

describe('retrying a parked instance', () => {
  it('sends a step after the pivot again, and completes', () => {
    const again = intervene(stuckAhead, { act: 'retry' })

    assert.deepEqual(sent(again), ['last #1'])
    assert.deepEqual([again.state.status, again.state.endedAtMs], ['running', undefined])
    const refusedAgain = take(again.state, '-last').state
    assert.deepEqual(
      [refusedAgain.status, refusedAgain.refusal?.step, refusedAgain.endedAtMs],
      ['parked', 'last', 5],
    )
    const third = intervene(refusedAgain, { act: 'retry' })
    assert.deepEqual(sent(third), ['last #2'])
    const { state } = take(take(third.state, 'last').state, 'after')
    assert.deepEqual([state.status, state.endedAtMs], ['completed', 5])
  })

  it('sends an undo again, takes what was answered meanwhile, and goes on back', () => {
    const meanwhile = take(stuckBack, 'undo:list/1').state
    assert.equal(meanwhile.status, 'parked')

    const again = intervene(meanwhile, { act: 'retry' })

    assert.deepEqual(sent(again), ['undo list/0 #1'])
    const undone = take(again.state, 'undo:list/0')
    assert.deepEqual(sent(undone), ['undo a'])
    const told = take(undone.state, 'undo:a')
    assert.deepEqual(sent(told), ['otherwise'])
    assert.deepEqual(told.state.failure?.step, 'pivot')
    assert.equal(take(told.state, 'otherwise').state.status, 'compensated')
  })

  it('undoes first what was done late, and then sends the undo again', () => {
    const parked = take(
      take(intervene(after('a'), { act: 'cancel' }).state, '-undo:a').state,
      'list/1',
    )
    assert.deepEqual([parked.state.status, parked.effects], ['parked', []])

    const again = intervene(parked.state, { act: 'retry' })

    assert.deepEqual(sent(again), ['undo list/1'])
    assert.deepEqual(sent(take(again.state, 'undo:list/1')), ['undo a #1'])
  })

  it('sends the notice again', () => {
    const parked = after('-a', '-otherwise')
    assert.deepEqual([parked.status, refusedSteps(plan, parked)], ['parked', ['otherwise']])

    const again = intervene(parked, { act: 'retry' })

    assert.deepEqual(sent(again), ['otherwise #1'])
    assert.equal(take(again.state, 'otherwise').state.status, 'compensated')
  })

  it('is refused unless it is parked, as compensating and resolving are', () => {
    const orders: readonly SagaOrder[] = [
      { act: 'retry' },
      { act: 'compensate' },
      { act: 'resolve', as: 'completed' },
      { act: 'resolve', step: 'a' },
    ]

    for (const order of orders) {
      assert.throws(() => intervene(after('a'), order), { code: 'SAGA_NOT_PARKED' })
      assert.throws(() => intervene(completed, order), { code: 'SAGA_ENDED' })
    }
  })
})

describe('compensating a parked instance', () => {
  it('goes on back with what was refused, and is refused after the pivot', () => {
    const back = intervene(take(stuckBack, 'undo:list/1').state, { act: 'compensate' })

    assert.deepEqual([back.state.status, sent(back)], ['compensating', ['undo list/0 #1']])
    assert.throws(() => intervene(stuckAhead, { act: 'compensate' }), {
      code: 'SAGA_PIVOT_PASSED',
    })
  })

  it('turns back one that was parked on its way forward', () => {
    const parked = { ...after('a'), status: 'parked', endedAtMs: 7 } as const

    const back = intervene(parked, { act: 'compensate' })

    assert.deepEqual([back.state.failure?.rejected, sent(back)], ['Cancelled', ['undo a']])
  })
})

describe('resolving a parked instance', () => {
  it('ends it as the operator says, and forgets what only the way needed', () => {
    for (const as of ['completed', 'compensated'] as const) {
      const { state, effects } = intervene(stuckAhead, { act: 'resolve', as })

      assert.deepEqual([state.status, state.endedAtMs, state.steps], [as, 9, {}])
      assert.deepEqual(
        effects.filter(({ kind }) => kind === 'send'),
        [],
      )
    }
  })

  it('takes a refused step for done, with the output that the operator gives', () => {
    const ahead = intervene(stuckAhead, { act: 'resolve', step: 'last', output: 7 })

    assert.equal(ahead.state.status, 'running')
    const [effect] = ahead.effects
    assert.deepEqual(effect?.kind === 'send' && effect.command.data, { name: '7' })
  })

  it('leaves out a refused undo, and goes on once nothing refused is left', () => {
    const both = take(stuckBack, '-undo:list/1').state
    assert.deepEqual(refusedSteps(plan, both), ['list/0', 'list/1'])

    const one = intervene(both, { act: 'resolve', step: 'list/0' })
    const other = intervene(one.state, { act: 'resolve', step: 'list/1' })

    assert.deepEqual([one.state.status, one.effects], ['parked', []])
    assert.deepEqual([other.state.status, sent(other)], ['compensating', ['undo a']])
  })

  it('ends it when the notice is all that was refused', () => {
    const { state } = intervene(after('-a', '-otherwise'), { act: 'resolve', step: 'otherwise' })

    assert.deepEqual([state.status, state.endedAtMs], ['compensated', 9])
  })

  it('is refused for a step that nobody refused', () => {
    for (const step of ['a', 'none', 'after']) {
      assert.throws(() => intervene(stuckAhead, { act: 'resolve', step }), {
        code: 'SAGA_STEP_UNKNOWN',
      })
    }
  })

  it('names a step that the plan has no more', () => {
    const shorter = saga('plan', { input: Input, key: () => 'k' })

    assert.throws(() => intervene(stuckAhead, { act: 'retry' }, shorter), {
      code: 'SAGA_STEP_UNKNOWN',
    })
  })
})

describe('what an instance remembers of operators', () => {
  it('is bounded: the last ones are kept', () => {
    let state = stuckAhead
    for (let round = 0; round <= interventionsMax; round += 1) {
      state = take(intervene(state, { act: 'retry' }).state, '-last').state
    }

    assert.equal(state.interventions?.length, interventionsMax)
  })
})

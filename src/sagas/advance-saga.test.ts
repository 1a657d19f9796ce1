import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { contract } from '../language/contract.ts'
import type { Command } from '../language/message.ts'
import { saga } from '../language/saga/saga.ts'
import { given } from '../testing/given.ts'
import { accepted, rejected } from '../testing/given/given-saga.ts'
import { advanceSaga, startSaga } from './advance-saga.ts'

const Name = z.object({ name: z.string() })
const Work = contract('work', {
  commands: {
    do: { input: Name, output: z.object({ receipt: z.string() }), rejects: { No: Name } },
    undo: { input: Name },
    tell: { input: Name },
  },
})

const work = (name: string): Command<'work.do', { name: string }, { receipt: string }> =>
  Work.do({ name })
const undo = (name: string): Command => Work.undo({ name })
const done = (name: string): ReturnType<typeof accepted> => accepted({ receipt: name })
const no = rejected('No', { name: 'why' })

const Input = z.object({ id: z.string(), items: z.array(z.string()) })
const input = { id: 'i1', items: ['x', 'y'] }
const options = { input: Input, key: ({ id }: z.infer<typeof Input>) => id }

/** a, then b, then the pivot, then c: each undone by its receipt. */
const sequence = saga('sequence', options)
  .step('a', { run: () => work('a'), undo: ({ result }) => Work.undo({ name: result.receipt }) })
  .step('b', { run: () => work('b'), undo: ({ result }) => Work.undo({ name: result.receipt }) })
  .pivot('pivot', { run: ({ a, b }) => work(`${a.receipt} ${b.receipt}`) })
  .step('c', { run: ({ pivot }) => Work.tell({ name: pivot.receipt }) })

describe('a saga in sequence', () => {
  it('sends one command after the other, each seeing the answers before it, and completes', () => {
    given(sequence, input)
      .thenCommands([work('a')])
      .reply('a', done('ra'))
      .thenCommands([work('b')])
      .reply('b', done('rb'))
      .thenCommands([work('ra rb')])
      .reply('pivot', done('rp'))
      .thenCommands([Work.tell({ name: 'rp' })])
      .reply('c', accepted())
      .thenEnded('completed')
  })

  it('is compensated at once when nothing was done before the failure', () => {
    given(sequence, input)
      .thenCommands([work('a')])
      .reply('a', no)
      .thenCommands([])
      .thenEnded('compensated')
  })

  it('undoes what was done from the end, one after the other, once each', () => {
    given(sequence, input)
      .reply('a', done('ra'))
      .reply('b', done('rb'))
      .thenCommands([work('a'), work('b'), work('ra rb')])
      .reply('pivot', no)
      .thenCommands([undo('rb')])
      .undone('b')
      .thenCommands([undo('ra')])
      .undone('b')
      .thenCommands([])
      .undone('a')
      .thenCommands([])
      .thenEnded('compensated')
  })

  it('is parked when an undo is rejected, or a step after the pivot', () => {
    given(sequence, input).reply('a', done('ra')).reply('b', no).undone('a', no).thenEnded('parked')
    given(sequence, input)
      .reply('a', done('ra'))
      .reply('b', done('rb'))
      .reply('pivot', done('rp'))
      .reply('c', no)
      .thenEnded('parked')
      .thenCommands([work('a'), work('b'), work('ra rb'), Work.tell({ name: 'rp' })])
  })

  it('learns nothing from answers that are repeated, late or for nobody', () => {
    const { state } = startSaga(sequence, { key: 'k', input, atMs: 1 })
    const first = { kind: 'reply', step: 'a', undo: false, outcome: done('ra'), atMs: 2 } as const
    const after = advanceSaga(sequence, state, first).state
    const ignored = [
      { kind: 'reply', step: 'a', undo: false, outcome: done('other') },
      { kind: 'reply', step: 'a', undo: false, outcome: no },
      { kind: 'reply', step: 'a', undo: true, outcome: accepted() },
      { kind: 'reply', step: 'c', undo: false, outcome: done('early') },
      { kind: 'reply', step: 'none', undo: false, outcome: done('stray') },
      { kind: 'reply', step: 'otherwise', undo: false, outcome: accepted() },
      { kind: 'reply', step: 'a/0', undo: false, outcome: done('stray') },
      { kind: 'deadline', step: 'a' },
      { kind: 'deadline', step: 'none' },
    ] as const

    for (const each of ignored) {
      assert.deepEqual(advanceSaga(sequence, after, { ...each, atMs: 3 }), {
        state: after,
        effects: [],
      })
    }
  })

  it('remembers how it ended and when, and nothing else of what it knew', () => {
    let state = startSaga(sequence, { key: 'k', input, atMs: 1 }).state
    const reply = { kind: 'reply', step: 'a', undo: false, outcome: no } as const
    state = advanceSaga(sequence, state, { ...reply, atMs: 7 }).state

    assert.deepEqual(
      [state.status, state.startedAtMs, state.endedAtMs, state.failure],
      ['compensated', 1, 7, { step: 'a', rejected: 'No', data: { name: 'why' } }],
    )
    assert.deepEqual([state.input, state.results, state.steps], [null, {}, {}])
  })
})

describe('a saga with a deadline', () => {
  const timed = saga('timed', { ...options, deadlineMs: 5_000 })
    .step('a', { run: () => work('a'), effect: 'none' })
    .step('b', { run: () => work('b'), undo: () => Work.undo({ name: 'b' }), deadlineMs: 100 })
    .pivot('pivot', { run: () => work('pivot'), deadlineMs: 50 })
    .step('c', { run: () => Work.tell({ name: 'c' }), deadlineMs: 10 })

  it('turns back when it passes before the pivot, and undoes what is done late', () => {
    given(timed, input)
      .reply('a', done('ra'))
      .deadline()
      .thenStatus('compensating')
      .thenCommands([work('a'), work('b')])
      .reply('b', done('late'))
      .thenCommands([undo('b')])
      .undone('b')
      .thenEnded('compensated')
  })

  it('turns back when that of a step passes, and needs nothing when the step is rejected late', () => {
    given(timed, input)
      .reply('a', done('ra'))
      .deadline('b')
      .thenStatus('compensating')
      .reply('b', no)
      .thenCommands([work('a'), work('b')])
      .thenEnded('compensated')
  })

  it('waits for the pivot once it was sent: only its answer tells', () => {
    given(timed, input)
      .reply('a', done('ra'))
      .reply('b', done('rb'))
      .deadline()
      .deadline('pivot')
      .thenStatus('running')
      .reply('pivot', no)
      .thenCommands([work('a'), work('b'), work('pivot'), undo('b')])
  })

  it('only goes forward after the pivot, however late', () => {
    given(timed, input)
      .reply('a', done('ra'))
      .reply('b', done('rb'))
      .reply('pivot', done('p'))
      .deadline()
      .deadline('c')
      .thenStatus('running')
      .reply('c', accepted())
      .thenEnded('completed')
  })

  it('sets a timer for itself and for each step that has one, and cancels what is over', () => {
    let { state, effects } = startSaga(timed, { key: 'k', input, atMs: 0 })
    const timers: string[] = []
    const note = (): void => {
      for (const each of effects) {
        if (each.kind === 'setTimer') timers.push(`set ${each.step} ${each.afterMs}`)
        if (each.kind === 'cancelTimer') timers.push(`cancel ${each.step}`)
      }
    }
    note()
    for (const step of ['a', 'b', 'pivot', 'c']) {
      const reply = { kind: 'reply', step, undo: false, outcome: done(step), atMs: 1 } as const
      ;({ state, effects } = advanceSaga(timed, state, reply))
      note()
    }

    assert.equal(state.status, 'completed')
    assert.deepEqual(timers.slice(0, 5), [
      'set  5000',
      'set b 100',
      'cancel b',
      'set pivot 50',
      'cancel pivot',
    ])
    assert.deepEqual([...new Set(timers.slice(5))], ['cancel ', 'cancel c'])
  })
})

describe('a saga with a notice', () => {
  const telling = saga('telling', options)
    .step('a', { run: () => work('a'), undo: () => Work.undo({ name: 'a' }) })
    .pivot('pivot', { run: () => work('pivot') })
    .otherwise(({ failure }) => Work.tell({ name: `${failure.step} ${failure.rejected}` }))

  it('tells of the failure once everything is undone, and ends when that is accepted', () => {
    given(telling, input)
      .reply('a', done('ra'))
      .reply('pivot', no)
      .thenCommands([work('a'), work('pivot'), undo('a')])
      .undone('a')
      .thenStatus('compensating')
      .thenCommands([Work.tell({ name: 'pivot No' })])
      .reply('otherwise', accepted())
      .thenEnded('compensated')
  })

  it('is parked when the notice is rejected', () => {
    given(telling, input).reply('a', no).reply('otherwise', no).thenEnded('parked')
  })

  it('tells nothing when all went well', () => {
    given(telling, input)
      .reply('a', done('ra'))
      .reply('pivot', done('rp'))
      .thenCommands([work('a'), work('pivot')])
      .thenEnded('completed')
  })

  it('refuses a step that is called like the notice, or like a word that its code sees', () => {
    for (const name of ['otherwise', 'input', 'result', 'item', 'failure']) {
      assert.throws(
        () => saga('confused', options).step(name as 'a', { run: () => work('a'), effect: 'none' }),
        {
          code: 'LANGUAGE_DEFINITION_INVALID',
        },
      )
    }
  })
})

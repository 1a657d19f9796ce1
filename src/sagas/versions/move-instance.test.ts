import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { contract } from '../../language/contract.ts'
import type { Outcome } from '../../language/message.ts'
import { saga } from '../../language/saga/saga.ts'
import type { Saga } from '../../language/saga/saga-plan.ts'
import { startSaga } from '../advance-saga.ts'
import type { SagaAdvance, SagaEffect, SagaInput, SagaState } from '../saga-state.ts'
import { takeByPlan } from './move-instance.ts'

const Input = z.object({ id: z.string() })
const Item = z.object({ id: z.string(), item: z.string() })
const Priced = z.object({ cents: z.int() })
const Shop = contract('shop', {
  commands: {
    keep: { input: Item, output: z.object({ kept: z.string() }) },
    free: { input: Item },
    price: { input: Input, output: Priced },
    pay: { input: Input, rejects: { Broke: z.object({}) } },
    send: { input: Input },
    tell: { input: z.object({ id: z.string(), word: z.string() }) },
  },
})

const deadlineMs = 1_000
const key = ({ id }: { readonly id: string }): string => id

const First = saga('order', { input: Input, key, deadlineMs })
  .each('goods', {
    of: () => ['tea', 'cup'],
    run: ({ input, item }) => Shop.keep({ ...input, item }),
    undo: ({ input, result }) => Shop.free({ ...input, item: result.kept }),
  })
  .parallel('both', (branch) => ({
    price: branch.step('price', { run: ({ input }) => Shop.price(input), effect: 'none' }),
    look: branch.step('look', { run: ({ input }) => Shop.send(input), effect: 'none' }),
  }))
  .pivot('pay', { run: ({ input }) => Shop.pay(input) })
  .step('send', { run: ({ input }) => Shop.send(input) })

const NewInput = z.object({ id: z.string(), word: z.string() })

interface Loose {
  replaces(earlier: Saga, moving: object): Saga
}

function second(map: (instance: { readonly done: readonly string[] }) => unknown): Saga {
  const plan = saga('order', { version: 2, input: NewInput, key, deadlineMs: 5_000 })
    .each('goods', {
      of: () => ['tea', 'cup'],
      run: ({ input, item }) => Shop.keep({ id: input.id, item }),
      undo: ({ input, result }) => Shop.free({ id: input.id, item: result.kept }),
    })
    .step('price', { run: ({ input }) => Shop.price({ id: input.id }), effect: 'none' })
    .step('cover', { run: ({ input }) => Shop.send({ id: input.id }), effect: 'none' })
    .each('notes', {
      of: () => [1],
      run: ({ input }) => Shop.send({ id: input.id }),
      effect: 'none',
    })
    .pivot('pay', { run: ({ input }) => Shop.pay({ id: input.id }) })
    .step('send', { run: ({ input }) => Shop.send({ id: input.id }) })
    .step('tell', { run: ({ input }) => Shop.tell(input) })
  // Why the cast: mappings are wrong here in every way that the compiler would see.
  const loose = plan as unknown as Loose
  return loose.replaces(First, { map })
}

const yes: Outcome = { ok: true, output: undefined }
const kept = (item: string): Outcome => ({ ok: true, output: { kept: item } })

/** Answers steps one after the other, as a plan that nothing replaces takes them. */
function after(answers: Readonly<Record<string, Outcome>>): SagaState {
  const begun = startSaga(First, { key: 'k1', input: { id: 'k1' }, atMs: 100 })
  let { state } = begun
  for (const [step, outcome] of Object.entries(answers))
    state = takeByPlan(First, state, replyTo(step, outcome)).advance.state
  return state
}

function replyTo(step: string, outcome: Outcome): SagaInput & { readonly atMs: number } {
  return { kind: 'reply', step, undo: false, outcome, atMs: 300 }
}

const early = { 'goods/0': kept('tea') }
const late = { ...early, 'goods/1': kept('cup'), look: yes }
const paid = { ...late, price: { ok: true, output: { cents: 3 } }, pay: yes } as const

function sentBy({ effects }: SagaAdvance): readonly string[] {
  return effects.filter(({ kind }) => kind === 'send').map(({ step }) => step)
}

const input = { id: 'k1', word: 'hello' }
const skipped = { skip: ['cover', 'notes'], results: { notes: [] } }

describe('an instance whose plan is replaced', () => {
  it('moves at the answer after which nothing is on its way, and goes on by the new plan', () => {
    const { plan, advance } = takeByPlan(
      second(() => ({ input })),
      after(early),
      replyTo('goods/1', kept('cup')),
    )

    assert.equal(plan.version, 2)
    assert.deepEqual(sentBy(advance), ['price'])
    const { version, results, order, steps } = advance.state
    assert.deepEqual(
      [version, results, order],
      [2, { goods: [{ kept: 'tea' }, { kept: 'cup' }] }, ['goods/0', 'goods/1']],
    )
    assert.deepEqual(Object.keys(steps), ['goods/0', 'goods/1', 'price'])
  })

  it('does not move while anything is awaited', () => {
    const waiting = after({ ...early, 'goods/1': kept('cup') })

    const { plan, advance } = takeByPlan(
      second(() => ({ input })),
      waiting,
      replyTo('look', yes),
    )

    assert.deepEqual([plan, sentBy(advance), advance.state.version], [First, [], 1])
  })

  it('goes back by its own plan', () => {
    const waiting = after({ ...late, price: paid.price })
    const no: Outcome = { ok: false, rejected: 'Broke', data: {} }

    const { plan, advance } = takeByPlan(
      second(() => ({ input })),
      waiting,
      replyTo('pay', no),
    )

    assert.equal(plan, First)
    assert.equal(advance.state.status, 'compensating')
    assert.deepEqual(sentBy(advance), ['goods/0', 'goods/1'])
  })

  it('is told to its mapping with its answers, and what is done', () => {
    let told: unknown
    const plan = second((instance) => {
      told = instance
      return { input, ...skipped }
    })

    takeByPlan(plan, after(late), replyTo('price', paid.price))

    assert.deepEqual(told, {
      key: 'k1',
      input: { id: 'k1' },
      results: { goods: [{ kept: 'tea' }, { kept: 'cup' }], price: { cents: 3 }, look: undefined },
      done: ['goods', 'price', 'look'],
    })
  })

  it('goes past what its mapping skips', () => {
    const plan = second(() => ({ input, ...skipped }))

    const { advance } = takeByPlan(plan, after(late), replyTo('price', paid.price))

    assert.deepEqual(sentBy(advance), ['pay'])
    assert.deepEqual(advance.state.order, ['goods/0', 'goods/1', 'price'])
  })

  it('moves instead of ending, when the new plan has more to do', () => {
    const plan = second(() => ({ input, ...skipped }))

    const { advance } = takeByPlan(plan, after(paid), replyTo('send', yes))

    assert.deepEqual([sentBy(advance), advance.state.status], [['tell'], 'running'])
  })

  it('has other answers by its mapping, and undoes with them', () => {
    const goods = [{ kept: 'TEA' }, { kept: 'CUP' }]
    const plan = second(() => ({ input, results: { goods } }))
    const moved = takeByPlan(plan, after(early), replyTo('goods/1', kept('cup')))

    const deadline = { kind: 'deadline', step: '', atMs: 9_000 } as const
    const { advance } = takeByPlan(plan, moved.advance.state, deadline)

    const data = advance.effects.map((effect) => effect.kind === 'send' && effect.command.data)
    assert.deepEqual(data.slice(0, 2), [
      { id: 'k1', item: 'TEA' },
      { id: 'k1', item: 'CUP' },
    ])
  })

  it('has the deadline of the new plan, counted from its start', () => {
    const plan = second(() => ({ input }))
    const { advance } = takeByPlan(plan, after(early), replyTo('goods/1', kept('cup')))

    const timers = advance.effects.filter(({ kind }: SagaEffect) => kind !== 'send')

    assert.deepEqual(timers, [
      { kind: 'cancelTimer', step: '' },
      { kind: 'setTimer', step: '', afterMs: 4_800 },
    ])
  })
})

describe('a mapping is refused, and nothing is taken, when', () => {
  const refused = (
    state: SagaState,
    reply: readonly [string, Outcome],
    { mapped, why }: { readonly mapped: unknown; readonly why: string },
  ): void => {
    const plan = second(() => mapped)
    assert.throws(() => takeByPlan(plan, state, replyTo(...reply)), {
      code: 'SAGA_MAPPING_REFUSED',
      message: `The mapping of saga "order" from version 1 to 2 does not fit key "k1": ${why}. Nothing was changed. Mend the mapping, and redrive.`,
    })
  }
  const atPrice = (mapped: unknown, why: string): void =>
    refused(after(late), ['price', paid.price], { mapped, why })
  const atSend = (mapped: unknown, why: string): void =>
    refused(after({ ...late, price: paid.price }), ['pay', yes], { mapped, why })

  it('it throws', () => {
    const plan = second(() => {
      throw new RangeError('no idea')
    })

    assert.throws(() => takeByPlan(plan, after(late), replyTo('price', paid.price)), {
      code: 'SAGA_MAPPING_REFUSED',
      message:
        'The mapping of saga "order" from version 1 to 2 failed for key "k1": no idea. Nothing was changed. Mend it, and redrive.',
    })
  })

  it('its input does not fit, or names another instance', () => {
    atPrice(undefined, 'it gives no input')
    atPrice(
      { input: { id: 'k1' } },
      'its input does not fit: word Invalid input: expected string, received undefined',
    )
    atPrice(
      { input: { id: 'k2', word: '' } },
      'its input has another key. An instance keeps its key',
    )
  })

  it('it skips what it cannot', () => {
    atPrice({ input, skip: ['nope'] }, 'it skips "nope", which is no step of the new plan')
    atPrice(
      { input, skip: ['pay'] },
      'it skips "pay", which the old plan has, too. Only new steps can be',
    )
    atPrice(
      { input, skip: ['notes'] },
      'it skips "notes" without the list of its answers. Give it in results',
    )
  })

  it('it gives answers that nobody gave', () => {
    atPrice({ input, results: { send: {} } }, 'it gives an answer of "send", which is not done')
    atPrice({ input, results: { cover: {} } }, 'it gives an answer of "cover", which is not done')
    atPrice(
      { input, results: { goods: [{ kept: 'tea' }] } },
      'its answer of "goods" is no list of 2: one for each item',
    )
  })

  it('the new plan would do something before what is done', () => {
    atSend(
      { input, skip: ['notes'], results: { notes: [] } },
      '"cover" comes before "pay", which is done. Name it in skip, with its answer in results',
    )
  })
})

describe('a pivot', () => {
  const replaces = (pivot: string, map: () => unknown): Saga => {
    const plan = saga('order', { version: 2, input: Input, key })
      .each('goods', {
        of: () => ['tea', 'cup'],
        run: ({ input: { id }, item }) => Shop.keep({ id, item }),
        undo: ({ input: { id }, result }) => Shop.free({ id, item: result.kept }),
      })
      .pivot(pivot, { run: ({ input: { id } }) => Shop.pay({ id }) })
    // Why the cast: see above.
    const loose = plan as unknown as Loose
    return loose.replaces(First, { map })
  }
  const moved = { input: { id: 'k1' } }

  it('that is new counts as done where the old one is', () => {
    const plan = replaces('charge', () => ({ ...moved, skip: ['charge'] }))

    const { advance } = takeByPlan(plan, after(paid), replyTo('send', yes))

    assert.deepEqual([advance.state.status, advance.state.pivotPassed], ['completed', true])
  })

  it('is not crossed by moving', () => {
    const forgotten = replaces('charge', () => moved)
    const skippedEarly = replaces('charge', () => ({ ...moved, skip: ['charge'] }))

    assert.throws(() => takeByPlan(forgotten, after(paid), replyTo('send', yes)), {
      code: 'SAGA_MAPPING_REFUSED',
      message:
        /the pivot has happened, and "charge", the pivot of the new plan, is not done\. Name it in skip\. Nothing was changed\./,
    })
    assert.throws(() => takeByPlan(skippedEarly, after(early), replyTo('goods/1', kept('cup'))), {
      code: 'SAGA_MAPPING_REFUSED',
      message: /it skips the pivot "charge", and nothing has decided yet\. Nothing was changed\./,
    })
  })
})

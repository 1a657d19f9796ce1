import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { contract } from '../language/contract.ts'
import type { Outcome } from '../language/message.ts'
import type { Saga } from '../language/saga/saga-plan.ts'
import { saga } from '../language/saga/saga.ts'
import { exploreSaga, type SagaExploration } from '../testing/explore-saga.ts'

const Name = z.object({ name: z.string() })
const Work = contract('work', {
  commands: { do: { input: Name, rejects: { No: Name } }, undo: { input: Name } },
})
const Input = z.object({ items: z.array(z.string()) })
const run = (name: string) => () => Work.do({ name })
const undo = (name: string) => () => Work.undo({ name })
const options = { input: Input, key: () => 'k', deadlineMs: 1_000 }

/** Four steps, one of them for each item of a list, one the pivot, a notice, and a deadline. */
const checkout = saga('checkout', options)
  .step('cart', { run: run('cart'), undo: undo('cart'), deadlineMs: 10 })
  .each('stock', { of: ({ input: { items } }) => items, run: run('stock'), undo: undo('stock') })
  .pivot('payment', { run: run('payment') })
  .step('shipment', { run: undo('shipment') })
  .otherwise(undo('tell'))

const branching = saga('branching', options)
  .parallel('both', (branch) => ({
    left: branch
      .step('l1', { run: run('l1'), undo: undo('l1') })
      .step('l2', { run: run('l2'), undo: undo('l2') }),
    right: branch
      .step('r1', { run: run('r1'), effect: 'none' })
      .each('r2', { of: ({ input: { items } }) => items, run: run('r2'), undo: undo('r2') }),
  }))
  .pivot('pivot', { run: run('pivot') })

const collecting = saga('collecting', options)
  .each('first', {
    of: ({ input: { items } }) => items,
    run: run('first'),
    undo: undo('first'),
    rejection: 'collect',
  })
  .ensure('enough', ({ first }) => first.some(({ ok }) => ok))
  .step('second', { run: run('second'), undo: undo('second') })
  .pivot('pivot', { run: run('pivot') })
  .step('after', { run: undo('after') })

const nested = saga('nested', { input: Input, key: () => 'k' })
  .step('a', { run: run('a'), undo: undo('a'), retry: { times: 1, afterMs: 10 } })
  .each('list', { of: ({ input: { items } }) => items, run: run('list'), undo: undo('list') })

/** A choice, a saga within it, and steps that are sent again. */
const choosing = saga('choosing', options)
  .step('first', { run: run('first'), undo: undo('first'), retry: { times: 2, afterMs: 10 } })
  .choice('which', {
    of: ({ input: { items } }) => (items.length === 1 ? 'long' : 'short'),
    ways: (branch) => ({
      long: branch.saga('inner', nested, ({ input }) => input),
      short: branch,
    }),
  })
  .pivot('pivot', { run: run('pivot'), retry: { on: ['No'], times: 1, afterMs: 10 } })
  .step('after', { run: undo('after') })

const withoutPivot = saga('without-pivot', options)
  .step('a', { run: run('a'), undo: undo('a') })
  .step('b', { run: run('b'), undo: undo('b') })

const refusing = (): readonly Outcome[] => [
  { ok: true, output: undefined },
  { ok: false, rejected: 'No', data: null },
]

function explore(definition: Saga, items: readonly string[], facts = {}): SagaExploration {
  return exploreSaga(definition, { input: { items }, ...facts })
}

describe('every way that a saga can take', () => {
  for (const definition of [checkout, branching, collecting, choosing, withoutPivot]) {
    for (const items of [[], ['x'], ['x', 'y']]) {
      it(`ends well: ${definition.name} with ${items.length} items`, () => {
        const { broken, ends, situations } = explore(definition, items)

        assert.deepEqual(broken, [])
        const expected = ['compensated', 'completed']
        const isDoomed = definition === collecting && items.length === 0
        assert.deepEqual(Object.keys(ends).toSorted(), isDoomed ? ['compensated'] : expected)
        assert.ok(situations >= (isDoomed ? 1 : 10), `${situations}`)
      })
    }
  }

  it('ends parked, and only then, when somebody rejects what may not be rejected', () => {
    const { broken, ends } = explore(checkout, ['x', 'y'], { answers: refusing })

    assert.deepEqual(broken, [])
    assert.deepEqual(Object.keys(ends).toSorted(), ['compensated', 'completed', 'parked'])
  })

  for (const definition of [checkout, branching, collecting, choosing, withoutPivot]) {
    it(`ends well with an operator who cancels and settles: ${definition.name}`, () => {
      const facts = { answers: refusing, interventionsMax: 2 }
      const { broken, ends } = explore(definition, ['x'], facts)

      assert.deepEqual(broken, [])
      assert.deepEqual(Object.keys(ends).toSorted(), ['compensated', 'completed', 'parked'])
    })
  }

  it('is bounded: a saga with too many ways is refused', () => {
    assert.throws(() => explore(checkout, ['x', 'y', 'z'], { situationsMax: 100 }), {
      code: 'LANGUAGE_DEFINITION_INVALID',
    })
  })
})

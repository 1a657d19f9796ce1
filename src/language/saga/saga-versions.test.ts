import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { contract } from '../contract.ts'
import type { Saga } from './saga-plan.ts'
import { saga } from './saga.ts'
import { plansOf } from './saga-versions.ts'

const Id = z.object({ id: z.string() })
const Work = contract('work', { commands: { do: { input: Id }, undo: { input: Id } } })

interface Step {
  readonly name: string
  /** Without it the step changes nothing. */
  readonly undone?: boolean
}

interface Plan {
  readonly version?: number
  readonly before?: readonly Step[]
  readonly pivot?: string
  readonly after?: readonly string[]
}

const run = ({ input }: { readonly input: { id: string } }): ReturnType<typeof Work.do> =>
  Work.do(input)
const undo = ({ input }: { readonly input: { id: string } }): ReturnType<typeof Work.undo> =>
  Work.undo(input)

/** Why untyped: the names of the steps are data here. */
interface LooseSaga extends Saga {
  step(name: string, spec: object): LooseSaga
  pivot(name: string, spec: object): LooseSaga
  each(name: string, spec: object): LooseSaga
  replaces(earlier: Saga, moving?: { map: (instance: never) => unknown }): LooseSaga
}

function plan({ version = 1, before = [], pivot, after = [] }: Plan): LooseSaga {
  const options = { version, input: Id, key: ({ id }: { id: string }) => id }
  let made = saga('order', options) as unknown as LooseSaga
  for (const { name, undone } of before)
    made = made.step(name, undone ? { run, undo } : { run, effect: 'none' })
  if (pivot !== undefined) made = made.pivot(pivot, { run })
  for (const name of after) made = made.step(name, { run })
  return made
}

const map = ({ input }: { readonly input: unknown }): unknown => ({ input })

function refuses(make: () => unknown, message: string): void {
  assert.throws(make, { code: 'LANGUAGE_DEFINITION_INVALID', message })
}

const goods = { name: 'goods', undone: true }
const seat = { name: 'seat', undone: true }
const First = plan({ before: [goods, seat], pivot: 'pay', after: ['ticket'] })

describe('a version of a saga', () => {
  it('keeps the plans that it replaces, and those that they replaced, newest first', () => {
    const Second = plan({ version: 2 }).replaces(First)
    const Third = plan({ version: 4 }).replaces(Second)

    assert.deepEqual(plansOf(Third), [Third, Second, First])
    assert.ok(Object.isFrozen(Third.earlier))
  })

  it('is of the saga that it replaces', () => {
    const other = saga('other', { version: 2, input: Id, key: ({ id }) => id })

    refuses(
      () => other.replaces(First),
      'Saga "other" cannot replace saga "order": versions of one plan have one name. Instances of another saga end by that.',
    )
  })

  it('is higher than those that it replaces', () => {
    refuses(
      () => plan({ version: 1 }).replaces(plan({ version: 3 })),
      'Saga "order" is version 1, and replaces version 3. Give it version 4 or higher.',
    )
  })

  it('is the only one of its number', () => {
    const Second = plan({ version: 2 }).replaces(First)

    refuses(
      () =>
        plan({ version: 3 })
          .replaces(Second)
          .replaces(plan({ version: 1 })),
      'Saga "order" has two plans of version 1. Give each plan a version of its own: an instance names its plan by it.',
    )
  })
})

describe('a mapping', () => {
  const cannot = (next: Plan, why: string): void =>
    refuses(
      () => plan({ version: 2, ...next }).replaces(First, { map }),
      `Instances of version 1 of saga "order" cannot move to version 2: ${why} Leave the mapping out: they then end by their own plan.`,
    )

  it('takes instances to a plan with new steps, and without steps that left nothing', () => {
    const Look = plan({ before: [goods, { name: 'look' }], pivot: 'pay' })
    const before = [goods, { name: 'new', undone: true }]

    const Second = plan({ version: 2, before, pivot: 'pay', after: ['thanks'] })

    assert.equal(plansOf(Second.replaces(Look, { map })).length, 2)
  })

  it('loses no step that would have to be undone', () => {
    cannot(
      { before: [goods], pivot: 'pay', after: ['ticket'] },
      'step "seat" may be done, and the new plan does not know how to undo it. Keep a step of this name with an undo.',
    )
  })

  it('loses no undo', () => {
    cannot(
      { before: [goods, { name: 'seat' }], pivot: 'pay', after: ['ticket'] },
      'step "seat" may be done, and cannot be undone by the new plan. Keep its undo.',
    )
  })

  it('does not take an instance back over its pivot', () => {
    cannot(
      { before: [goods, seat], pivot: 'ticket' },
      'the pivot moved from "pay" to "ticket", behind or onto "ticket". One that has passed its pivot cannot come before it again.',
    )
  })

  it('does not take an instance that goes only forward to a plan without a pivot', () => {
    cannot(
      { before: [goods, seat] },
      'one that has passed its pivot "pay" only goes forward, and the new plan has no pivot.',
    )
  })

  it('keeps the order in which steps are undone', () => {
    cannot(
      { before: [seat, goods], pivot: 'pay', after: ['ticket'] },
      '"goods" comes before "seat" in the old plan and behind it in the new one, so they would be undone in the wrong order. Keep their order.',
    )
  })

  it('does not take a list of answers for one', () => {
    const Second = plan({ version: 2 }).each('goods', { of: () => [], run, undo })

    refuses(
      () => Second.step('seat', { run, undo }).pivot('pay', { run }).replaces(First, { map }),
      'Instances of version 1 of saga "order" cannot move to version 2: step "goods" is of another kind in the new plan, and answers something else. Give the new one another name. Leave the mapping out: they then end by their own plan.',
    )
  })
})

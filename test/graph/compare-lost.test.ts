// What `dure check --against` says of each way in which a saga can be changed so that its instances could not go on.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compareSystems } from '../../src/graph/against/compare-systems.ts'
import type {
  EarlierPlanManifest,
  SagaNodeManifest,
  SagaStepManifest,
} from '../../src/graph/manifest.ts'
import {
  base,
  fair,
  goods,
  judge,
  manifest,
  parcel,
  pay,
  plan,
  quote,
  says,
} from './changed-plans.ts'

describe('a changed plan needs a mapping', () => {
  const needs = (nodes: readonly SagaNodeManifest[], ...reasons: readonly string[]): void => {
    assert.deepEqual(says(nodes), ['needs a mapping', ...reasons])
  }

  it('when a step is gone', () => {
    needs([goods, fair, pay, parcel], 'Step "quote" is gone, and may be done or on its way.')
  })

  it('when a step is new before others, or beside them', () => {
    const cover: SagaStepManifest = { ...quote, name: 'cover' }
    needs(
      [goods, cover, quote, fair, pay, parcel],
      'Step "cover" is new before "quote", which may be done.',
    )
  })

  it('when a step sends another command', () => {
    needs(
      [{ ...goods, command: 'stock.hold' }, quote, fair, pay, parcel],
      'Step "goods" sends stock.hold in place of stock.reserve, which may be done or on its way.',
    )
  })

  it('when a list may be less long', () => {
    needs(
      [{ ...goods, max: 5 }, quote, fair, pay, parcel],
      '"goods" takes up to 5 items in place of 10: a longer list that is on its way would turn its instance back.',
    )
  })

  it('when steps change places', () => {
    needs(
      [quote, goods, fair, pay, parcel],
      '"goods" and "quote" come in another order now, and one of them may be done.',
    )
  })

  it('when the pivot comes earlier, or is new on a step that there was', () => {
    const decided: SagaStepManifest = { ...quote, phase: 'pivot' }
    const paid: SagaStepManifest = { ...pay, phase: 'after' }
    needs([goods, decided, fair, paid, parcel], 'The pivot moved from "pay" to "quote".')
  })

  it('when a step stands on another way', () => {
    const both: SagaNodeManifest = {
      node: 'choice',
      name: 'how',
      branches: [{ name: 'far', nodes: [quote] }],
    }
    needs(
      [goods, both, fair, pay, parcel],
      'Step "quote" stands on choice "how", way "far" now, and on no way of its own before.',
    )
  })

  it('when a way is gone that may be chosen', () => {
    const how = (...ways: readonly string[]): SagaNodeManifest => ({
      node: 'choice',
      name: 'how',
      branches: ways.map((name) => ({ name, nodes: [] })),
    })
    const [verdict] = compareSystems(
      manifest([plan([...base, how('near', 'far')])]),
      manifest([plan([...base, how('near')])]),
    )

    assert.deepEqual(
      [verdict?.verdict, verdict?.reasons],
      ['needs a mapping', ['Choice "how" has lost its way "far", which may be chosen.']],
    )
  })

  it('and is shown the one to write, for a version that is put back', () => {
    const cover: SagaStepManifest = { ...quote, name: 'cover', command: 'ship.reserve' }
    const held: SagaStepManifest = { ...quote, command: 'ship.reserve' }
    const verdict = judge([plan([goods, cover, held, fair, pay, parcel])])

    assert.equal(verdict.isSafe, false)
    assert.equal(
      verdict.advice,
      'Give the new plan version 2, put the old one back as CheckoutV1, and write .replaces(CheckoutV1): they then end by it. Or let them move to version 2, with a mapping:',
    )
    assert.equal(
      verdict.write,
      [
        '.replaces(CheckoutV1, {',
        '  map: ({ input, results, done }) => ({',
        '    input: { ...input },',
        "    results: { quote: done.includes('quote') ? ... : undefined, cover: done.includes('quote') ? ... : undefined },",
        "    skip: [...(done.includes('quote') ? ['cover'] : [])],",
        '  }),',
        '})',
      ].join('\n'),
    )
  })

  it('when its version is gone', () => {
    const verdict = judge([plan(base, { version: 2 })])

    assert.deepEqual(
      [verdict.verdict, verdict.isSafe, verdict.reasons, verdict.advice],
      [
        'needs a mapping',
        false,
        ['The system has version 2, and no plan of version 1.'],
        'Put it back as CheckoutV1 and write .replaces(CheckoutV1): they then end by it. Or let them move to version 2, with a mapping:',
      ],
    )
  })

  it('and is content when one is declared', () => {
    const earlier: EarlierPlanManifest = { version: 1, nodes: base, movesTo: 2 }

    const verdict = judge([plan(base, { version: 2, earlier: [earlier] })])

    assert.deepEqual(
      [verdict.verdict, verdict.isSafe, verdict.reasons],
      ['needs a mapping', true, ['Their mapping is declared: they move to version 2.']],
    )
  })
})

describe('a changed plan is impossible for running instances', () => {
  const keep =
    'Give the new plan version 2, put the old one back as CheckoutV1, and write .replaces(CheckoutV1): they then end by it.'

  it('when its saga is gone', () => {
    const verdict = judge([])

    assert.deepEqual(
      [verdict.verdict, verdict.isSafe, verdict.reasons, verdict.advice],
      [
        'impossible',
        false,
        ['The system has no saga "checkout" any more.'],
        'Put it back until no instance is open: dure sagas list --saga checkout --status open.',
      ],
    )
  })

  it('when a service is gone that keeps them, or takes their commands', () => {
    const gone = judge([plan(base, { by: 'bank' })], 'order')
    assert.deepEqual(
      [gone.verdict, gone.reasons],
      ['impossible', ['Service "order" keeps them, and is not in the system any more.']],
    )

    const { verdict, reasons } = judge([plan(base)], 'bank')
    assert.deepEqual(
      [verdict, reasons],
      [
        'impossible',
        [
          'Nobody takes bank.pay any more, which may be on its way. Keep the command until no instance is left that sends it.',
        ],
      ],
    )
  })

  it('when a command is gone that undoes what is done', () => {
    const { verdict, reasons } = judge([plan(base)], 'stock.release')

    assert.equal(verdict, 'impossible')
    assert.deepEqual(reasons, [
      'Nobody takes stock.release any more, which may be on its way. Keep the command until no instance is left that sends it.',
    ])
  })

  it('when a step goes to another service', () => {
    const verdict = judge([plan([{ ...goods, command: 'ship.reserve' }, quote, fair, pay, parcel])])

    assert.deepEqual(
      [verdict.verdict, verdict.reasons, verdict.advice],
      [
        'impossible',
        [
          'Step "goods" sends ship.reserve in place of stock.reserve: another service, while the answer of "stock" may be awaited.',
        ],
        keep,
      ],
    )
  })

  it('when the pivot moved behind a step that may be done', () => {
    const paid: SagaStepManifest = { ...pay, phase: 'before', undo: 'bank.reserve' }
    const decided: SagaStepManifest = { ...parcel, phase: 'pivot' }
    const verdict = judge([plan([goods, quote, fair, paid, decided])])

    assert.equal(verdict.verdict, 'impossible')
    assert.equal(
      verdict.reasons.at(-1),
      'No mapping can help: the pivot moved from "pay" to "parcel", behind or onto "parcel". One that has passed its pivot cannot come before it again.',
    )
    assert.equal(verdict.advice, keep)
    assert.equal(verdict.write, undefined)
  })

  it('when what is done could not be undone any more', () => {
    const { undo: _undo, ...left } = goods
    const verdict = judge([plan([{ ...left, effect: 'none' }, quote, fair, pay, parcel])])

    assert.deepEqual(verdict.reasons, [
      'Step "goods" has no undo any more, and may be done.',
      'No mapping can help: step "goods" may be done, and cannot be undone by the new plan. Keep its undo.',
    ])
  })

  it('when its version was taken back', () => {
    const [verdict] = compareSystems(manifest([plan(base, { version: 2 })]), manifest([plan(base)]))

    assert.deepEqual(
      [verdict?.verdict, verdict?.advice],
      [
        'impossible',
        'Put the plan of version 2 back: a version is never taken back while its instances run.',
      ],
    )
  })
})

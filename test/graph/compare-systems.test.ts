// What `dure check --against` says of each way in which a saga can be changed while its instances go on.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compareSystems } from '../../src/graph/against/compare-systems.ts'
import type {
  EarlierPlanManifest,
  SagaManifest,
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

describe('a changed plan leaves running instances unaffected', () => {
  it('when nothing that they do is different', () => {
    assert.deepEqual(says(base), ['unaffected', 'Nothing that they do is different.'])
    assert.deepEqual(says(base, { startsOn: ['order.Placed'] })[0], 'unaffected')
  })

  it('when their own plan is kept beside the new one', () => {
    const earlier: EarlierPlanManifest = { version: 1, nodes: base }

    const verdict = judge([plan([pay], { version: 3, earlier: [earlier] })])

    assert.deepEqual(verdict, {
      saga: 'checkout',
      version: 1,
      verdict: 'unaffected',
      isSafe: true,
      reasons: ['They end by their own plan, which is kept beside version 3.'],
    })
  })
})

describe('a changed plan is compatible', () => {
  const compatible = (
    nodes: readonly SagaNodeManifest[],
    reason: string,
    more?: Partial<SagaManifest>,
  ): void => {
    assert.deepEqual(says(nodes, more), ['compatible', reason])
  }

  it('when only its deadline is another', () => {
    compatible(
      base,
      'The deadline is 500 ms in place of none. Instances that have begun keep the one that they have.',
      { deadlineMs: 500 },
    )
  })

  it('when a step has another deadline, or another retry', () => {
    const late = { ...quote, deadlineMs: 9 }
    compatible(
      [goods, late, fair, pay, parcel],
      'Step "quote" has another deadline; one that is on its way keeps its own.',
    )
    const again = { ...quote, retry: { times: 2, afterMs: 5, factor: 2 } }
    compatible(
      [goods, again, fair, pay, parcel],
      'Step "quote" is retried in another way from now on.',
    )
  })

  it('when a list may be longer', () => {
    compatible(
      [{ ...goods, max: 20 }, quote, fair, pay, parcel],
      '"goods" takes up to 20 items from now on.',
    )
  })

  it('when a step is new at the very end', () => {
    const tell: SagaStepManifest = { ...parcel, name: 'tell', command: 'order.tell' }
    compatible([...base, tell], 'Step "tell" is new at the end: instances carry it out, too.')
  })

  it('when a step is undone in another way', () => {
    compatible(
      [{ ...goods, undo: 'stock.hold' }, quote, fair, pay, parcel],
      'Step "goods" is undone with stock.hold from now on.',
    )
  })

  it('when a test is new, or gone', () => {
    const safe: SagaNodeManifest = { node: 'ensure', name: 'safe', phase: 'before' }
    compatible(
      [goods, quote, fair, safe, pay, parcel],
      'Test "safe" is new: instances before their pivot are put to it, too.',
    )
    compatible([goods, quote, pay, parcel], 'Test "fair" is gone: nobody is put to it any more.')
  })

  it('when a failure is told in another way', () => {
    compatible(base, 'A failure is told with order.cancel in place of none.', {
      notice: 'order.cancel',
    })
  })

  it('when it is run by another service, or in another style', () => {
    compatible(
      base,
      'It is choreographed by "stock" in place of orchestrated by "order". Instances that have begun end where and as they began.',
      { style: 'choreographed', by: 'stock' },
    )
  })

  it('when the text of its code is another, and says so', () => {
    const before = manifest([plan(base, { code: { quote: 'a1', pay: 'b1' } })])
    const now = manifest([plan(base, { code: { quote: 'a2', pay: 'b1', more: 'c1' } })])

    const [verdict] = compareSystems(before, now)

    assert.deepEqual(
      [verdict?.verdict, verdict?.isSafe, verdict?.reasons],
      [
        'compatible',
        true,
        [
          'The code of "quote" has changed, and what it does cannot be seen from here. Look whether it suits what is done already.',
        ],
      ],
    )
  })
})

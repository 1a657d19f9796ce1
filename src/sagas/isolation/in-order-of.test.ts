import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { contract } from '../../language/contract.ts'
import { saga } from '../../language/saga/saga.ts'
import { exploreSaga } from '../../testing/explore-saga.ts'
import { advanceSaga, startSaga } from '../advance-saga.ts'
import type { SagaAdvance } from '../saga-state.ts'

const Item = z.object({ id: z.string() })
const Things = contract('things', {
  commands: {
    take: { input: Item, output: Item, rejects: { No: z.object({}) } },
    free: { input: Item },
  },
})
const plan = (rejection: 'fail' | 'collect') =>
  saga('all', { input: z.array(z.string()), key: () => 'k' })
    .each('things', {
      of: ({ input }) => input,
      inOrderOf: (item) => item,
      run: ({ item }) => Things.take({ id: item }),
      undo: ({ item }) => Things.free({ id: item }),
      rejection,
    })
    .pivot('decide', { run: () => Things.free({ id: '' }) })

const input = ['c', 'a', 'b', 'a']

function sentBy({ effects }: SagaAdvance): readonly string[] {
  return effects.flatMap((effect) => (effect.kind === 'send' ? [effect.step] : []))
}

describe('an each whose items have an order', () => {
  it('sends them one after the other, in that order, and gives the results in the order of the list', () => {
    let advance = startSaga(plan('fail'), { key: 'k', input, atMs: 0 })
    const sent = [...sentBy(advance)]
    for (let step = sent.at(-1); step?.startsWith('things/'); step = sent.at(-1)) {
      const outcome = { ok: true, output: { id: step } } as const
      const reply = { kind: 'reply', step, undo: false, outcome, atMs: 0 } as const
      advance = advanceSaga(plan('fail'), advance.state, reply)
      sent.push(...sentBy(advance))
    }

    assert.deepEqual(sent, ['things/1', 'things/3', 'things/2', 'things/0', 'decide'])
    assert.deepEqual(advance.state.results['things'], [
      { id: 'things/0' },
      { id: 'things/1' },
      { id: 'things/2' },
      { id: 'things/3' },
    ])
  })

  it('sends none after one that was rejected, unless rejections are collected', () => {
    const no = { ok: false, rejected: 'No', data: null } as const
    const reply = { kind: 'reply', step: 'things/1', undo: false, outcome: no, atMs: 0 } as const
    const answered = (rejection: 'fail' | 'collect'): SagaAdvance => {
      const { state } = startSaga(plan(rejection), { key: 'k', input, atMs: 0 })
      return advanceSaga(plan(rejection), state, reply)
    }

    assert.equal(answered('fail').state.status, 'compensated')
    assert.deepEqual(sentBy(answered('collect')), ['things/3'])
  })

  it('ends well whatever is answered, in every order', () => {
    for (const rejection of ['fail', 'collect'] as const) {
      const { broken, ends } = exploreSaga(plan(rejection), { input, interventionsMax: 1 })

      assert.deepEqual(broken, [])
      assert.ok((ends.completed ?? 0) > 0 && (ends.compensated ?? 0) > 0)
    }
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { orderByCause, type Placed } from './order-by-cause.ts'
import type { SagaMoment } from './saga-operations.ts'

function placed(
  what: SagaMoment['what'],
  id: string,
  facts: { atMs: number; cause?: string },
): Placed {
  const moment = { what, atMs: facts.atMs, service: 's', isUndo: false, attempt: 0 }
  return { moment, id, cause: facts.cause ?? '', position: 1 }
}

function order(...all: readonly Placed[]): readonly string[] {
  return orderByCause(all).map(({ moment, id }) => `${moment.what} ${id}`)
}

describe('the order of moments', () => {
  it('puts an answer after its question, though the clock of who answers is behind', () => {
    const moments = [
      placed('done', 'a', { atMs: 10 }),
      placed('event', 'a', { atMs: 10 }),
      placed('sent', 'b', { atMs: 120, cause: 'a/reply' }),
      placed('sent', 'a', { atMs: 100 }),
    ]

    assert.deepEqual(order(...moments), ['sent a', 'event a', 'done a', 'sent b'])
  })

  it('is by time where nothing led to the other', () => {
    const moments = [placed('sent', 'b', { atMs: 2 }), placed('sent', 'a', { atMs: 1 })]

    assert.deepEqual(order(...moments), ['sent a', 'sent b'])
  })

  it('ends also when a damaged log makes something its own cause', () => {
    const circle = [
      placed('sent', 'a', { atMs: 1, cause: 'b/reply' }),
      placed('done', 'a', { atMs: 1 }),
      placed('sent', 'b', { atMs: 1, cause: 'a/reply' }),
      placed('done', 'b', { atMs: 1 }),
    ]

    assert.equal(order(...circle).length, 4)
  })
})

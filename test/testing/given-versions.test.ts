import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Left, Middle, Right } from '../sagas/small-saga.ts'
import { ForgetfulOrderV2, MovingOrderV2, OrderV1, OrderV2 } from '../sagas/two-versions.ts'
import { given } from '../../src/testing/given.ts'
import { accepted, type GivenSaga } from '../../src/testing/given/given-saga.ts'

const work = (
  step: string,
): { readonly id: string; readonly step: string; readonly no: boolean } => ({
  id: 'o1',
  step,
  no: false,
})
const goods = ['goods-a', 'goods-b']

function begun(): GivenSaga {
  return given(OrderV1, { id: 'o1', refused: [] }).thenCommands(
    goods.map((step) => Left.work(work(step))),
  )
}

describe('a mapping, specified by example', () => {
  it('moves an instance at the answer after which nothing is on its way', () => {
    begun()
      .upgrade(MovingOrderV2)
      .reply('goods/0', accepted({ id: 'o1', step: 'goods-a' }))
      .thenVersion(1)
      .reply('goods/1', accepted({ id: 'o1', step: 'goods-b' }))
      .thenVersion(2)
      .thenCommands([Middle.work(work('cover'))])
  })

  // #region mapping
  it('goes past what it skips, and knows the new input', () => {
    begun()
      .reply('goods/0', accepted({ id: 'o1', step: 'goods-a' }))
      .reply('goods/1', accepted({ id: 'o1', step: 'goods-b' }))
      .reply('seat', accepted({ id: 'o1', step: 'seat' }))
      .thenCommands([Right.work(work('seat')), Middle.work(work('pay'))])
      .upgrade(MovingOrderV2)
      .reply('pay', accepted({ id: 'o1', step: 'pay' }))
      .reply('ticket', accepted())
      .thenCommands([
        Right.finish({ id: 'o1', step: 'ticket' }),
        Left.finish({ id: 'o1', step: 'thanks-moved' }),
      ])
      .reply('thanks', accepted())
      .thenEnded('completed')
  })

  // #endregion mapping
  it('is refused where it does not fit', () => {
    const late = begun()
      .reply('goods/0', accepted({ id: 'o1', step: 'goods-a' }))
      .reply('goods/1', accepted({ id: 'o1', step: 'goods-b' }))
      .upgrade(ForgetfulOrderV2)

    assert.throws(() => late.reply('seat', accepted({ id: 'o1', step: 'seat' })), {
      code: 'SAGA_MAPPING_REFUSED',
    })
    late.thenVersion(1)
  })

  it('is not there when an instance ends by its own plan', () => {
    begun()
      .upgrade(OrderV2)
      .reply('goods/0', accepted({ id: 'o1', step: 'goods-a' }))
      .reply('goods/1', accepted({ id: 'o1', step: 'goods-b' }))
      .thenVersion(1)
      .thenCommands([Right.work(work('seat'))])
  })

  it('is of a plan that replaces the one that the instance began by', () => {
    assert.throws(() => begun().upgrade({ ...OrderV2, earlier: [] }), {
      code: 'SAGA_VERSION_UNKNOWN',
    })
  })
})

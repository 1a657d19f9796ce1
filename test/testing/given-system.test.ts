import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DureError } from '../../src/language/errors.ts'
import { given } from '../../src/testing/given.ts'
import {
  Bank,
  bank,
  Order,
  Payment,
  PaymentService,
  shop,
  Stock,
  StockService,
} from '../systems/shop.ts'
import { bind } from '../../src/language/port.ts'

const line = { item: 'tea', quantity: 2 }
const order = { orderId: 'o1', account: 'ann', cents: 100, lines: [line] }

describe('given a system', () => {
  it('compares the events of all services that a command led to', async () => {
    await given(shop(), [Stock.supply({ item: 'tea', quantity: 5 })])
      .when(Order.place(order))
      .then([
        Order.Placed(order),
        Stock.Reserved({ ...line, orderId: 'o1' }),
        Payment.Paid({ orderId: 'o1', account: 'ann', cents: 100 }),
        Order.Confirmed({ orderId: 'o1' }),
      ])
      .thenAnswer(Stock.item({ item: 'tea' }), { available: 5, reserved: 2 })
      .run()
  })

  it('follows a compensation to its end', async () => {
    await given(shop(), [Stock.supply({ item: 'tea', quantity: 5 })])
      .when(Order.place({ ...order, account: 'broke' }))
      .then([
        Order.Placed({ ...order, account: 'broke' }),
        Stock.Reserved({ ...line, orderId: 'o1' }),
        Stock.Released({ ...line, orderId: 'o1' }),
        Order.Failed({ orderId: 'o1', reason: 'Declined' }),
        Order.Reminded({ orderId: 'o1' }),
      ])
      .thenAnswer(Stock.item({ item: 'tea' }), { available: 5, reserved: 0 })
      .run()
  })

  it('lets time pass where it is told to', async () => {
    let calls = 0
    const moody: typeof bank = {
      async charge() {
        calls += 1
        if (calls < 3) throw new DureError('COMMAND_PREPARE_FAILED', 'The bank is closed.')
        return { accepted: true }
      },
    }

    await given(shop(moody), [Stock.supply({ item: 'tea', quantity: 5 })])
      .when(Order.place(order))
      .then([Order.Placed(order), Stock.Reserved({ ...line, orderId: 'o1' })])
      .thenAnswer(Order.status({ orderId: 'o1' }), { status: 'placed' })
      .passing(5_000)
      .thenAnswer(Order.status({ orderId: 'o1' }), { status: 'confirmed' })
      .run()
  })

  it('ends, though the outside never answers', async () => {
    const silent = { charge: (): Promise<never> => new Promise(() => undefined) }

    await given(shop(silent), [Stock.supply({ item: 'tea', quantity: 5 })])
      .when(Order.place(order))
      .thenAnswer(Order.status({ orderId: 'o1' }), { status: 'placed' })
      .run()
  })

  it('fails where something else happened', async () => {
    const wrong = given(shop())
      .when(Order.remind({ orderId: 'o1' }))
      .then([])
    await assert.rejects(wrong.run(), /Reminded/)
  })
})

describe('given a service', () => {
  it('begins with events of its own', async () => {
    const supplied = Stock.Supplied({ item: 'tea', quantity: 3 })

    await given(StockService, [[supplied, { key: 'tea' }]])
      .when(Stock.reserve({ ...line, orderId: 'o1' }))
      .then([Stock.Reserved({ ...line, orderId: 'o1' })])
      .thenOutput({ ...line, orderId: 'o1' })
      .when(Stock.reserve({ ...line, orderId: 'o2' }))
      .thenRejected('OutOfStock', { available: 1 })
      .run()
  })

  it('uses the adapters that it is given', async () => {
    const adapters = [bind(Bank, bank)]

    await given(PaymentService, [], { adapters })
      .when(Payment.pay({ orderId: 'o1', account: 'broke', cents: 1 }))
      .thenRejected('Declined')
      .run()
  })

  it('refuses events that nobody here can have recorded', async () => {
    const strange = (): unknown => given(StockService, [Order.Confirmed({ orderId: 'o1' })])
    assert.throws(strange, { code: 'LANGUAGE_DEFINITION_INVALID' })
  })
})

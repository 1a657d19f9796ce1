import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import shop from '../systems/shop/system.ts'
import { describeSystem, participantsOf, stepsOf } from '../../src/graph/index.ts'

describe('describeSystem', () => {
  it('survives JSON without a change', () => {
    const manifest = describeSystem(shop)

    assert.deepEqual(JSON.parse(JSON.stringify(manifest)), manifest)
  })

  it('tells of a service what is in its contract and what stands behind it', () => {
    const { services } = describeSystem(shop)

    const payment = services.find(({ name }) => name === 'payment')

    assert.deepEqual(payment, {
      name: 'payment',
      commands: [
        {
          type: 'payment.pay',
          decidedBy: 'payment',
          makes: ['payment.Paid'],
          hasOutput: true,
          rejects: ['Declined'],
          isPrepared: true,
          uses: ['card-provider'],
        },
      ],
      events: [{ type: 'payment.Paid', version: 1, evolves: ['payment'] }],
      queries: [{ type: 'payment.paid', isAnswered: true, rejects: [] }],
      aggregates: [{ name: 'payment', stored: 'events', version: 1 }],
      views: [],
      policies: [],
      ports: ['card-provider'],
    })
  })

  it('tells which events a view follows, also those of other services', () => {
    const { services } = describeSystem(shop)

    const views = services.find(({ name }) => name === 'order')?.views ?? []

    assert.deepEqual(
      views.map(({ name, consistency, follows }) => [name, consistency, follows]),
      [
        ['orders', 'async', ['order.Placed', 'order.Confirmed', 'order.Cancelled']],
        ['titles', 'async', ['catalog.Offered']],
      ],
    )
  })

  it('finds the commands that policies send', () => {
    const { services } = describeSystem(shop)

    const policies = services.flatMap((service) => service.policies)

    assert.deepEqual(policies, [
      {
        name: 'hide-what-is-sold-out',
        reactions: [{ on: 'stock.SoldOut', sends: ['catalog.hide'] }],
      },
    ])
  })

  it('gives the plan of a saga with its commands, undos, phases and limits', () => {
    const [{ code = {}, ...checkout } = {}] = describeSystem(shop).sagas

    const names = ['confirm', 'parcel', 'payment', 'quote', 'quote-is-fair', 'stock']
    assert.deepEqual(Object.keys(code).toSorted(), names)
    assert.deepEqual(
      [checkout],
      [
        {
          name: 'checkout',
          version: 1,
          style: 'orchestrated',
          by: 'order',
          deadlineMs: 30_000,
          startsOn: ['order.Placed'],
          nodes: [
            {
              node: 'parallel',
              name: 'prepare',
              branches: [
                {
                  name: 'goods',
                  nodes: [
                    {
                      node: 'each',
                      name: 'stock',
                      phase: 'before',
                      command: 'stock.reserve',
                      undo: 'stock.release',
                      max: 20,
                      rejection: 'fail',
                    },
                  ],
                },
                {
                  name: 'price',
                  nodes: [
                    {
                      node: 'step',
                      name: 'quote',
                      phase: 'before',
                      command: 'shipping.quote',
                      effect: 'none',
                    },
                  ],
                },
              ],
            },
            { node: 'ensure', name: 'quote-is-fair', phase: 'before' },
            {
              node: 'step',
              name: 'payment',
              phase: 'pivot',
              command: 'payment.pay',
              deadlineMs: 10_000,
            },
            { node: 'step', name: 'parcel', phase: 'after', command: 'shipping.send' },
            { node: 'step', name: 'confirm', phase: 'after', command: 'order.confirm' },
          ],
          notice: 'order.cancel',
        },
      ],
    )
  })

  it('lists the steps and the participants of a saga in the order of its plan', () => {
    const [checkout] = describeSystem(shop).sagas

    const steps = stepsOf(checkout?.nodes ?? []).map(({ name }) => name)

    assert.deepEqual(steps, ['stock', 'quote', 'payment', 'parcel', 'confirm'])
    assert.deepEqual(checkout && participantsOf(checkout), [
      'stock',
      'shipping',
      'payment',
      'order',
    ])
  })

  it('finds the operations behind routes, composed ones included', () => {
    const [gateway] = describeSystem(shop).gateways

    const calls = gateway?.routes.map(({ method, path, calls }) => [`${method} ${path}`, calls])

    assert.deepEqual(calls, [
      ['POST /products', ['catalog.offer']],
      ['PATCH /products/{productId}/price', ['catalog.changePrice']],
      ['POST /products/{productId}/stock', ['stock.receive']],
      ['POST /orders', ['order.place']],
      ['GET /orders/{orderId}', ['order.order', 'payment.paid']],
    ])
  })

  it('tells who needs a driven port and how often it is bound', () => {
    const { ports } = describeSystem(shop)

    assert.deepEqual(ports, [
      {
        name: 'card-provider',
        operations: ['charge'],
        neededBy: ['payment'],
        bindings: 1,
        isAmbiguous: false,
      },
    ])
  })
})

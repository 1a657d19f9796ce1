import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { aggregate } from '../../language/aggregate.ts'
import { contract } from '../../language/contract.ts'
import { given } from '../../testing/given.ts'

const Offer = z.object({ id: z.string(), cents: z.int() })
const Sale = z.object({ id: z.string(), version: z.int().optional() })
const Offers = contract('offers', {
  commands: {
    look: { input: z.object({ id: z.string() }), output: z.object({ version: z.int() }) },
    sell: { input: Sale, rejects: { Changed: z.object({ seen: z.int(), now: z.int() }) } },
  },
  events: { Priced: Offer, Sold: Sale },
})
let decisions = 0
const OfferState = aggregate(Offers, 'offer', {
  key: ({ id }) => id,
  initial: () => ({}),
  decide: {
    look: (_offer, _command, { reply, version }) => reply({ version }),
    sell: (_offer, sale) => {
      decisions += 1
      return Offers.Sold(sale)
    },
  },
  evolve: {},
  reread: { sell: ({ version }) => version },
})

const priced = [Offers.Priced({ id: 'tea', cents: 1 }), Offers.Priced({ id: 'tea', cents: 2 })]
const sale = (version: number): ReturnType<typeof Offers.sell> =>
  Offers.sell({ id: 'tea', version })

describe('a command that rests on a version', () => {
  it('is decided when its instance has that version, which a decision can answer', () => {
    given(OfferState, priced)
      .when(Offers.look({ id: 'tea' }))
      .thenOutput({ version: 2 })
      .when(sale(2))
      .then([Offers.Sold({ id: 'tea', version: 2 })])
      .when(Offers.look({ id: 'tea' }))
      .thenOutput({ version: 3 })
  })

  it('is answered "Changed" when it has another one, and is not decided', () => {
    decisions = 0

    given(OfferState, priced).when(sale(1)).thenRejected('Changed', { seen: 1, now: 2 })
    given(OfferState, []).when(sale(1)).thenRejected('Changed', { seen: 1, now: 0 })

    assert.equal(decisions, 0)
  })

  it('is decided when it rests on none', () => {
    given(OfferState, priced)
      .when(Offers.sell({ id: 'tea' }))
      .then([Offers.Sold({ id: 'tea' })])
  })
})

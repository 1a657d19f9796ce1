// Mappings that must compile, and mappings that must not. The compiler is the test runner.
import { z } from 'zod'
import { contract, saga } from '../index.ts'

const Id = z.object({ id: z.string() })
const Priced = z.object({ cents: z.int() })
const Quote = z.object({ cents: z.int(), currency: z.string() })
const Shop = contract('shop', {
  commands: {
    price: { input: Id, output: Priced },
    quote: { input: Id, output: Quote },
    cover: { input: Id, output: z.object({ policy: z.string() }) },
    send: { input: Id },
  },
})

const First = saga('order', { input: Id, key: ({ id }) => id })
  .step('price', { run: ({ input }) => Shop.price(input), effect: 'none' })
  .step('send', { run: ({ input }) => Shop.send(input), effect: 'none' })

const Second = saga('order', {
  version: 2,
  input: z.object({ id: z.string(), tone: z.string() }),
  key: ({ id }) => id,
})
  .step('price', { run: ({ input: { id } }) => Shop.quote({ id }), effect: 'none' })
  .step('cover', { run: ({ input: { id } }) => Shop.cover({ id }), effect: 'none' })
  .step('send', { run: ({ input: { id } }) => Shop.send({ id }), effect: 'none' })

// Instances end by their own plan.
export const Beside = Second.replaces(First)

// The mapping sees what the old plan knows, typed; it gives the input, changed answers, and what is skipped.
export const Moving = Second.replaces(First, {
  map: ({ input, results: { price }, done }) => ({
    input: { ...input, tone: 'kind' },
    results: {
      price: price && { ...price, currency: 'EUR' },
      ...(done.includes('send') && { cover: { policy: 'none' } }),
    },
    ...(done.includes('send') && { skip: ['cover'] }),
  }),
})

// Nothing but the input has to be said where no answer has changed.
export const Same = saga('order', { version: 3, input: Id, key: ({ id }) => id })
  .step('price', { run: ({ input }) => Shop.price(input), effect: 'none' })
  .replaces(First, { map: ({ input }) => ({ input }) })

// A version that replaces several is still one.
Beside.replaces(First)

Second.replaces(First, {
  // @ts-expect-error the input has no tone
  map: ({ input, results: { price } }) => ({
    input,
    results: { price: price && { ...price, currency: 'EUR' } },
  }),
})

Second.replaces(First, {
  // @ts-expect-error price answers a quote now
  map: ({ input }) => ({ input: { ...input, tone: '' } }),
})

Second.replaces(First, {
  // @ts-expect-error this is no quote
  map: ({ input, results: { price } }) => ({ input: { ...input, tone: '' }, results: { price } }),
})

Second.replaces(First, {
  // @ts-expect-error the old plan has this step, too
  map: ({ input }) => ({
    input: { ...input, tone: '' },
    results: { price: undefined },
    skip: ['send'],
  }),
})

Second.replaces(First, {
  // @ts-expect-error there is no such word
  map: ({ input }) => ({
    input: { ...input, tone: '' },
    results: { price: undefined },
    skips: ['cover'],
  }),
})

Second.replaces(First, {
  map({ input, results }) {
    // @ts-expect-error the old plan has no such step
    const cover: unknown = results.cover
    return { input: { ...input, tone: String(cover) }, results: { price: undefined } }
  },
})

// @ts-expect-error what a plan replaces is said last
Beside.step('late', { run: () => Shop.send({ id: '' }), effect: 'none' })

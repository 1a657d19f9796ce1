// Specifications that must compile, and specifications that must not. The compiler is the test runner.
import { z } from 'zod'
import { aggregate, contract, policy, saga, view } from '../language/index.ts'
import { accepted, given } from './index.ts'

const Line = z.object({ item: z.string() })
const Stock = contract('stock', {
  commands: {
    reserve: {
      input: Line,
      output: z.object({ left: z.int() }),
      rejects: { OutOfStock: z.object({}) },
    },
    release: { input: Line },
  },
  events: { Reserved: Line },
})
const Item = aggregate(Stock, 'item', {
  key: ({ item }) => item,
  initial: () => ({ free: 0 }),
  decide: { release: () => [] },
  evolve: { Reserved: (state) => state },
})
const Levels = view('levels', {
  document: z.object({ free: z.int() }),
  indexes: { free: ({ free }) => free },
}).on(Stock.Reserved, { key: ({ item }) => item, evolve: (level) => level })
const Fill = saga('fill', { input: z.object({ id: z.string() }), key: ({ id }) => id }).pivot(
  'go',
  {
    run: ({ input }) => Stock.release({ item: input.id }),
  },
)

const line = { item: 'tea' }
const reserved = given(Item, [Stock.Reserved(line)]).when(Stock.reserve(line))
const released = given(Item).when(Stock.release(line))

reserved
  .then([Stock.Reserved(line)])
  .thenOutput({ left: 1 })
  .thenState({ free: 1 })
reserved.thenRejected('OutOfStock', {})
// @ts-expect-error -- the command answers an object with `left`
reserved.thenOutput({ right: 1 })
// @ts-expect-error -- the state has no such field
reserved.thenState({ taken: 1 })
// @ts-expect-error -- the command declares no such rejection
reserved.thenRejected('Gone')
// @ts-expect-error -- the command declares no rejection at all
released.thenRejected('OutOfStock')
// @ts-expect-error -- a command is no event
given(Item, [Stock.release(line)])

given(Levels, [Stock.Reserved({ item: 'tea' })])
  .thenDocument('tea', { free: 1 })
  .thenFound('free', 1, ['tea'])
// @ts-expect-error -- the documents have no such field
given(Levels, []).thenDocument('tea', { taken: 1 })
// @ts-expect-error -- there is no such index
given(Levels, []).thenFound('taken', 1, [])

given(policy('none'))
  .when(Stock.Reserved({ item: 'tea' }))
  .thenCommands([])
// @ts-expect-error -- a policy has no past
given(policy('none'), [Stock.Reserved(line)])

given(Fill, { id: 'a' }).reply('go', accepted()).thenEnded('completed')
// @ts-expect-error -- the input of the saga is an object with `id`
given(Fill, { name: 'a' })
// @ts-expect-error -- a saga that still runs has not ended
given(Fill, { id: 'a' }).thenEnded('running')

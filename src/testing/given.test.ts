import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { aggregate } from '../language/aggregate.ts'
import { contract } from '../language/contract.ts'
import { policy } from '../language/policy.ts'
import { port } from '../language/port.ts'
import { saga } from '../language/saga/saga.ts'
import { view } from '../language/view.ts'
import { accepted, given, rejected } from './index.ts'

const Line = z.object({ item: z.string(), quantity: z.int().positive() })
const Stock = contract('stock', {
  commands: {
    supply: { input: Line },
    reserve: {
      input: Line,
      output: z.object({ left: z.int() }),
      rejects: { OutOfStock: z.object({ available: z.int() }) },
    },
    release: { input: Line },
    price: { input: z.object({ item: z.string() }), output: z.object({ cents: z.int() }) },
  },
  events: { Supplied: Line, Reserved: Line, Released: Line },
})
const Prices = port('prices', {
  ask: { input: z.object({ item: z.string() }), output: z.object({ cents: z.int() }) },
})

const Item = aggregate(Stock, 'item', {
  key: ({ item }) => item,
  initial: () => ({ free: 0, suppliedBy: '' }),
  prepare: { price: ({ item }, { use }) => use(Prices).ask({ item }) },
  decide: {
    supply: (_item, command) => Stock.Supplied(command),
    reserve: (item, command, { reject, reply }) =>
      item.free < command.quantity
        ? reject.OutOfStock({ available: item.free })
        : reply({ left: item.free - command.quantity }, Stock.Reserved(command)),
    release: (_item, command) => Stock.Released(command),
    price: (_item, _command, { prepared, reply }) => reply({ cents: prepared.cents }),
  },
  evolve: {
    Supplied: (item, { quantity }, { actor = '' }) => ({
      free: item.free + quantity,
      suppliedBy: actor,
    }),
    Reserved: (item, { quantity }) => ({ ...item, free: item.free - quantity }),
    Released: (item, { quantity }) => ({ ...item, free: item.free + quantity }),
  },
})

const tea = (quantity: number): z.infer<typeof Line> => ({ item: 'tea', quantity })

describe('given an aggregate', () => {
  it('compares the events, the output and the state after them', () => {
    given(Item, [Stock.Supplied(tea(5))])
      .when(Stock.reserve(tea(2)))
      .then([Stock.Reserved(tea(2))])
      .thenOutput({ left: 3 })
      .thenState({ free: 3, suppliedBy: '' })
  })

  it('compares a rejection by its name, and by its data when that is given', () => {
    given(Item)
      .when(Stock.reserve(tea(2)))
      .thenRejected('OutOfStock')
      .thenState({ free: 0, suppliedBy: '' })
    given(Item)
      .when(Stock.reserve(tea(2)))
      .thenRejected('OutOfStock', { available: 0 })
  })

  it('goes on with another command after the events of the one before', () => {
    given(Item, [Stock.Supplied(tea(3))])
      .when(Stock.reserve(tea(2)))
      .then([Stock.Reserved(tea(2))])
      .when(Stock.reserve(tea(2)))
      .thenRejected('OutOfStock', { available: 1 })
      .when(Stock.release(tea(2)))
      .then([Stock.Released(tea(2))])
      .thenState({ free: 3, suppliedBy: '' })
  })

  it('hands in what a prepare step gave, and who asks', () => {
    given(Item)
      .when(Stock.price({ item: 'tea' }), { prepared: { cents: 250 } })
      .then([])
      .thenOutput({ cents: 250 })
    given(Item)
      .when(Stock.supply(tea(1)), { actor: 'ann' })
      .thenState({ free: 1, suppliedBy: 'ann' })
    given(Item, [[Stock.Supplied(tea(1)), { actor: 'ann' }]])
      .when(Stock.release(tea(1)))
      .thenState({ free: 2, suppliedBy: 'ann' })
  })

  it('fails when it is not as expected', () => {
    const supplied = given(Item, [Stock.Supplied(tea(5))])
    const reserved = supplied.when(Stock.reserve(tea(2)))
    const refused = supplied.when(Stock.reserve(tea(9)))
    const failing = { name: 'AssertionError' }

    assert.throws(() => reserved.then([]), failing)
    assert.throws(() => reserved.then([Stock.Reserved(tea(1))]), failing)
    assert.throws(() => reserved.then([Stock.Reserved(tea(2)), Stock.Reserved(tea(2))]), failing)
    assert.throws(() => reserved.thenOutput({ left: 4 }), failing)
    assert.throws(() => reserved.thenState({ free: 5, suppliedBy: '' }), failing)
    assert.throws(() => reserved.thenRejected('OutOfStock'), failing)
    assert.throws(() => refused.then([]), failing)
    assert.throws(() => refused.thenOutput({ left: 4 }), failing)
    assert.throws(() => refused.thenRejected('Other' as 'OutOfStock'), failing)
    assert.throws(() => refused.thenRejected('OutOfStock', { available: 4 }), failing)
  })

  it('refuses what the runtime would refuse, and a specification that cannot be true', async () => {
    const bare = { kind: 'event', service: 'stock', type: 'stock.None', data: {} } as const

    assert.throws(() => given(Item).when(Stock.supply(tea(0))), { code: 'COMMAND_INPUT_INVALID' })
    assert.throws(() => given(Item).when({ ...Stock.supply(tea(1)), type: 'stock.none' }), {
      code: 'LANGUAGE_DEFINITION_INVALID',
    })
    assert.throws(() => given(Item, [bare]), { code: 'LANGUAGE_DEFINITION_INVALID' })
    const awaited: unknown = given(Item).when(Stock.supply(tea(1)))
    await assert.rejects(Promise.resolve(awaited), { code: 'LANGUAGE_DEFINITION_INVALID' })
  })

  it('fails when a state is changed in place, or does not survive JSON', () => {
    const spoiled = (initial: () => unknown, change: (state: never) => unknown): void => {
      const definition = aggregate(Stock, 'spoiled', {
        key: () => 's',
        initial,
        decide: { supply: (_state, command) => Stock.Supplied(command) },
        evolve: { Supplied: (state) => change(state as never) },
      })
      given(definition).when(Stock.supply(tea(1)))
    }
    const push = (state: { list: number[] }): unknown => {
      state.list.push(1)
      return state
    }

    spoiled(
      () => ({ at: null, maybe: undefined, list: [1, 'a', { deep: true }] }),
      (state) => state,
    )
    assert.throws(() => spoiled(() => ({ list: [] }), push), { code: 'COMMAND_DECISION_FAILED' })
    for (const bad of [new Map(), new Date(0), Number.NaN, 1n, () => 1]) {
      const initial = (): unknown => ({ bad })
      assert.throws(() => spoiled(initial, (state) => state), {
        code: 'LANGUAGE_DEFINITION_INVALID',
      })
    }
  })
})

const Levels = view('levels', {
  document: z.object({ free: z.int().nonnegative(), byWhom: z.string().optional() }),
  indexes: { free: ({ free }) => free },
})
  .on(Stock.Supplied, {
    key: ({ item }) => item,
    evolve: (level, { quantity }, { actor }) => ({
      free: (level?.free ?? 0) + quantity,
      byWhom: actor,
    }),
  })
  .on(Stock.Reserved, {
    key: (_event, { key }) => key,
    evolve: (level, { quantity }) =>
      level && level.free > quantity ? { ...level, free: level.free - quantity } : undefined,
  })

describe('given a view', () => {
  it('compares documents, keys, and what an index finds', () => {
    given(Levels, [Stock.Supplied(tea(5)), Stock.Supplied({ item: 'jam', quantity: 5 })])
      .thenDocument('tea', { free: 5 })
      .thenDocument('milk', undefined)
      .thenKeys(['jam', 'tea'])
      .thenFound('free', 5, ['tea', 'jam'])
      .thenFound('free', 4, [])
  })

  it('knows of an event what is told with it', () => {
    given(Levels, [
      [Stock.Supplied(tea(5)), { actor: 'ann' }],
      [Stock.Reserved(tea(2)), { key: 'tea' }],
    ]).thenDocument('tea', { free: 3, byWhom: 'ann' })
    given(Levels, [Stock.Supplied(tea(5)), [Stock.Reserved(tea(5)), { key: 'tea' }]]).thenKeys([])
  })

  it('fails when it is not as expected, or when a document does not fit its schema', () => {
    const supplied = given(Levels, [Stock.Supplied(tea(5))])
    const failing = { name: 'AssertionError' }

    assert.throws(() => supplied.thenDocument('tea', { free: 4 }), failing)
    assert.throws(() => supplied.thenDocument('tea', undefined), failing)
    assert.throws(() => supplied.thenKeys([]), failing)
    assert.throws(() => supplied.thenFound('free', 5, []), failing)
    assert.throws(() => supplied.thenFound('none' as 'free', 5, []), {
      code: 'LANGUAGE_DEFINITION_INVALID',
    })
    assert.throws(() => given(Levels, [Stock.Supplied(tea(-1))]), {
      code: 'LANGUAGE_DEFINITION_INVALID',
    })
  })
})

const Reorder = policy('reorder')
  .on(Stock.Reserved, ({ item, quantity }, { actor }) =>
    actor === 'robot' ? undefined : [Stock.supply({ item, quantity: quantity * 2 })],
  )
  .on(Stock.Released, (line) => Stock.price({ item: line.item }))

describe('given a policy', () => {
  it('compares the commands that an event leads to', () => {
    given(Reorder)
      .when(Stock.Reserved(tea(2)))
      .thenCommands([Stock.supply(tea(4))])
    given(Reorder)
      .when(Stock.Released(tea(2)))
      .thenCommands([Stock.price({ item: 'tea' })])
    given(Reorder)
      .when([Stock.Reserved(tea(2)), { actor: 'robot' }])
      .thenCommands([])
  })

  it('fails when it is not as expected, or when the policy does not follow the event', () => {
    const reserved = given(Reorder).when(Stock.Reserved(tea(2)))

    assert.throws(() => reserved.thenCommands([]), { name: 'AssertionError' })
    assert.throws(() => reserved.thenCommands([Stock.supply(tea(2))]), { name: 'AssertionError' })
    assert.throws(() => given(Reorder).when(Stock.Supplied(tea(1))), {
      code: 'LANGUAGE_DEFINITION_INVALID',
    })
  })
})

const Fill = saga('fill', {
  input: z.object({ id: z.string(), lines: z.array(Line).min(1) }),
  key: ({ id }) => id,
  deadlineMs: 1_000,
})
  .each('stock', {
    of: ({ input }) => input.lines,
    run: ({ item }) => Stock.reserve(item),
    undo: ({ item }) => Stock.release(item),
  })
  .pivot('price', { run: ({ input }) => Stock.price({ item: input.lines[0]?.item ?? '' }) })
  .otherwise(({ input }) => Stock.supply({ item: input.id, quantity: 1 }))

describe('given a saga', () => {
  const lines = [tea(1), { item: 'jam', quantity: 2 }]
  const input = { id: 'f1', lines }

  it('compares the commands that it sends, step after step, to its end', () => {
    given(Fill, input)
      .thenCommands(lines.map((line) => Stock.reserve(line)))
      .reply('stock/1', accepted({ left: 1 }))
      .thenCommands([])
      .reply('stock/0', accepted({ left: 2 }))
      .thenCommands([Stock.price({ item: 'tea' })])
      .reply('price', accepted({ cents: 100 }))
      .thenEnded('completed')
  })

  it('compares what it undoes after a rejection, and the notice', () => {
    given(Fill, input)
      .reply('stock/0', accepted({ left: 2 }))
      .thenCommands(lines.map((line) => Stock.reserve(line)))
      .reply('stock/1', rejected('OutOfStock', { available: 0 }))
      .thenStatus('compensating')
      .thenCommands([Stock.release(tea(1))])
      .undone('stock/0')
      .thenCommands([Stock.supply({ item: 'f1', quantity: 1 })])
      .reply('otherwise', accepted())
      .thenEnded('compensated')
  })

  it('lets deadlines pass, and late answers come', () => {
    given(Fill, input)
      .reply('stock/0', accepted({ left: 2 }))
      .deadline()
      .thenStatus('compensating')
      .reply('stock/1', accepted({ left: 0 }))
      .undone('stock/0')
      .undone('stock/1')
      .reply('otherwise', accepted())
      .thenEnded('compensated')
      .reply('stock/1', accepted({ left: 0 }))
      .thenEnded('compensated')
  })

  it('fails when it is not as expected, or when a command is answered that was never sent', () => {
    const failing = { name: 'AssertionError' }

    assert.throws(() => given(Fill, input).thenCommands([]), failing)
    assert.throws(() => given(Fill, input).thenEnded('completed'), failing)
    assert.throws(() => given(Fill, input).thenStatus('compensating'), failing)
    assert.throws(() => given(Fill, input).reply('price', accepted()), {
      code: 'LANGUAGE_DEFINITION_INVALID',
    })
    assert.throws(() => given(Fill, input).undone('stock/0'), {
      code: 'LANGUAGE_DEFINITION_INVALID',
    })
    assert.throws(() => given(Fill, { ...input, lines: [] }), {
      code: 'LANGUAGE_DEFINITION_INVALID',
    })
  })
})

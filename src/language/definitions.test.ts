import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { aggregate } from './aggregate.ts'
import { contract } from './contract.ts'
import { gateway, route } from './gateway.ts'
import { policy } from './policy.ts'
import { bind, port } from './port.ts'
import { saga } from './saga/saga.ts'
import { service } from './service.ts'
import { choreographed, orchestrated, system } from './system.ts'
import { view } from './view.ts'

const Item = z.object({ id: z.string() })
const Stock = contract('stock', {
  commands: { reserve: { input: Item } },
  events: { Reserved: Item },
  queries: { item: { input: Item, output: Item } },
})
const Other = contract('other', { events: { Happened: Item } })

const shelf = aggregate(Stock, 'shelf', {
  key: ({ id }) => id,
  initial: () => ({}),
  decide: { reserve: (_shelf, command) => Stock.Reserved(command) },
  evolve: {},
})
const queries = { item: async (input: { id: string }): Promise<{ id: string }> => input }
const stock = service(Stock, { aggregates: [shelf], queries })
const document = z.object({})
const handler = { key: (): string => 'k', evolve: (): undefined => undefined }
const refused = { name: 'DureError', code: 'LANGUAGE_DEFINITION_INVALID' }

describe('a definition', () => {
  it('makes messages that say what they are, where they belong, and cannot be changed', () => {
    const command = Stock.reserve({ id: 'a' })

    assert.deepEqual(command, {
      kind: 'command',
      service: 'stock',
      type: 'stock.reserve',
      data: { id: 'a' },
    })
    assert.deepEqual(
      [Stock.Reserved({ id: 'a' }).kind, Stock.item({ id: 'a' }).kind],
      ['event', 'query'],
    )
    assert.ok(Object.isFrozen(command))
    assert.deepEqual([Stock.Reserved.type, Stock.Reserved.version], ['stock.Reserved', 1])
  })

  it('is frozen, with all that is in it', () => {
    const whole = system('shop', { services: [stock] })

    assert.ok([Stock, shelf, stock, whole, whole.services, shelf.decide].every(Object.isFrozen))
    assert.throws(() => Object.assign(whole.services, { 1: stock }), TypeError)
  })

  it('has a name that can be part of paths, files and topics', () => {
    const names = ['', 'Stock', '1st', 'a b', 'a_b', 'a/b', 'a.b', '-a', 'é', 'x'.repeat(64)]
    const defining: readonly ((name: string) => unknown)[] = [
      (name) => contract(name, {}),
      (name) =>
        aggregate(Stock, name, { key: () => '', initial: () => ({}), decide: {}, evolve: {} }),
      (name) => view(name, { document }),
      (name) => policy(name),
      (name) => port(name, {}),
      (name) => saga(name, { input: Item, key: () => '' }),
      (name) => system(name, { services: [] }),
    ]

    for (const define of defining) {
      for (const name of names) assert.throws(() => define(name), refused, name)
      define('a')
      define(`a-1${'x'.repeat(60)}`)
    }
  })

  it('refuses members of a contract that are no words, or that are there twice', () => {
    for (const member of ['', 'a b', 'a-b', '1a', '$name', '__proto__1', 'a.b']) {
      assert.throws(() => contract('stock', { commands: { [member]: { input: Item } } }), refused)
    }
    const twice = { commands: { same: { input: Item } }, events: { same: Item } }
    assert.throws(() => contract('stock', twice), refused)
  })

  it('refuses an event that cannot be read at each of its earlier versions', () => {
    const upcast = { 1: (old: unknown) => old }
    const event = (version: number) => ({ events: { Done: { schema: Item, version, upcast } } })

    assert.equal(contract('a', event(2)).Done.version, 2)
    assert.throws(() => contract('a', event(3)), refused)
  })

  it('refuses handlers of an aggregate that its contract does not have', () => {
    const spec = { key: (): string => 'k', initial: () => ({}), decide: {}, evolve: {} }
    const nothing = { nothing: () => [] }

    for (const part of ['decide', 'evolve', 'prepare']) {
      assert.throws(() => aggregate(Stock, 'shelf', { ...spec, [part]: nothing }), refused, part)
    }
  })

  it('refuses to handle an event twice', () => {
    const once = view('a', { document }).on(Stock.Reserved, handler)
    const ordering = policy('a').on(Stock.Reserved, () => undefined)

    assert.throws(() => once.on(Stock.Reserved, handler), refused)
    assert.throws(() => ordering.on(Stock.Reserved, () => undefined), refused)
  })

  it('grows by a new value: what it was made of stays as it was', () => {
    const empty = view('a', { document })
    const start = saga('a', { input: Item, key: () => 'k' })

    empty.on(Stock.Reserved, handler)
    start.step('one', { run: ({ input }) => Stock.reserve(input), effect: 'none' })

    assert.deepEqual([empty.events.length, start.nodes.length], [0, 0])
  })

  it('refuses a service with two parts of one name, and parts of another contract', () => {
    const one = view('same', { document }).on(Stock.Reserved, handler)
    const foreign = { key: (): string => 'k', initial: () => ({}), decide: {}, evolve: {} }
    const parts = [
      { aggregates: [shelf, shelf] },
      { views: [one, one] },
      { policies: [policy('a'), policy('a')] },
      { aggregates: [shelf, { ...shelf, name: 'other' }] },
      { aggregates: [aggregate(Other, 'strange', foreign)] },
    ]

    for (const each of parts) assert.throws(() => service(Stock, { ...each, queries }), refused)
  })

  it('refuses an inline view of what happens elsewhere', () => {
    const inline = view('a', { document, consistency: 'inline' })

    service(Stock, { views: [inline.on(Stock.Reserved, handler)], queries })
    assert.throws(
      () => service(Stock, { views: [inline.on(Other.Happened, handler)], queries }),
      refused,
    )
  })

  it('refuses a saga with steps that cannot be told apart, or that are called like what they see', () => {
    const step = { run: () => Stock.reserve({ id: 'a' }), effect: 'none' } as const
    const start = saga('a', { input: Item, key: () => 'k' }).step('one', step)

    assert.throws(() => start.step('one' as 'two', step), refused)
    for (const name of [
      '',
      'a b',
      '1',
      'a/0',
      'undo:a',
      'input',
      'otherwise',
      'constructor',
      'toString',
    ]) {
      assert.throws(() => start.step(name as 'two', step), refused, name)
    }
    const twice = { ...refused, message: /two steps named "(one|two)"/ }
    const both = (branch: typeof start) => ({
      left: branch.step('two', step),
      right: branch.step('two', step),
    })
    assert.throws(() => start.parallel('both', both), twice)
    assert.throws(() => start.choice('which', { of: () => 'left', ways: both }), twice)
    const inOne = (branch: typeof start) => ({ left: branch.step('one' as 'three', step) })
    assert.throws(() => start.parallel('both', inOne), twice)
    const inner = saga('inner', { input: Item, key: () => 'k' }).step('pay', step)
    const nestedBeside = (branch: typeof start) => ({
      left: branch.step('two', step),
      right: branch.saga('two', inner, () => ({ id: '' })),
    })
    assert.throws(() => start.parallel('both', nestedBeside), twice)
    const nestedTwice = (branch: typeof start) => ({
      left: branch.saga('two', inner, () => ({ id: '' })),
      right: branch.saga('two', start, () => ({ id: '' })),
    })
    assert.throws(() => start.choice('which', { of: () => 'left', ways: nestedTwice }), twice)
    const branching = inner.parallel('ways', (branch) => ({ left: branch.step('three', step) }))
    assert.doesNotThrow(() => start.saga('two', branching, () => ({ id: '' })))
    assert.throws(() => start.saga('one' as 'two', start, () => ({ id: '' })), twice)
    const nested = start.saga('two', start, () => ({ id: '' }))
    assert.throws(() => nested.step('two' as 'three', step), twice)
  })

  it('refuses a nested saga that has what only an instance of its own can have', () => {
    const start = saga('a', { input: Item, key: () => 'k' })
    const timed = saga('timed', { input: Item, key: () => 'k', deadlineMs: 1_000 })
    const telling = start.otherwise(() => Stock.reserve({ id: 'a' }))

    assert.throws(() => start.saga('one', timed, () => ({ id: '' })), {
      ...refused,
      message: /"timed" is nested in "a", and has a deadline/,
    })
    assert.throws(() => start.saga('one', telling, () => ({ id: '' })), {
      ...refused,
      message: /has an `otherwise`/,
    })
  })

  it('refuses retries that make no sense', () => {
    const step = { run: () => Stock.reserve({ id: 'a' }), effect: 'none' } as const
    const start = saga('a', { input: Item, key: () => 'k' })
    for (const wrong of [
      { times: 0, afterMs: 1 },
      { times: 1.5, afterMs: 1 },
      { times: 1, afterMs: -1 },
      { times: 1, afterMs: 1, factor: 0.5 },
      { times: 1, afterMs: Number.POSITIVE_INFINITY },
      { times: 1, afterMs: 0, factor: Number.POSITIVE_INFINITY },
      { times: 1, afterMs: Number.NaN },
      { times: 1, afterMs: 1, on: [] },
    ]) {
      const loose = { ...step, retry: wrong } as unknown as typeof step
      assert.throws(() => start.step('one', loose), { ...refused, message: /cannot be retried/ })
    }
  })

  it('refuses deadlines, longest lists and versions that are no whole numbers of 1 or more', () => {
    const options = { input: Item, key: () => 'k' }
    const step = { run: () => Stock.reserve({ id: 'a' }), effect: 'none' } as const
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, 0, -1, 1.5]) {
      const timed = { ...refused, message: /cannot have deadlineMs/ }
      assert.throws(() => saga('a', { ...options, deadlineMs: wrong }), timed)
      const numbered = { ...refused, message: /cannot have version/ }
      assert.throws(() => saga('a', { ...options, version: wrong }), numbered)
      const start = saga('a', options)
      assert.throws(() => start.step('one', { ...step, deadlineMs: wrong }), timed)
      const each = { ...step, of: () => [], max: wrong }
      assert.throws(() => start.each('one', each), { ...refused, message: /cannot have max/ })
    }
  })

  it('refuses a system with two services, sagas or gateways of one name, or a saga that nobody keeps', () => {
    const evening = saga('evening', { input: Item, key: () => 'k' })
    const kept = orchestrated(evening, { by: Stock })
    const door = gateway('door', { routes: [] })
    const specs = [
      { services: [stock, stock] },
      { services: [stock], sagas: [kept, kept] },
      { services: [stock], gateways: [door, door] },
      { services: [stock], sagas: [orchestrated(evening, { by: Other })] },
    ]

    for (const spec of specs) assert.throws(() => system('shop', spec), refused)
  })

  it('refuses a choreographed saga that nobody starts, or several services', () => {
    const evening = saga('evening', { input: Item, key: () => 'k' })
    const both = evening
      .startsOn(Stock.Reserved, (item) => item)
      .startsOn(Other.Happened, (item) => item)

    assert.equal(choreographed(evening.startsOn(Stock.Reserved, (item) => item)).by, 'stock')
    assert.throws(() => choreographed(evening), refused)
    assert.throws(() => choreographed(both), refused)
  })

  it('binds an adapter to a port', () => {
    const Bank = port('bank', { ask: { input: Item, output: Item } })
    const ask = async (input: { id: string }): Promise<{ id: string }> => input

    const bound = bind(Bank, { ask })

    assert.deepEqual([bound.kind, bound.port, bound.adapter['ask']], ['binding', Bank, ask])
  })

  it('gives an operation a route', () => {
    for (const target of ['/items', 'POST items', 'FETCH /items', ''])
      assert.throws(() => route(target as 'POST /items', Stock.reserve), refused, target)
    const made = route('POST /items/{id}', Stock.reserve)

    assert.deepEqual(
      [made.kind, made.method, made.path, made.operation],
      ['route', 'POST', '/items/{id}', Stock.reserve],
    )
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aggregate, contract, orchestrated, saga, type Saga, service, system } from 'dure'
import * as z from 'zod'
import { checkSystem, describeSystem, type Finding, noteSystem } from '../../src/graph/index.ts'

const Place = z.object({ id: z.string() })
const Locked = z.object({ lock: z.string(), heldBy: z.string() })

function store(name: string) {
  return contract(name, {
    commands: {
      take: { input: Place, rejects: { Locked } },
      look: { input: Place, rejects: { Locked } },
      free: { input: Place },
      pay: { input: Place },
    },
    events: { Done: Place },
  })
}

const Red = store('red')
const Blue = store('blue')
type Store = typeof Red

function storeService(own: Store, whenHeld: 'wait' | 'reject') {
  const parts = { takes: ['take'], frees: ['free'], guards: ['look'] } as const
  const hold =
    whenHeld === 'reject'
      ? ({ ...parts, whenHeld } as const)
      : ({ ...parts, whenHeld, deadlineMs: 1_000 } as const)
  const done = (_state: object, command: { id: string }) => own.Done(command)
  return service(own, {
    aggregates: [
      aggregate(own, 'thing', {
        key: ({ id }) => id,
        initial: () => ({}),
        decide: { take: done, look: done, free: done, pay: done },
        evolve: { Done: (state) => state },
        locks: { hold },
      }),
    ],
  })
}

const Request = z.object({
  id: z.string(),
  from: z.string(),
  to: z.string(),
  ids: z.array(z.string()),
})

function begin(name: string) {
  return saga(name, { input: Request, key: ({ id }) => id, deadlineMs: 1_000 }).startsOn(
    Red.Done,
    ({ id }) => ({ id, from: id, to: id, ids: [id] }),
  )
}

const held = (own: Store) => ({
  run: ({ input }: { input: { id: string } }) => own.take({ id: input.id }),
  undo: ({ input }: { input: { id: string } }) => own.free({ id: input.id }),
})
const free = (own: Store) => ({
  run: ({ input }: { input: { id: string } }) => own.free({ id: input.id }),
})
const pay = { run: ({ input }: { input: { id: string } }) => Red.pay({ id: input.id }) }

function findLocks(
  sagas: readonly Saga[],
  whenHeld: 'wait' | 'reject' = 'wait',
): readonly Finding[] {
  const whole = system('stores', {
    services: [storeService(Red, whenHeld), storeService(Blue, whenHeld)],
    sagas: sagas.map((each) => orchestrated(each, { by: Red })),
  })
  return checkSystem(whole).filter(({ code }) => code.startsWith('LOCK_') && code !== 'LOCK_UNUSED')
}

const inOrder = (name: string, first: Store, second: Store): Saga =>
  begin(name)
    .step('one', held(first))
    .step('two', held(second))
    .pivot('pay', pay)
    .step('free-one', free(first))
    .step('free-two', free(second))

describe('checkSystem, of locks', () => {
  it('finds nothing in sagas that take locks in one order, and free them', () => {
    assert.deepEqual(findLocks([inOrder('a', Red, Blue), inOrder('b', Red, Blue)]), [])
  })

  it('finds sagas that take locks in different orders, and says who waits for whom and what to do', () => {
    const found = findLocks([inOrder('a', Red, Blue), inOrder('b', Blue, Red)])

    assert.deepEqual(found, [
      {
        code: 'LOCK_DEADLOCK',
        level: 'error',
        where: 'saga a, step two',
        message:
          'Sagas can wait for each other until a deadline passes: saga "a" holds hold of red thing since step "one" while step "two" waits for hold of blue thing; saga "b" holds hold of blue thing since step "one" while step "two" waits for hold of red thing. Take these locks in the same order in every saga, or let one of them answer at once with whenHeld: \'reject\'.',
      },
    ])
  })

  it('finds no order to keep where nobody waits', () => {
    assert.deepEqual(findLocks([inOrder('a', Red, Blue), inOrder('b', Blue, Red)], 'reject'), [])
  })

  it('finds a step that is only guarded, and waits while others hold', () => {
    const looking = begin('b')
      .step('one', held(Blue))
      .step('look', { run: ({ input }) => Red.look({ id: input.id }), effect: 'none' })
      .pivot('pay', pay)
      .step('free', free(Blue))

    const codes = findLocks([inOrder('a', Red, Blue), looking]).map(
      ({ code, where }) => `${code} ${where}`,
    )

    assert.deepEqual(codes, ['LOCK_DEADLOCK saga a, step two'])
  })

  it('finds two instances of one lock that a saga takes one after the other', () => {
    const transfer = begin('transfer')
      .step('from', {
        run: ({ input }) => Red.take({ id: input.from }),
        undo: ({ input }) => Red.free({ id: input.from }),
      })
      .step('to', {
        run: ({ input }) => Red.take({ id: input.to }),
        undo: ({ input }) => Red.free({ id: input.to }),
      })
      .pivot('pay', pay)
      .step('free', free(Red))

    const [found] = findLocks([transfer])

    assert.equal(found?.code, 'LOCK_DEADLOCK')
    assert.match(
      found?.message ?? '',
      /waits for that of another instance\. Take them in one each with inOrderOf/,
    )
  })

  it('takes the same instance twice for what it is', () => {
    const twice = begin('twice')
      .step('one', held(Red))
      .step('again', held(Red))
      .pivot('pay', pay)
      .step('free', free(Red))

    assert.deepEqual(findLocks([twice]), [])
  })

  it('finds branches that take locks in no order', () => {
    const both = begin('both')
      .parallel('all', (branch) => ({
        red: branch.step('one', held(Red)),
        blue: branch.step('two', held(Blue)),
      }))
      .pivot('pay', pay)
      .step('free-one', free(Red))
      .step('free-two', free(Blue))

    assert.deepEqual(
      findLocks([both]).map(({ code }) => code),
      ['LOCK_DEADLOCK'],
    )
  })

  it('finds an each that takes several instances in no order, and is content with inOrderOf', () => {
    const all = (order: object): Saga =>
      begin('all')
        .each('things', {
          of: ({ input }) => input.ids,
          max: 5,
          run: ({ item }) => Red.take({ id: item }),
          undo: ({ item }) => Red.free({ id: item }),
          ...order,
        })
        .pivot('pay', pay)
        .each('free', {
          of: ({ input }) => input.ids,
          max: 5,
          run: ({ item }) => Red.free({ id: item }),
        })

    const [found, ...others] = findLocks([all({})])

    assert.deepEqual([found?.code, others], ['LOCK_ORDER_MISSING', []])
    assert.match(
      found?.message ?? '',
      /Give "things" an inOrderOf, which sorts its items by the key/,
    )
    assert.deepEqual(findLocks([all({ inOrderOf: (item: string) => item })]), [])
  })

  it('finds a lock that is not freed, on each of the two ways', () => {
    const forward = begin('a').step('one', held(Red)).pivot('pay', pay)
    const back = begin('b')
      .step('one', { run: ({ input }) => Red.take({ id: input.id }), effect: 'none' })
      .pivot('pay', pay)
      .step('free', free(Red))

    assert.deepEqual(
      findLocks([forward, back]).map(({ code, message }) => [code, message]),
      [
        [
          'LOCK_NEVER_FREED',
          'It takes lock hold of red thing, and no step behind it frees it: everybody else waits for ever. Add a step that sends red.free.',
        ],
        [
          'LOCK_NEVER_FREED',
          'It takes lock hold of red thing, and nothing frees it when the saga turns back. Give the step an undo that sends red.free.',
        ],
      ],
    )
  })

  it('finds a lock that is taken behind the pivot, or met by an undo, and says what to do', () => {
    const loose = begin('late') as unknown as {
      readonly step: (name: string, spec: object) => typeof loose
      readonly pivot: (name: string, spec: object) => typeof loose
    } & Saga
    const late = loose
      .step('first', { run: free(Red).run, undo: held(Red).run })
      .pivot('pay', pay)
      .step('take', { run: held(Red).run })
      .step('free', free(Red))
    const whole = system('stores', {
      services: [storeService(Red, 'wait'), storeService(Blue, 'wait')],
      sagas: [orchestrated(late, { by: Red })],
    })

    const found = checkSystem(whole).filter(({ code }) => code.startsWith('SAGA_'))

    assert.deepEqual(
      found.map(({ code }) => code),
      ['SAGA_UNDO_REJECTABLE', 'SAGA_FORWARD_REJECTABLE'],
    )
    for (const { message } of found) assert.match(message, /only free it behind the pivot/)
  })

  it('warns of a lock that no saga takes', () => {
    const whole = system('stores', { services: [storeService(Red, 'wait')] })

    const [found] = checkSystem(whole).filter(({ code }) => code === 'LOCK_UNUSED')

    assert.deepEqual([found?.level, found?.where], ['warning', 'service red'])
    assert.match(found?.message ?? '', /No saga sends red\.take/)
  })
})

describe('describeSystem, of locks', () => {
  it('tells which lock a step takes or frees, and of which instance', () => {
    const whole = system('stores', {
      services: [storeService(Red, 'wait'), storeService(Blue, 'reject')],
      sagas: [orchestrated(inOrder('a', Red, Blue), { by: Red })],
    })

    const { services, sagas } = describeSystem(whole)

    const [one, , , freeing] = sagas[0]?.nodes ?? []
    assert.ok(one && 'takes' in one && freeing && 'frees' in freeing)
    assert.deepEqual([one.takes, one.instance, freeing.frees], [['hold'], 'input.id', ['hold']])
    assert.deepEqual(
      services.map(({ aggregates }) => aggregates[0]?.locks?.[0]?.deadlineMs),
      [1_000, undefined],
    )
    assert.deepEqual(JSON.parse(JSON.stringify(services)), services)
  })
})

describe('noteSystem', () => {
  const other = begin('b').pivot('pay', { run: ({ input }) => Blue.pay({ id: input.id }) })
  const notesOf = (...sagas: readonly Saga[]): readonly Finding[] =>
    noteSystem(
      system('stores', {
        services: [storeService(Red, 'wait'), storeService(Blue, 'wait')],
        sagas: sagas.map((each) => orchestrated(each, { by: Red })),
      }),
    )

  it('tells of a step before the pivot whose instance another saga changes too', () => {
    const exposed = begin('a')
      .step('one', {
        run: ({ input }) => Blue.pay({ id: input.id }),
        undo: ({ input }) => Blue.free({ id: input.id }),
      })
      .pivot('pay', pay)

    const [note, ...others] = notesOf(exposed, other)

    assert.deepEqual(others, [])
    assert.deepEqual(
      [note?.code, note?.level, note?.where],
      ['SAGA_STEP_EXPOSED', 'note', 'saga a, step one'],
    )
    assert.match(
      note?.message ?? '',
      /changes an instance of blue thing, and so can saga b: .* give the aggregate a lock, mark the commands/,
    )
    assert.deepEqual(notesOf(exposed), [])
  })

  it('tells of no step that has a countermeasure', () => {
    assert.deepEqual(notesOf(inOrder('a', Blue, Red), other), [])
  })
})

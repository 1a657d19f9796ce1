import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { memoryBroker } from '../adapters/memory/broker.ts'
import { type VirtualClock, virtualClock } from '../adapters/memory/clock.ts'
import { type MemoryStores, memoryStores } from '../adapters/memory/store.ts'
import { aggregate } from '../language/aggregate.ts'
import { contract } from '../language/contract.ts'
import { policy } from '../language/policy.ts'
import { bind, type PortAdapter, port } from '../language/port.ts'
import { saga } from '../language/saga/saga.ts'
import { service } from '../language/service.ts'
import { orchestrated, type System, system } from '../language/system.ts'
import { untilIdle } from '../testing/until-idle.ts'
import { agendaLimits } from './agenda.ts'
import type { RunningSystem } from './running-system.port.ts'
import { startSystem } from './start-system.ts'

const Bill = z.object({ id: z.string(), number: z.int() })
const Desk = contract('desk', {
  commands: { bill: { input: Bill }, hold: { input: Bill }, tell: { input: Bill } },
  events: { Billed: Bill, Held: Bill, Told: Bill },
})
const Provider = port('provider', { charge: { input: Bill, output: z.object({ at: z.int() }) } })
const Bank = contract('bank', {
  commands: { pay: { input: Bill, rejects: { No: z.object({}) } } },
  events: { Paid: Bill },
})

const DeskBook = aggregate(Desk, 'book', {
  key: ({ id }) => id,
  initial: () => ({}),
  decide: {
    bill: (_book, command) => Desk.Billed(command),
    hold: (_book, command) => Desk.Held(command),
    tell: (_book, command) => Desk.Told(command),
  },
  evolve: {},
})
const Account = aggregate(Bank, 'account', {
  key: ({ id }) => id,
  initial: () => ({}),
  prepare: { pay: (bill, { use }) => use(Provider).charge(bill) },
  decide: { pay: (_account, command) => Bank.Paid(command) },
  evolve: {},
})
/** A bill with the number 999 becomes a payment that no bank takes. */
const Collect = policy('collect').on(Desk.Billed, ({ id, number }) =>
  Bank.pay({ id, number: number === 999 ? 0.5 : number }),
)

const Holding = saga('holding', { input: Bill, key: ({ id }) => id, deadlineMs: 2_000 })
  .startsOn(Desk.Held, (bill) => bill)
  .step('note', {
    run: ({ input }) => Desk.tell(input),
    undo({ input }) {
      if (input.number < 0) throw new RangeError('a bug in an undo')
      return Desk.tell(input)
    },
  })
  .step('pay', { run: ({ input }) => Bank.pay(input), effect: 'none' })
  .pivot('tell', { run: ({ input }) => Desk.tell(input) })
  .otherwise(({ input }) => Desk.tell(input))

function bankSystem(charge: PortAdapter<typeof Provider>['charge'], sagas = [Holding]): System {
  return system('bank', {
    services: [
      service(Desk, { aggregates: [DeskBook], policies: [Collect] }),
      service(Bank, { aggregates: [Account], ports: [Provider] }),
    ],
    sagas: sagas.map((each) => orchestrated(each, { by: Desk })),
    adapters: [bind(Provider, { charge })],
  })
}

interface Bench {
  readonly clock: VirtualClock
  readonly stores: MemoryStores
  /** Calls of the provider: `id number`, and when they came. */
  readonly calls: string[]
  readonly callsMs: number[]
  readonly keys: Set<string>
  readonly reports: string[]
  /** What the provider does with a call; it answers without it. */
  provider: (call: string) => Promise<void>
  readonly start: (partitions?: number) => Promise<RunningSystem>
}

function openBench(sagas = [Holding]): Bench {
  const clock = virtualClock()
  const stores = memoryStores()
  const bench: Bench = {
    clock,
    stores,
    calls: [],
    callsMs: [],
    keys: new Set(),
    reports: [],
    provider: async () => undefined,
    start: (partitions = 1) =>
      startSystem(bankSystem(charge, sagas), {
        stores,
        clock,
        partitions,
        broker: memoryBroker({ clock }),
        report: ({ message }) => void bench.reports.push(message),
      }),
  }
  const charge: PortAdapter<typeof Provider>['charge'] = async (bill, { idempotencyKey }) => {
    const call = `${bill.id} ${bill.number}`
    bench.calls.push(call)
    bench.callsMs.push(clock.nowMs())
    bench.keys.add(idempotencyKey)
    await bench.provider(call)
    return { at: 1 }
  }
  return bench
}

function failing(times: number, which: (call: string) => boolean = () => true): Bench['provider'] {
  let left = times
  return async (call) => {
    if (!which(call)) return
    left -= 1
    if (left >= 0) throw new TypeError('the provider is closed')
  }
}

async function billAll(running: RunningSystem, ...bills: readonly string[]): Promise<void> {
  for (const bill of bills) {
    const [id = '', number = ''] = bill.split(' ')
    await running.execute(Desk.bill({ id, number: Number(number) }))
  }
}

async function paidIn({ stores }: Bench): Promise<readonly string[]> {
  stores.crash('bank')
  await using store = await stores.open('bank', { partitions: 1 })
  const entries = await store.read({ partition: 0, after: 0, limit: 1_000 })
  return entries
    .filter(({ type }) => type === 'bank.Paid')
    .map(({ data }) => JSON.parse(data) as z.infer<typeof Bill>)
    .map(({ id, number }) => `${id} ${number}`)
}

describe('work that needs the outside', () => {
  it('is tried again later each time, under one idempotency key, and done once', async () => {
    const bench = openBench()
    bench.provider = failing(4)
    const running = await bench.start()
    await billAll(running, 'a 1')
    await untilIdle(running, bench.clock)
    await running.stop()

    const waits = bench.callsMs.slice(1).map((each, index) => each - (bench.callsMs[index] ?? 0))
    assert.deepEqual(waits, [200, 400, 800, 1_600])
    assert.equal(bench.keys.size, 1)
    assert.deepEqual(await paidIn(bench), ['a 1'])
  })

  it('is done in the order of the log for each key, while other keys go on', async () => {
    const bench = openBench()
    bench.provider = failing(2, (call) => call === 'a 1')
    const running = await bench.start()
    await billAll(running, 'a 1', 'a 2', 'b 1', 'a 3')
    await untilIdle(running, bench.clock)
    await running.stop()

    assert.deepEqual(bench.calls, ['a 1', 'b 1', 'a 1', 'a 1', 'a 2', 'a 3'])
    assert.deepEqual(await paidIn(bench), ['b 1', 'a 1', 'a 2', 'a 3'])
  })

  it('keeps that order, and the number of its attempts, over a restart', async () => {
    const bench = openBench()
    bench.provider = failing(3, (call) => call === 'a 1')
    const first = await bench.start()
    await billAll(first, 'a 1', 'a 2')
    while (bench.calls.length < 3) await bench.clock.advance(10)
    await first.stop()
    const before = bench.callsMs.at(-1) ?? 0

    await using second = await bench.start()
    await untilIdle(second, bench.clock)

    assert.deepEqual(bench.calls, ['a 1', 'a 1', 'a 1', 'a 1', 'a 2'])
    assert.equal((bench.callsMs[3] ?? 0) - before, 800)
  })

  it('is parked with its reason when it was tried too often, and what is behind it waits', async () => {
    const bench = openBench()
    bench.provider = failing(agendaLimits.attemptsMax, (call) => call === 'a 1')
    await using running = await bench.start()
    await billAll(running, 'a 1', 'a 2', 'b 1')
    await untilIdle(running, bench.clock, 300_000)
    await billAll(running, 'a 3')
    await untilIdle(running, bench.clock)

    const parked = await running.parked()
    assert.deepEqual(
      parked.map(({ key, code, attempts }) => [key, code, attempts]),
      [
        ['book/a', 'COMMAND_PREPARE_FAILED', agendaLimits.attemptsMax],
        ['book/a', 'PARKED_ORDER', 1],
        ['book/a', 'PARKED_ORDER', 1],
      ],
    )
    await assert.rejects(running.redrive(parked[1]?.id ?? ''), { code: 'PARKED_ORDER' })
    assert.deepEqual(await running.redrive(parked[0]?.id ?? ''), { handled: true })
    await untilIdle(running, bench.clock)

    assert.deepEqual(bench.calls.slice(-3), ['a 1', 'a 2', 'a 3'])
    assert.deepEqual(await running.parked(), [])
  })

  it('is parked behind again when the first of its key fails again after a redrive', async () => {
    const bench = openBench()
    bench.provider = failing(1_000, (call) => call === 'a 1')
    await using running = await bench.start()
    await billAll(running, 'a 1', 'a 2')
    await untilIdle(running, bench.clock, 300_000)
    const [first] = await running.parked()

    await running.redrive(first?.id ?? '')
    await untilIdle(running, bench.clock, 300_000)

    const codes = (await running.parked()).map(({ code }) => code)
    assert.deepEqual(codes, ['COMMAND_PREPARE_FAILED', 'PARKED_ORDER'])
    assert.ok(!bench.calls.includes('a 2'))
  })

  it('is parked at once when it can never be done', async () => {
    const bench = openBench()
    await using running = await bench.start()
    await billAll(running, 'a 999')
    await untilIdle(running, bench.clock)

    const [parked] = await running.parked()
    assert.deepEqual([bench.calls, parked?.code], [[], 'COMMAND_INPUT_INVALID'])
  })

  it('is never taken for other work of the same position in another partition', async () => {
    const bench = openBench()
    bench.provider = failing(1_000)
    await using running = await bench.start(8)
    const ids = Array.from({ length: 16 }, (_, index) => `c${index} 1`)
    await billAll(running, ...ids)
    await untilIdle(running, bench.clock, 300_000)

    assert.equal((await running.parked()).length, ids.length)
  })

  it('is begun anew after a crash, under the same key, and done once', async () => {
    const bench = openBench()
    bench.provider = () => new Promise(() => undefined)
    const first = await bench.start()
    await billAll(first, 'a 1')
    while (bench.calls.length === 0) await bench.clock.advance(1)
    for (const name of ['desk', 'bank']) bench.stores.crash(name)
    bench.provider = async () => undefined

    const second = await bench.start()
    await untilIdle(second, bench.clock)
    await second.stop()

    assert.deepEqual([bench.calls, bench.keys.size], [['a 1', 'a 1'], 1])
    assert.deepEqual(await paidIn(bench), ['a 1'])
  })

  it('does not keep the system from stopping while it waits for another attempt', async () => {
    const bench = openBench()
    bench.provider = failing(1_000)
    const running = await bench.start()
    await billAll(running, 'a 1')
    while (bench.calls.length < 5) await bench.clock.advance(10)
    const beforeMs = bench.clock.nowMs()

    await running.stop()

    assert.equal(bench.clock.nowMs(), beforeMs)
  })
})

describe('deadlines', () => {
  const hold = { id: 'h', number: 1 }

  it('pass on time although other work takes longer', async () => {
    const bench = openBench()
    bench.provider = () => new Promise(() => undefined)
    await using running = await bench.start()
    await running.execute(Desk.hold(hold))
    const startMs = bench.clock.nowMs()

    let turnedBackMs = 0
    while (turnedBackMs === 0 && bench.clock.nowMs() < startMs + 9_000) {
      await bench.clock.advance(50)
      const timers = (await running.status()).services[0]?.timers
      if (timers === 0) turnedBackMs = bench.clock.nowMs() - startMs
    }

    assert.ok(turnedBackMs >= 2_000 && turnedBackMs <= 2_100, `${turnedBackMs}`)
    bench.provider = async () => undefined
    await bench.clock.advance(20_000)
  })

  it('pass once, also when the system was down meanwhile', async () => {
    const bench = openBench()
    bench.provider = failing(8)
    const first = await bench.start()
    await first.execute(Desk.hold(hold))
    await bench.clock.advance(500)
    await first.stop()
    await bench.clock.advance(60_000)

    const second = await bench.start()
    await untilIdle(second, bench.clock, 300_000)
    await second.stop()

    bench.stores.crash('desk')
    await using store = await bench.stores.open('desk', { partitions: 1 })
    const entries = await store.read({ partition: 0, after: 0, limit: 100 })
    const types = entries.filter(({ kind }) => kind === 'event').map(({ type }) => type)
    assert.deepEqual(types, ['desk.Held', 'desk.Told', 'desk.Told', 'desk.Told'])
    assert.equal(await store.countTimers(), 0)
  })

  it('that cannot be acted on are tried again after a while, and let others pass', async () => {
    const bench = openBench()
    bench.provider = failing(1_000)
    await using running = await bench.start()
    await running.execute(Desk.hold({ id: 'bad', number: -1 }))
    await running.execute(Desk.hold(hold))
    await bench.clock.advance(agendaLimits.retryMsMax * 3)

    const { timers } = (await running.status()).services[0] ?? {}
    const failures = bench.reports.filter((message) => message.includes('a bug in an undo'))
    assert.equal(timers, 1)
    assert.ok(failures.length >= 2 && failures.length <= 4, `${failures.length}`)
  })
})

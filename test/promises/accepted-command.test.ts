// An accepted command is durable, atomic with its messages, and has an effect once per command id for as long as the
// log is kept. Another payload under a used id is refused. Per stream, versions are 1, 2, 3, ...; per service, positions
// have no gaps and follow the order of the commits.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memoryStores } from '../../src/adapters/memory/store.ts'
import type { Commit, StoreProvider } from '../../src/log/store.port.ts'
import { Order, Stock } from '../systems/shop.ts'
import { changedCommits, changedStores, recordedStores } from './faulty-stores.ts'
import {
  assertFine,
  assertSeen,
  customer,
  judgeShop,
  liveAndJudge,
  planOrders,
  settle,
  startShop,
} from './shop-world.ts'

const plans = planOrders(10)

describe('an accepted command', () => {
  it('is durable: what was answered is there when the process has ended without a goodbye', async () => {
    const stores = recordedStores()
    const life = await startShop({ stores })
    await customer(plans).place(life, 'in turn')
    const startMs = life.clock.nowMs() + 1

    const [all, some] = await Promise.all([stores.withoutLast(0), stores.withoutLast(1)])

    assertFine(await judgeAfter(all, startMs))
    assertSeen(await judgeAfter(some, startMs), /history/)
  })

  it('is atomic with its messages', async () => {
    assertFine(await liveAndJudge({ stores: memoryStores() }))
  })

  it('is judged by a test that sees messages which are not part of the commit', async () => {
    let commits = 0
    const dropped = changedCommits(memoryStores(), (commit, batch) =>
      commit(batch.map((each) => ((commits += 1) % 7 === 0 ? withoutMessages(each) : each))),
    )

    assertSeen(await liveAndJudge({ stores: dropped }), /history|reservations|paid/)
  })

  it('takes effect once per id, for as long as the log is kept', async () => {
    assertFine(await repeatEverything(memoryStores()))
  })

  it('is judged by a test that sees ids which are forgotten after a time', async () => {
    const forgetful = changedCommits(memoryStores(), (commit, batch) =>
      commit(batch.map(({ id: _id, fingerprint: _print, result: _result, ...rest }) => rest)),
    )

    assertSeen(await repeatEverything(forgetful), /effect/)
  })

  it('is refused under an id that was used with another payload', async () => {
    assertFine(await reuse(memoryStores()))
  })

  it('is judged by a test that sees payloads which are not compared', async () => {
    const careless = changedCommits(memoryStores(), (commit, batch) =>
      commit(batch.map((each) => (each.id ? { ...each, fingerprint: 'same' } : each))),
    )

    assertSeen(await reuse(careless), /refused/)
  })
})

/** Another process finds these stores: what was answered has to come to its end. */
async function judgeAfter(stores: StoreProvider, startMs: number): Promise<readonly string[]> {
  const life = await startShop({ stores, startMs })
  await settle(life)
  await life.running.stop()
  return judgeShop(stores, plans)
}

function withoutMessages({ entries = [], ...rest }: Commit): Commit {
  return { ...rest, entries: entries.filter(({ kind }) => kind === 'event') }
}

/** Repeats a command at once, much later, and after a restart. */
async function repeatEverything(stores: StoreProvider): Promise<readonly string[]> {
  const supply = Stock.supply({ item: 'tea', quantity: 1 })
  const first = await startShop({ stores })
  await Promise.all(Array.from({ length: 5 }, () => first.running.execute(supply, { id: 'once' })))
  await first.clock.advance(90 * 24 * 3_600_000)
  await first.running.execute(supply, { id: 'once' })
  await first.running.stop()
  const second = await startShop({ stores, startMs: first.clock.nowMs() })
  await second.running.execute(supply, { id: 'once' })
  const level = await second.running.query(Stock.item({ item: 'tea' }))
  await second.running.stop()
  const available = level.ok ? (level.output as { available: number }).available : 0
  return available === 1 ? [] : [`one command took effect ${available} times`]
}

async function reuse(stores: StoreProvider): Promise<readonly string[]> {
  const { running } = await startShop({ stores })
  await running.execute(Stock.supply({ item: 'tea', quantity: 1 }), { id: 'once' })
  const others = [
    Stock.supply({ item: 'tea', quantity: 2 }),
    Stock.release({ orderId: 'o', item: 'tea', quantity: 1 }),
  ]
  const problems: string[] = []
  for (const other of others) {
    const code = await running.execute(other, { id: 'once' }).then(
      () => 'accepted',
      (error: unknown) => (error as { code: string }).code,
    )
    if (code !== 'COMMAND_ID_REUSED') problems.push(`${other.type} was not refused: ${code}`)
  }
  await running.execute(Order.remind({ orderId: 'o' }), { id: 'once' })
  await running.stop()
  return problems
}

describe('the log of a service', () => {
  it('has positions without gaps, in the order of the commits, and streams with versions from 1', async () => {
    assertFine(await liveAndJudge({ stores: memoryStores() }, planOrders(40)))
  })

  it('is judged by a test that sees a gap, and a version that is there twice', async () => {
    const gaps = changedStores(memoryStores(), (store) => ({
      read: async (request) => {
        const entries = await store.read(request)
        return entries.filter(({ position }) => position !== 5)
      },
    }))
    const doubled = changedCommits(memoryStores(), (commit, batch) =>
      commit(
        batch.map((each) => ({ ...each, entries: each.entries?.flatMap((e) => [e, e]) ?? [] })),
      ),
    )

    assertSeen(await liveAndJudge({ stores: gaps }), /gap at 5/)
    assertSeen(await liveAndJudge({ stores: doubled }), /has no version/)
    assert.ok(plans.length > 0)
  })
})

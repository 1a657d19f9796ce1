// Queries that read views from a standby: what they see, and what they do when it is late, away, frozen or promoted.
import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import { memoryBroker } from '../../src/adapters/memory/broker.ts'
import { nodeClock } from '../../src/adapters/node/clock.ts'
import { postgresStores } from '../../src/adapters/postgres/index.ts'
import type { ConsistencyToken } from '../../src/runtime/running-system.port.ts'
import { startSystem } from '../../src/runtime/start-system.ts'
import { type PrivatePostgres, startPostgres, whyNoPrivatePostgres } from '../servers/postgres.ts'
import { Payment, shop } from '../systems/shop.ts'

const account = 'ada'
/** As long as anything takes on any machine. */
const patientMs = 120_000
const isRead = /^views are read from the standby$/

interface Bench {
  /** Who answers, as it was told. */
  readonly told: readonly string[]
  /** Pays once, and gives what a query has to name to see that. */
  pay(): Promise<ConsistencyToken>
  /** How many payments a query sees. */
  payments(token?: ConsistencyToken): Promise<number>
  rebuild(): Promise<void>
  /** Asks until a query sees so many. */
  untilSeen(count: number): Promise<void>
  /** Asks until that is told, from now on where `since` says what was told before. */
  untilTold(pattern: RegExp, since?: number): Promise<void>
  /** Asks until the standby was asked. */
  untilAsked(): Promise<void>
}

interface BenchOptions {
  readonly stalenessMsMax?: number
  readonly answerMsMax?: number
}

describe('views that are read from a standby', { skip: whyNoPrivatePostgres() }, () => {
  let primary: PrivatePostgres
  let standby: PrivatePostgres
  before(async () => {
    primary = await startPostgres()
    standby = await primary.startStandby()
  })
  after(async () => {
    await standby[Symbol.asyncDispose]()
    await primary[Symbol.asyncDispose]()
  })

  async function open(
    context: TestContext,
    { stalenessMsMax = patientMs, answerMsMax = 15_000 }: BenchOptions = {},
    readUrl = (database: string): string => standby.url(database),
  ): Promise<Bench> {
    const url = await primary.createDatabase()
    const database = new URL(url).pathname.slice(1)
    const told: string[] = []
    const clock = nodeClock()
    const broker = memoryBroker({ clock })
    const stores = postgresStores({
      url,
      readUrl: readUrl(database),
      durability: 'relaxed',
      onStandby: (_level, message) => void told.push(message),
      standby: { stalenessMsMax, lookMs: 20, restMs: 20, restMsMax: 50, answerMsMax },
    })
    const running = await startSystem(shop(), { stores, broker, clock })
    context.after(async () => {
      await running.stop()
      await broker[Symbol.asyncDispose]()
      clock[Symbol.dispose]()
    })
    let paid = 0
    const until = async (isSo: () => Promise<boolean>): Promise<void> => {
      const endMs = performance.now() + patientMs
      while (!(await isSo())) {
        if (performance.now() > endMs) assert.fail(`It did not come to that: ${told.join('; ')}`)
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const payments: Bench['payments'] = async (token) => {
      const answer = await running.query(Payment.spent({ account }), {
        ...(token && { token, deadlineMs: Date.now() + patientMs }),
      })
      assert.ok(answer.ok)
      return (answer.output as { readonly payments: number }).payments
    }
    return {
      told,
      payments,
      async pay() {
        paid += 1
        const answer = await running.execute(
          Payment.pay({ orderId: `order-${paid}`, account, cents: 100 }),
        )
        assert.ok(answer.ok)
        return answer.token
      },
      rebuild: () => running.rebuildView('payment', 'spending'),
      untilSeen: (count) => until(async () => (await payments()) === count),
      untilTold: (pattern, since = 0) =>
        until(async () => {
          await payments()
          return told.slice(since).some((each) => pattern.test(each))
        }),
      untilAsked: () =>
        until(async () => {
          await payments()
          const [row] = await standby.run(
            `SELECT count(*)::integer AS count FROM pg_stat_activity
             WHERE datname = '${database}' AND application_name = 'dure standby payment'`,
          )
          return Number(row?.count) > 0
        }),
    }
  }

  const pauseReplay = async (context: TestContext): Promise<void> => {
    context.after(resumeReplay)
    await standby.run('SELECT pg_wal_replay_pause()')
  }
  const resumeReplay = (): Promise<unknown> => standby.run('SELECT pg_wal_replay_resume()')

  /** The standby answers, and has the first payment. */
  async function openRead(context: TestContext, options?: BenchOptions): Promise<Bench> {
    const bench = await open(context, options)
    const token = await bench.pay()
    assert.equal(await bench.payments(token), 1)
    await bench.untilTold(isRead)
    await bench.untilSeen(1)
    await bench.untilAsked()
    return bench
  }

  it('are as they were there; who names what has to be there is answered by the primary', async (context) => {
    const bench = await openRead(context)
    await pauseReplay(context)
    const token = await bench.pay()

    assert.equal(await bench.payments(token), 2)
    // The primary may answer where the standby failed once: it is asked until the standby does.
    await bench.untilSeen(1)
    assert.equal(await bench.payments(token), 2)

    await resumeReplay()
    await bench.untilSeen(2)
  })

  it('are read from the primary while the standby is later than it may be', async (context) => {
    const bench = await openRead(context, { stalenessMsMax: 300 })
    await pauseReplay(context)
    await bench.pay()

    await bench.untilTold(/more than 300 ms behind/)
    await bench.untilSeen(2)

    const before = bench.told.length
    await resumeReplay()
    await bench.untilTold(isRead, before)
  })

  it('are read from the primary while the standby is away, and from there when it is back', async (context) => {
    const bench = await openRead(context)

    await standby.crash()
    const token = await bench.pay()
    assert.equal(await bench.payments(token), 2)
    await bench.untilSeen(2)
    await bench.untilTold(/it cannot be asked/)
    const before = bench.told.length
    await standby.start()

    await bench.untilTold(isRead, before)
    // It may be late, as late as it was told.
    await bench.untilSeen(2)
  })

  it('are read from the primary while the standby is frozen', async (context) => {
    const bench = await openRead(context, { answerMsMax: 500 })

    context.after(() => standby.thaw())
    standby.freeze()
    await bench.pay()
    await bench.untilSeen(2)
    await bench.untilTold(/it cannot be asked/)
    standby.thaw()

    await bench.untilSeen(2)
  })

  it('are never those of before they were built anew', async (context) => {
    const bench = await openRead(context)
    await pauseReplay(context)

    await bench.rebuild()

    for (let index = 0; index < 20; index += 1) assert.equal(await bench.payments(), 1)
  })

  it('are not read from a server of another system', async (context) => {
    await using other = await startPostgres()
    const bench = await open(context, {}, () => other.url())
    const token = await bench.pay()

    assert.equal(await bench.payments(token), 1)
    await bench.untilTold(/another system than the primary.*name a standby of this one/)
    await bench.untilSeen(1)
  })

  // The last one: the standby is none after it.
  it('are not read from a standby that was promoted', async (context) => {
    const bench = await openRead(context)

    await standby.run('SELECT pg_promote()')
    await bench.untilTold(/promoted; name a standby of the primary/)
    await bench.pay()

    await bench.untilSeen(2)
  })
})

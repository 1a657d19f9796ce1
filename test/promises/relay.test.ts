// A relay may repeat but never skip or reorder. The log outlives the broker's acknowledgement: when a broker has lost
// messages, the relay rewinds. Per key, consumers see events in order.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memoryStores } from '../../src/adapters/memory/store.ts'
import type { StoreProvider } from '../../src/log/store.port.ts'
import type { Broker, MessageBatch } from '../../src/messaging/broker.port.ts'
import { DureError } from '../../src/language/errors.ts'
import {
  changedBroker,
  forgetful,
  type HoldingBroker,
  holding,
  reordering,
  skipping,
} from './faulty-brokers.ts'
import { changedStores } from './faulty-stores.ts'
import { judgeLedger, liveLedger, settleLedger, startLedger, teller } from './ledger-world.ts'
import { assertFine, assertSeen } from './shop-world.ts'

const live = (wrapBroker: (broker: Broker) => Broker): Promise<readonly string[]> =>
  liveLedger({ stores: memoryStores(), wrapBroker })

/** Every few calls the broker cannot be reached, or its answer is lost. */
function unreachable(inner: Broker): Broker {
  let calls = 0
  return {
    ...inner,
    wanted: (topic, incarnation) => inner.wanted(topic, incarnation),
    watch: (topic, wake) => inner.watch(topic, wake),
    subscribe: (request) => inner.subscribe(request),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
    async publish(batch) {
      calls += 1
      if (calls % 3 === 1) await inner.publish(batch)
      if (calls % 3 !== 0) throw new DureError('STORE_UNAVAILABLE', 'The broker is away.')
      await inner.publish(batch)
    },
  }
}

/** A life in which everything is committed first, and a second one whose relays find it in the logs. */
async function liveFromLog(
  wrapStores: (stores: StoreProvider) => StoreProvider,
  wrapBroker: (broker: Broker) => Broker = (broker) => broker,
): Promise<readonly string[]> {
  const stores = memoryStores()
  const counting = teller()
  const deaf = (broker: Broker): Broker => changedBroker(broker, { wanted: () => [] })
  const first = await startLedger({ stores, wrapBroker: deaf })
  await counting.countTo(first, 20)
  await first.running.stop()
  const startMs = first.clock.nowMs() + 1
  const second = await startLedger({ stores: wrapStores(stores), wrapBroker, startMs })
  await settleLedger(second)
  return judgeLedger(second, stores, counting.counted)
}

/** A planted bug: a log that is read past entries which are committed a little later. */
function hasty(stores: StoreProvider): StoreProvider {
  return changedStores(stores, (store) => {
    const looks = new Map<string, number>()
    return {
      async read(request) {
        const entries = await store.read(request)
        return entries.filter(({ partition, position }) => {
          const place = `${partition} ${position}`
          const look = (looks.get(place) ?? 0) + 1
          looks.set(place, look)
          return position % 4 !== 0 || look > 2
        })
      },
    }
  })
}

describe('a relay', () => {
  it('passes on what the log holds, in order for each key', async () => {
    assertFine(await live((broker) => broker))
    assertFine(await liveFromLog((stores) => stores))
  })

  it('skips nothing when the broker cannot be reached, and what it repeats takes effect once', async () => {
    assertFine(await live(unreachable))
  })

  it('may be asked for everything again at any time', async () => {
    assertFine(await live(forgetful))
    assertFine(await liveFromLog((stores) => stores, forgetful))
  })

  it('is judged by a test that sees one which skips', async () => {
    const problems = await live(skipping)

    assertSeen(problems, /as noted skips/)
    assertSeen(problems, /as seen skips/)
  })

  it('is judged by a test that sees one which reads past what is committed a little later', async () => {
    assertSeen(await liveFromLog(hasty), /skips/)
  })

  it('is judged by a test that sees one which reorders the messages of a key', async () => {
    const problems = await liveFromLog((stores) => stores, reordering)

    assertSeen(problems, /as noted has \d+ after \d+/)
    assertSeen(problems, /as seen has \d+ after \d+/)
  })
})

interface Losses {
  readonly problems: readonly string[]
  readonly lost: number
  readonly published: readonly MessageBatch[]
}

/** A broker that answers for everything, and loses what it holds three times. */
async function loseMessages(wrap: (broker: Broker) => HoldingBroker): Promise<Losses> {
  const stores = memoryStores()
  const opened: HoldingBroker[] = []
  const wrapBroker = (inner: Broker): Broker => {
    const broker = wrap(inner)
    opened.push(broker)
    return broker
  }
  const life = await startLedger({ stores, wrapBroker })
  const [broker] = opened
  assert.ok(broker)
  const counting = teller()
  let lost = 0
  for (const times of [5, 10, 15]) {
    await counting.countTo(life, times)
    lost += broker.lose()
    await life.clock.advance(100)
    await broker.passOn()
    await life.clock.advance(100)
  }
  for (let turn = 0; turn < 10; turn += 1) {
    await broker.passOn()
    await life.clock.advance(1_000)
  }
  const problems = await judgeLedger(life, stores, counting.counted)
  return { problems, lost, published: broker.published }
}

describe('a broker that has lost what it answered for', () => {
  it('is given it again: the relay rewinds to what is wanted', async () => {
    const { problems, lost, published } = await loseMessages((broker) => holding(broker))

    assertFine(problems)
    assert.ok(lost >= 15 && rewinds(published) > 0, `${lost} messages were lost`)
  })

  it('is judged by a test that sees a relay which does not rewind', async () => {
    const { problems, published } = await loseMessages((broker) =>
      holding(broker, { admits: false }),
    )

    assertSeen(problems, /as noted skips/)
    assert.equal(rewinds(published), 0)
  })
})

/** How often a page was published that begins before the end of the one before it. */
function rewinds(published: readonly MessageBatch[]): number {
  const ends = new Map<string, number>()
  return published.filter(({ topic, after, through }) => {
    const isBack = after < (ends.get(topic) ?? 0)
    ends.set(topic, through)
    return isBack
  }).length
}

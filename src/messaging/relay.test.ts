import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { virtualClock } from '../adapters/memory/clock.ts'
import { memoryStores } from '../adapters/memory/store.ts'
import { DureError } from '../language/errors.ts'
import type { LogRead, NewEntry, Store, Verdict } from '../log/store.port.ts'
import type { Broker, DirectBroker, MessageBatch } from './broker.port.ts'
import { type Relay, startRelay, topicOf } from './relay.ts'

const clock = virtualClock()

function supplied(index: number): NewEntry {
  const facts = { kind: 'event', type: 'stock.Supplied', schemaVersion: 1, key: 'tea' } as const
  return { ...facts, partition: 0, data: JSON.stringify({ index }), meta: '{}', atMs: 1 }
}

/** A broker whose wants the test decides; a batch is taken by whoever waits for it. */
interface Wants extends Broker {
  readonly batches: MessageBatch[]
  positions: number[]
  fail: number
  wake: () => void
}

function brokerThatWants(...positions: number[]): Wants {
  const broker: Wants = {
    supports: { durable: false },
    batches: [],
    positions,
    fail: 0,
    wake: () => undefined,
    publish: async (batch) => take(broker, batch),
    wanted: async () => [...new Set(broker.positions)],
    watch(_topic, wake) {
      broker.wake = wake
      return () => {
        broker.wake = () => undefined
      }
    },
    subscribe: () => assert.fail('A relay subscribes to nothing.'),
    async [Symbol.asyncDispose]() {},
  }
  return broker
}

function take(broker: Wants, batch: MessageBatch): void {
  if (broker.fail > 0) {
    broker.fail -= 1
    throw new DureError('STORE_UNAVAILABLE', 'The broker is away.')
  }
  broker.batches.push(batch)
  broker.positions = broker.positions.map((each) =>
    batch.after <= each && each < batch.through ? batch.through : each,
  )
}

/** The same in the process of the relay: it can be asked, and takes batches, without waiting. */
function directBrokerThatWants(...positions: number[]): Wants {
  const broker = brokerThatWants(...positions)
  const direct: DirectBroker = {
    publish: (batch) => take(broker, batch),
    wanted: () => [...new Set(broker.positions)],
  }
  return Object.assign(broker, { direct })
}

interface Bench {
  readonly store: Store
  readonly reads: LogRead[]
  readonly broker: Wants
  readonly relay: Relay
  readonly failuresMs: number[]
  /** How many of the next reads fail. */
  readonly faults: { reads: number }
  readonly append: (count: number) => Promise<readonly Verdict[]>
}

async function openBench(
  broker: Wants,
  options: { readonly before?: number; readonly pageMax?: number; readonly shared?: boolean } = {},
): Promise<Bench> {
  const inner = await memoryStores().open('stock', { partitions: 1 })
  const reads: LogRead[] = []
  const faults = { reads: 0 }
  const { shared = false, pageMax = 256 } = options
  const store: Store = {
    ...inner,
    supports: { ...inner.supports, shared },
    async read(request) {
      reads.push(request)
      faults.reads -= 1
      if (faults.reads >= 0) throw new DureError('STORE_UNAVAILABLE', 'The store is away.')
      return inner.read(request)
    },
  }
  const append = (count: number): Promise<readonly Verdict[]> =>
    inner.commit([{ entries: Array.from({ length: count }, (_, index) => supplied(index)) }])
  await append(options.before ?? 0)
  const failuresMs: number[] = []
  const onFailure = (): void => void failuresMs.push(clock.nowMs())
  const relay = startRelay({
    service: 'stock',
    partition: 0,
    store,
    broker,
    clock,
    onFailure,
    limits: { pageMax },
  })
  return { store, reads, broker, relay, failuresMs, faults, append }
}

const spans = ({ batches }: Wants): string[] =>
  batches.map(({ after, through }) => `${after}-${through}`)

describe('a relay', () => promises(brokerThatWants))
describe('a relay in the process of its broker', () => promises(directBrokerThatWants))

function promises(brokerThatWants: (...positions: number[]) => Wants): void {
  it('passes on what the log held before it started, page by page, in order', async () => {
    const { broker } = await openBench(brokerThatWants(0), { before: 25, pageMax: 10 })

    await clock.advance(1)

    assert.deepEqual(spans(broker), ['0-10', '10-20', '20-25'])
    const positions = broker.batches.flatMap(({ messages }) =>
      messages.map((each) => each.position),
    )
    assert.deepEqual(
      positions,
      Array.from({ length: 25 }, (_, index) => index + 1),
    )
    assert.ok(broker.batches.every(({ topic }) => topic === topicOf('stock', 0)))
  })

  it('passes on what others have written behind what it has in memory', async () => {
    const { broker, relay, append } = await openBench(brokerThatWants(0), { shared: true })
    await clock.advance(1)
    await append(2)
    for (const position of [1, 2]) relay.committed(supplied(position), position)
    // Another process was next, which only the store can tell.
    await append(3)
    broker.fail = 1
    relay.reached(5)
    await clock.advance(1)
    assert.deepEqual(spans(broker), [])

    await clock.advance(1_000)

    assert.deepEqual(spans(broker), ['0-2', '2-5'])
  })

  it('passes on what is committed from memory, without reading it again', async () => {
    const { broker, relay, append, reads } = await openBench(brokerThatWants(0))
    await clock.advance(1)
    const before = reads.length

    await append(2)
    relay.committed(supplied(0), 1)
    relay.committed(supplied(1), 2)
    relay.wake()
    await clock.advance(1)

    assert.deepEqual(spans(broker), ['0-2'])
    assert.equal(reads.length, before)
  })

  it('passes on what it was not told of, once it is told to look again', async () => {
    const { broker, relay, append } = await openBench(brokerThatWants(0))
    await append(1)
    relay.committed(supplied(0), 1)
    relay.wake()
    await clock.advance(1)

    await append(1)
    relay.forget()
    await clock.advance(1)

    assert.deepEqual(spans(broker), ['0-1', '1-2'])
  })

  it('looks into a store that others write, too, when its memory holds no more', async () => {
    const { broker, relay, append } = await openBench(brokerThatWants(0), { shared: true })
    await append(1)
    relay.committed(supplied(0), 1)
    relay.wake()
    await clock.advance(1)

    await append(1)
    relay.wake()
    await clock.advance(1)

    assert.deepEqual(spans(broker), ['0-1', '1-2'])
  })

  it('rewinds when the broker has lost what it answered for', async () => {
    const { broker } = await openBench(brokerThatWants(0), { before: 9 })
    await clock.advance(1)

    broker.positions = [4]
    broker.wake()
    await clock.advance(1)

    assert.deepEqual(spans(broker), ['0-9', '4-9'])
  })

  it('serves everybody who waits, each from where he waits', async () => {
    const { broker } = await openBench(brokerThatWants(2, 7, 9), { before: 9, pageMax: 3 })

    await clock.advance(1)

    assert.deepEqual(broker.positions, [9, 9, 9])
    assert.deepEqual(spans(broker), ['2-5', '7-9', '5-8', '8-9'])
  })

  it('publishes nothing while nobody waits', async () => {
    const { broker } = await openBench(brokerThatWants(), { before: 9 })

    await clock.advance(1)

    assert.deepEqual(broker.batches, [])
  })

  it('gives the same message the same content, whenever and from wherever it is passed on', async () => {
    const { broker, relay, append } = await openBench(brokerThatWants(0))
    await append(1)
    relay.committed(supplied(0), 1)
    relay.wake()
    await clock.advance(1)

    broker.positions = [0]
    relay.forget()
    await clock.advance(1)

    const bodies = broker.batches.flatMap(({ messages }) => messages.map(({ body }) => body))
    assert.equal(bodies.length, 2)
    assert.equal(bodies[0], bodies[1])
  })

  it('tries again when the store or the broker fails, later each time, and skips nothing', async () => {
    const broker = brokerThatWants(0)
    broker.fail = 3
    const { failuresMs } = await openBench(broker, { before: 5 })

    await clock.advance(2_000)

    assert.deepEqual(spans(broker), ['0-5'])
    const waits = failuresMs.slice(1).map((each, index) => each - (failuresMs[index] ?? 0))
    assert.deepEqual(waits, [100, 200])
  })

  it('goes on where it was when the store can be read again', async () => {
    const broker = brokerThatWants(0)
    const bench = await openBench(broker, { before: 5, pageMax: 3 })
    bench.faults.reads = 2

    await clock.advance(2_000)

    assert.deepEqual([spans(broker), bench.failuresMs.length], [['0-3', '3-5'], 2])
  })

  it('ends after the page that is on its way, and wakes no more', async () => {
    const { broker, relay } = await openBench(brokerThatWants(0), { before: 30, pageMax: 10 })

    await relay.stop()
    relay.wake()
    broker.wake()
    await clock.advance(10_000)

    assert.ok(broker.batches.length <= 1, spans(broker).join(' '))
  })
}

describe('a relay in the process of its broker', () => {
  it('passes on together, and without waiting, what the commits of one group tell one by one', async () => {
    const { broker, relay, append } = await openBench(directBrokerThatWants(0))
    await clock.advance(1)
    broker.publish = () => assert.fail('It waited.')
    await append(3)

    for (const position of [1, 2, 3]) {
      relay.committed(supplied(position), position)
      relay.wake()
    }
    await Promise.resolve()

    assert.deepEqual(spans(broker), ['0-3'])
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { virtualClock } from '../adapters/memory/clock.ts'
import { memoryStores } from '../adapters/memory/store.ts'
import type { LogFollower, NewEntry, Store } from '../log/store.port.ts'
import type { Broker } from './broker.port.ts'
import { followedCheckMs } from './followed-log.ts'
import { ownLeases } from './leases/leases.ts'
import { createServiceRelays, type ServiceRelays } from './service-relays.ts'

const supplied: NewEntry = {
  kind: 'event',
  type: 'stock.Supplied',
  schemaVersion: 1,
  key: 'tea',
  partition: 0,
  data: '{}',
  meta: '{}',
  atMs: 1,
}

/** Relays over a log that others write, and that tells of it while the test lets it. */
interface Bench {
  readonly relays: ServiceRelays
  readonly clock: ReturnType<typeof virtualClock>
  /** What the broker was given, as `after-through`. */
  readonly spans: string[]
  /** What was asked of the store. */
  readonly asked: string[]
  readonly failures: string[]
  /** Followers that have not ended it. */
  readonly followers: Set<LogFollower>
  /** Somebody else commits; the log tells of it unless it is `silent`. */
  append(options?: { readonly silent: boolean }): Promise<void>
}

async function openBench(): Promise<Bench> {
  const clock = virtualClock()
  const inner = await memoryStores({ shared: true }).open('stock', { partitions: 1 })
  const [asked, spans, failures]: [string[], string[], string[]] = [[], [], []]
  const followers = new Set<LogFollower>()
  const store: Store = {
    ...inner,
    heads: () => (asked.push('heads'), inner.heads()),
    read: (request) => (asked.push('read'), inner.read(request)),
    follow(follower) {
      followers.add(follower)
      return { [Symbol.asyncDispose]: async () => void followers.delete(follower) }
    },
  }
  let wanted = 0
  const broker: Broker = {
    supports: { durable: true },
    async publish({ after, through }) {
      spans.push(`${after}-${through}`)
      wanted = through
    },
    wanted: async () => [wanted],
    watch: () => () => undefined,
    subscribe: () => assert.fail('A relay subscribes to nothing.'),
    async [Symbol.asyncDispose]() {},
  }
  const relays = createServiceRelays({
    service: 'stock',
    store,
    broker,
    clock,
    leases: ownLeases,
    onFailure: (message) => failures.push(message),
  })
  const append: Bench['append'] = async ({ silent } = { silent: false }) => {
    const [verdict] = await inner.commit([{ entries: [supplied] }])
    assert.equal(verdict?.kind, 'committed')
    const position = verdict.positions[0] ?? 0
    if (!silent) for (const each of followers) each.told([{ ...supplied, position }])
    await clock.advance(1)
  }
  await relays.start()
  await clock.advance(1)
  return { relays, clock, spans, asked, failures, followers, append }
}

function begin({ followers }: Bench): void {
  for (const each of followers) each.begun()
}

async function check({ relays, clock }: Bench): Promise<void> {
  await clock.advance(followedCheckMs)
  await relays.look()
  await clock.advance(1)
}

describe('the relays of a log that tells of what is committed', () => {
  it('read what was there before, and then ask for nothing', async () => {
    const bench = await openBench()
    await bench.append({ silent: true })
    begin(bench)
    await bench.clock.advance(1)
    await bench.append()
    await bench.relays.look()
    await bench.clock.advance(1)
    bench.asked.length = 0

    await bench.append()
    await bench.append()
    await bench.relays.look()

    assert.deepEqual(bench.spans, ['0-1', '1-2', '2-3', '3-4'])
    assert.deepEqual(bench.asked.filter((each) => each === 'read').length, 0)
  })

  it('pass on what this process commits without waiting until the log tells, and once', async () => {
    const bench = await openBench()
    begin(bench)
    await bench.append()
    bench.asked.length = 0

    bench.relays.committed([supplied], [2])
    await bench.clock.advance(1)
    assert.deepEqual(bench.spans, ['0-1', '1-2'])
    await bench.append()

    assert.deepEqual(bench.spans, ['0-1', '1-2'])
    assert.deepEqual(bench.asked, [])
  })

  it('leave a gap to the log, which tells of what others have committed before', async () => {
    const bench = await openBench()
    begin(bench)
    await bench.append()
    bench.asked.length = 0

    bench.relays.committed([supplied], [3])
    await bench.clock.advance(1)
    assert.deepEqual(bench.spans, ['0-1'])
    await bench.append()
    await bench.append()

    assert.deepEqual(bench.spans, ['0-1', '1-2', '2-3'])
    assert.deepEqual(bench.asked, [])
  })

  it('look into the log again when it tells no more, and say why', async () => {
    const bench = await openBench()
    begin(bench)
    await bench.append()

    for (const each of bench.followers) each.ended('the slot is gone')
    await bench.append({ silent: true })
    await bench.relays.look()
    await bench.clock.advance(1)

    assert.deepEqual(bench.spans, ['0-1', '1-2'])
    assert.deepEqual(bench.failures, ['the log is read, and not tailed: the slot is gone'])
  })

  it('find what the log has kept to itself from the moment when it began to tell', async () => {
    const bench = await openBench()
    begin(bench)
    await bench.append()
    await bench.append({ silent: true })
    assert.deepEqual(bench.spans, ['0-1'])

    await bench.relays.look()
    await bench.clock.advance(1)

    assert.deepEqual(bench.spans, ['0-1', '1-2'])
    assert.deepEqual(bench.failures, [])
  })

  it('note what is told while the log is compared for the first time', async () => {
    const bench = await openBench()
    begin(bench)
    const checked = bench.relays.look()
    await bench.append()
    await checked
    await check(bench)
    await check(bench)

    assert.deepEqual(bench.failures, [])
  })

  it('find what the log has kept to itself, and follow it anew', async () => {
    const bench = await openBench()
    begin(bench)
    await check(bench)
    await bench.append()
    const [before] = bench.followers
    await bench.append({ silent: true })
    assert.deepEqual(bench.spans, ['0-1'])

    await check(bench)
    assert.deepEqual(bench.failures, [])
    await check(bench)

    assert.deepEqual(bench.spans, ['0-1', '1-2'])
    assert.deepEqual(bench.failures, [
      'the log has not told of all that it holds: it is followed anew',
    ])
    assert.deepEqual([bench.followers.size, bench.followers.has(before as LogFollower)], [1, false])
  })

  it('end following with the last of them', async () => {
    const bench = await openBench()
    assert.equal(bench.followers.size, 1)

    await bench.relays.stop()

    assert.equal(bench.followers.size, 0)
  })
})

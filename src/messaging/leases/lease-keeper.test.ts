import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type VirtualClock, virtualClock } from '../../adapters/memory/clock.ts'
import { memoryStores } from '../../adapters/memory/store.ts'
import { createGroupCommit } from '../../log/group-commit.ts'
import type { Store } from '../../log/store.port.ts'
import { createLeaseKeeper, leaseLimits } from './lease-keeper.ts'
import type { LeasedWork, Leases } from './leases.ts'

const { lookMs, leaseLooks } = leaseLimits
const names = ['inbox/order/0', 'inbox/order/1', 'inbox/order/2', 'inbox/order/3']

interface Replica {
  readonly leases: Leases
  /** The replica lives while its clock is made to pass. */
  readonly clock: VirtualClock
  /** What it takes care of, as far as it knows. */
  readonly held: Set<string>
  readonly works: readonly LeasedWork[]
}

/** Who may not take care of what at the same time. */
interface Bench {
  readonly store: Store
  open(): Promise<Replica>
  /** Lets time pass for some, look by look; the others stand still. */
  live(looks: number, ...replicas: readonly Replica[]): Promise<void>
}

async function openBench(): Promise<Bench> {
  const stores = memoryStores({ shared: true })
  const store = await stores.open('stock', { partitions: 4 })
  const bench: Bench = {
    store,
    async open() {
      const clock = virtualClock({ startMs: Date.UTC(2026, 0, 1) + 1_000 * (opened += 1) })
      const group = createGroupCommit({ store, clock })
      const ids = { ...clock, newId: () => `replica-${opened}-${'0'.repeat(11)}${opened}` }
      const held = new Set<string>()
      const works = names.map(
        (name): LeasedWork => ({
          name,
          take: async () => void held.add(name),
          give: async () => void held.delete(name),
        }),
      )
      const onFailure = (message: string): void => assert.fail(message)
      const onLook = (): Promise<void> => Promise.resolve()
      const leases = createLeaseKeeper({ store, group, clock: ids, onLook, onFailure })
      for (const work of works) await leases.add(work)
      const starting = leases.start()
      await clock.advance(1)
      await starting
      return { leases, clock, held, works }
    },
    async live(looks, ...replicas) {
      for (let look = 0; look < looks; look += 1)
        for (const { clock } of replicas) await clock.advance(lookMs)
    },
  }
  return bench
}

let opened = 0

async function leave({ leases, works, clock }: Replica): Promise<void> {
  const leaving = (async () => {
    await leases.close()
    for (const work of works) await leases.remove(work)
    await leases.leave()
  })()
  await clock.advance(1)
  await leaving
}

function all(...replicas: readonly Replica[]): readonly string[] {
  return replicas.flatMap(({ held }) => [...held]).toSorted()
}

describe('leases', () => {
  it('give everything at once to a replica that is alone, which then writes nothing more', async () => {
    const bench = await openBench()
    const alone = await bench.open()
    assert.deepEqual(all(alone), names)

    const read = [{ kind: 'list', view: '$leases', limit: 10 }] as const
    const before = await bench.store.snapshot(read)
    await bench.live(50, alone)

    assert.deepEqual(await bench.store.snapshot(read), before)
  })

  it('are shared within a few looks when another replica comes, never by two at a time', async () => {
    const bench = await openBench()
    const first = await bench.open()
    const second = await bench.open()
    assert.deepEqual([first.held.size, second.held.size], [4, 0])

    for (let look = 0; look < 6; look += 1) {
      await bench.live(1, first, second)
      assert.equal(new Set(all(first, second)).size, all(first, second).length)
    }

    assert.deepEqual([first.held.size, second.held.size], [2, 2])
    assert.deepEqual(all(first, second), names)
  })

  it('are handed over at once by a replica that leaves', async () => {
    const bench = await openBench()
    const [first, second] = [await bench.open(), await bench.open()]
    await bench.live(6, first, second)

    await leave(first)
    await bench.live(1, second)

    assert.deepEqual([first.held.size, all(second)], [0, names])
  })

  it('are taken over from a replica that is silent for as long as they last', async () => {
    const bench = await openBench()
    const [first, second] = [await bench.open(), await bench.open()]
    await bench.live(6, first, second)

    await bench.live(leaseLooks - 4, second)
    assert.equal(second.held.size, 2)
    await bench.live(5, second)

    assert.deepEqual(all(second), names)
    assert.ok((leaseLooks + 1) * lookMs < 10_000)
  })

  it('are given up by a replica that has stood still, and shared with it again', async () => {
    const bench = await openBench()
    const [first, second] = [await bench.open(), await bench.open()]
    await bench.live(6, first, second)
    await bench.live(leaseLooks + 2, second)
    assert.deepEqual(all(second), names)

    await bench.live(1, first)
    assert.equal(first.held.size, 0)
    await bench.live(6, first, second)

    assert.deepEqual([first.held.size, second.held.size], [2, 2])
    assert.deepEqual(all(first, second), names)
  })

  it('are not lost by a replica that is slow, nor by clocks that differ', async () => {
    const bench = await openBench()
    const [first, second] = [await bench.open(), await bench.open()]
    await bench.live(6, first, second)

    for (let round = 0; round < 6; round += 1) {
      await bench.live(leaseLooks / 2, second)
      await bench.live(4, first)
    }

    assert.deepEqual([first.held.size, second.held.size], [2, 2])
  })

  it('are asked for with another number each time by a replica that was taken for lost', async () => {
    const bench = await openBench()
    const [first] = [await bench.open()]
    const numbers = new Set<string>()

    for (let round = 0; round < 3; round += 1) {
      const [answer] = await bench.store.snapshot([
        { kind: 'get', view: '$leases', key: 'replicas' },
      ])
      const found = answer?.kind === 'documents' ? answer.documents[0] : undefined
      assert.ok(found)
      numbers.add(found.value)
      const expected = found.version
      const taken = { view: '$leases', key: 'replicas', expected, value: '{}' }
      assert.equal((await bench.store.commit([{ documents: [taken] }]))[0]?.kind, 'committed')
      await bench.live(3, first)
    }

    assert.equal(numbers.size, 3)
  })

  it('are asked for so often at once while others are first, and again with the next look', async () => {
    const { store } = await openBench()
    const clock = virtualClock()
    const conflict = {
      kind: 'conflict',
      on: 'document',
      name: 'x',
      expected: 0,
      actual: 1,
    } as const
    let commits = 0
    const busy: Store = {
      ...store,
      commit: async (batch) => {
        commits += 1
        return batch.map(() => conflict)
      },
    }
    const onLook = (): Promise<void> => Promise.resolve()
    const onFailure = (message: string): void => assert.fail(message)
    const group = createGroupCommit({ store: busy, clock })
    const leases = createLeaseKeeper({ store: busy, group, clock, onLook, onFailure })

    const starting = leases.start()
    await clock.advance(1)
    await starting
    assert.equal(commits, leaseLimits.conflictsMax + 1)
    await clock.advance(lookMs)

    assert.equal(commits, 2 * (leaseLimits.conflictsMax + 1))
  })
})

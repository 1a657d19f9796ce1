// Random batches against the model in memory and against a store of a simulated world: the same verdicts and reads.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryStores } from '../../src/adapters/memory/store.ts'
import type { Store, StoreProvider } from '../../src/log/store.port.ts'
import { differential } from '../../src/testing/differential.ts'
import { simulatedStores } from './simulated-stores.ts'
import type { TrialStrengths } from './trial-world.ts'

const worlds: Readonly<Record<string, TrialStrengths>> = {
  quiet: {},
  slow: { 'store slow': 0.3 },
  busy: { 'store busy': 0.2 },
}

for (const [name, strengths] of Object.entries(worlds)) {
  test(`a ${name} simulated store and the model give the same verdicts and the same reads`, async () => {
    let committed = 0
    for (let seed = 1; seed <= 10; seed += 1) {
      const other = simulatedStores({ seed, strengths })
      const counts = await differential(memoryStores(), other, { seed })
      committed += counts.get('committed') ?? 0
    }
    assert.ok(committed > 100, String(committed))
  })
}

/** Runs after which a bug must have been seen. */
const seedsToSee = 20

/** What a store may do wrong in a way that only some commits and some reads show. */
const planted: Readonly<Record<string, (store: Store) => Partial<Store>>> = {
  'a verdict that hides a conflict': (store) => ({
    commit: async (batch) => {
      const verdicts = await store.commit(batch)
      return verdicts.map((each) =>
        each.kind === 'conflict' ? { kind: 'committed', positions: [] } : each,
      )
    },
  }),
  'a timer that is never cancelled': (store) => ({
    commit: (batch) => store.commit(batch.map(({ cancelTimers: _, ...rest }) => rest)),
  }),
  'a document that loses its index': (store) => ({
    commit: (batch) =>
      store.commit(
        batch.map(({ documents = [], ...rest }) => ({
          ...rest,
          documents: documents.map(({ index: _, ...document }) => document),
        })),
      ),
  }),
  'a page that is too long': (store) => ({
    parked: (page) => store.parked({ ...page, limit: page.limit + 1 }),
  }),
  'a snapshot that forgets its state': (store) => ({
    commit: (batch) =>
      store.commit(
        batch.map(({ streams = [], ...rest }) => ({
          ...rest,
          streams: streams.map(({ state: _, stateVersion: __, ...stream }) => stream),
        })),
      ),
  }),
}

for (const [bug, change] of Object.entries(planted)) {
  test(`a differential run sees ${bug}, and says its seed and how to run it again`, async () => {
    const run = async (): Promise<void> => {
      for (let seed = 1; seed <= seedsToSee; seed += 1) {
        const replay = `SEED=${seed} npm test`
        await differential(memoryStores(), changed(memoryStores(), change), { seed, replay })
      }
    }

    await assert.rejects(
      run,
      /^AssertionError.*Seed (\d+), \d partitions?, step \d+: .* differs\.\nReplay it: SEED=\1 npm test/s,
    )
  })
}

test('a differential run is the same for its seed, and takes the partitions that it is given', async () => {
  const run = (seed: number) =>
    differential(memoryStores(), memoryStores(), { seed, partitions: 3 })

  assert.deepEqual(await run(7), await run(7))
  assert.notDeepEqual(await run(7), await run(8))
})

function changed(stores: StoreProvider, change: (store: Store) => Partial<Store>): StoreProvider {
  return {
    erase: (service) => stores.erase(service),
    async open(service, asked) {
      const store = await stores.open(service, asked)
      return { ...store, ...change(store) }
    },
  }
}

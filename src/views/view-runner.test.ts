import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { memoryBroker } from '../adapters/memory/broker.ts'
import { virtualClock } from '../adapters/memory/clock.ts'
import { memoryStores } from '../adapters/memory/store.ts'
import { aggregate } from '../language/aggregate.ts'
import { contract } from '../language/contract.ts'
import { DureError } from '../language/errors.ts'
import { service } from '../language/service.ts'
import { type System, system } from '../language/system.ts'
import { type TypedView, view } from '../language/view.ts'
import type { Store, StoreProvider } from '../log/store.port.ts'
import type { RunningSystem } from '../runtime/running-system.port.ts'
import { startSystem } from '../runtime/start-system.ts'
import { untilIdle } from '../testing/until-idle.ts'

const Book = z.object({ isbn: z.string(), title: z.string() })
const Shelf = contract('shelf', {
  commands: { add: { input: Book }, dust: { input: z.object({ isbn: z.string() }) } },
  events: { Added: Book, Dusted: z.object({ isbn: z.string() }) },
  queries: {
    title: {
      input: z.object({ isbn: z.string() }),
      output: z.object({ title: z.string() }),
      rejects: { NotFound: z.object({}) },
    },
    titles: { input: z.object({}), output: z.object({ count: z.int() }) },
  },
})
const BookAggregate = aggregate(Shelf, 'book', {
  key: ({ isbn }) => isbn,
  initial: () => ({}),
  decide: {
    add: (_book, command) => Shelf.Added(command),
    dust: (_book, command) => Shelf.Dusted(command),
  },
  evolve: {},
})

interface Title {
  readonly title: string
}

function titles(options: {
  readonly consistency: 'inline' | 'async'
  readonly version?: number
  readonly mark?: string
}): TypedView<Title, never> {
  const { consistency, version = 1, mark = '' } = options
  const document = z.object({ title: z.string() })
  return view('titles', { document, consistency, version }).on(Shelf.Added, {
    key: ({ isbn }) => isbn,
    evolve: (_title, { title }) => ({ title: `${title}${mark}` }),
  })
}

function library(views: readonly TypedView<Title, never>[]): System {
  const [first = titles({ consistency: 'async' })] = views
  const shelf = service(Shelf, {
    aggregates: [BookAggregate],
    views,
    queries: {
      title: async ({ isbn }, { read, reject }) =>
        (await read.get(first, isbn)) ?? reject.NotFound({}),
      titles: async (_input, { read }) => ({
        count: (await read.list(first, { limit: 10_000 })).length,
      }),
    },
  })
  return system('library', { services: [shelf] })
}

const clock = virtualClock()

function start(
  views: readonly TypedView<Title, never>[],
  stores: StoreProvider = memoryStores(),
): Promise<RunningSystem> {
  return startSystem(library(views), { stores, broker: memoryBroker({ clock }), clock })
}

async function add(running: RunningSystem, count: number, from = 0): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, (_, index) =>
      running.execute(Shelf.add({ isbn: `b${from + index}`, title: `Book ${from + index}` })),
    ),
  )
}

async function titleOf(running: RunningSystem, isbn: string): Promise<unknown> {
  const answer = await running.query(Shelf.title({ isbn }))
  return answer.ok ? answer.output : answer.rejected
}

async function countOf(running: RunningSystem): Promise<unknown> {
  const answer = await running.query(Shelf.titles({}))
  return answer.ok && answer.output
}

/** Settles `work` while virtual time passes; fails when it is still unsettled after a virtual minute. */
async function within<T>(work: Promise<T>): Promise<T> {
  let isSettled = false
  const note = (): void => {
    isSettled = true
  }
  work.then(note, note)
  const endMs = clock.nowMs() + 60_000
  while (!isSettled && clock.nowMs() < endMs) await clock.advance(20)
  assert.ok(isSettled, 'still waiting after a minute')
  return work
}

/** Stores whose commits fail from the moment when `isBroken` says so, as those of a killed process do. */
function breaking(
  stores: StoreProvider,
  isBroken: (store: Store) => Promise<boolean>,
): StoreProvider {
  return {
    erase: (name) => stores.erase(name),
    async open(name, options) {
      const store = await stores.open(name, options)
      return {
        ...store,
        async commit(batch) {
          if (await isBroken(store)) throw new DureError('STORE_UNAVAILABLE', 'The process ended.')
          return store.commit(batch)
        },
      }
    },
  }
}

describe('the views of a running service', () => {
  for (const consistency of ['inline', 'async'] as const) {
    it(`are built anew while the log goes on with what they do not want (${consistency})`, async () => {
      await using running = await start([titles({ consistency })])
      await add(running, 10)
      await running.execute(Shelf.dust({ isbn: 'b1' }))
      await untilIdle(running, clock)

      await within(running.rebuildView('shelf', 'titles'))

      await add(running, 5, 10)
      await untilIdle(running, clock)
      assert.deepEqual(await countOf(running), { count: 15 })
    })

    it(`are built anew when the log holds nothing that they want (${consistency})`, async () => {
      await using running = await start([titles({ consistency })])
      await running.execute(Shelf.dust({ isbn: 'b1' }))
      await untilIdle(running, clock)

      await within(running.rebuildView('shelf', 'titles'))

      assert.deepEqual(await countOf(running), { count: 0 })
    })

    it(`are built anew at the start when their definition has another version (${consistency})`, async () => {
      const stores = memoryStores()
      const first = await start([titles({ consistency })], stores)
      await add(first, 300)
      await untilIdle(first, clock)
      await first.stop()

      await using second = await start([titles({ consistency, version: 2, mark: '!' })], stores)
      await untilRebuilt(second)

      assert.deepEqual(await titleOf(second, 'b7'), { title: 'Book 7!' })
      assert.deepEqual(await countOf(second), { count: 300 })
    })

    it(`lose nothing when building them anew is interrupted and begun again (${consistency})`, async () => {
      const stores = memoryStores()
      const first = await start([titles({ consistency })], stores)
      await add(first, 600)
      await untilIdle(first, clock)
      await first.stop()
      let isBroken = false
      await start(
        [titles({ consistency, version: 2 })],
        breaking(stores, async (store) => (isBroken ||= await isHalfway(store))),
      )
      while (!isBroken) await clock.advance(5)
      stores.crash('shelf')

      await using third = await start([titles({ consistency, version: 2 })], stores)
      await untilRebuilt(third)

      assert.deepEqual(await countOf(third), { count: 600 })
    })
  }

  it('are built from the whole log when they are new to it (inline)', async () => {
    const stores = memoryStores()
    const first = await start([], stores)
    await add(first, 30)
    await untilIdle(first, clock)
    await first.stop()

    await using second = await start([titles({ consistency: 'inline' })], stores)
    await untilRebuilt(second)

    assert.deepEqual(await countOf(second), { count: 30 })
  })

  it('are read as they were until the new documents are complete', async () => {
    const stores = memoryStores()
    const first = await start([titles({ consistency: 'async' })], stores)
    await add(first, 300)
    await untilIdle(first, clock)
    await first.stop()

    await using second = await start(
      [titles({ consistency: 'async', version: 2, mark: '!' })],
      stores,
    )
    const counts = new Set<string>()
    while (await isRebuilding(second)) {
      counts.add(JSON.stringify(await countOf(second)))
      await clock.advance(1)
    }

    assert.deepEqual([...counts], ['{"count":300}'])
    assert.deepEqual(await titleOf(second, 'b7'), { title: 'Book 7!' })
  })

  it('let the system stop while they are built anew', async () => {
    const stores = memoryStores()
    const first = await start([titles({ consistency: 'inline' })], stores)
    await add(first, 600)
    await untilIdle(first, clock)
    await first.stop()
    const second = await start([titles({ consistency: 'inline', version: 2 })], stores)

    await within(second.stop())

    await using third = await start([titles({ consistency: 'inline', version: 2 })], stores)
    await untilRebuilt(third)
    assert.deepEqual(await countOf(third), { count: 600 })
  })

  it('refuse to be built anew twice at the same time, and views that are not there', async () => {
    await using running = await start([titles({ consistency: 'async' })])
    await add(running, 10)

    const [one, other] = await within(
      Promise.allSettled([
        running.rebuildView('shelf', 'titles'),
        running.rebuildView('shelf', 'titles'),
      ]),
    )

    assert.equal(one.status, 'fulfilled')
    assert.match(other.status === 'rejected' ? String(other.reason) : '', /built anew already/)
    await assert.rejects(running.rebuildView('shelf', 'none'), { code: 'VIEW_UNKNOWN' })
    await assert.rejects(running.rebuildView('none', 'titles'), { code: 'VIEW_UNKNOWN' })
  })

  it('tell how far building them anew has come, up to the whole log', async () => {
    await using running = await start([titles({ consistency: 'async' })])
    await add(running, 300)
    await untilIdle(running, clock)
    const progress: number[] = []

    await within(
      running.rebuildView('shelf', 'titles', ({ done, total }) => progress.push(done / total)),
    )

    assert.deepEqual(
      progress,
      progress.toSorted((one, other) => one - other),
    )
    assert.equal(progress.at(-1), 1)
  })
})

async function isHalfway(store: Store): Promise<boolean> {
  const cursors = await store.cursors()
  return cursors.some(({ consumer, position }) => consumer === 'view:titles@2' && position > 200)
}

async function isRebuilding(running: RunningSystem): Promise<boolean> {
  const { services } = await running.status()
  return services.some(({ views }) => views.some(({ rebuilding }) => rebuilding))
}

async function untilRebuilt(running: RunningSystem): Promise<void> {
  const endMs = clock.nowMs() + 60_000
  while (await isRebuilding(running)) {
    assert.ok(clock.nowMs() < endMs, 'still building after a minute')
    await clock.advance(5)
  }
}

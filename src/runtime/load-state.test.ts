import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { memoryStores } from '../adapters/memory/store.ts'
import { type Aggregate, aggregate } from '../language/aggregate.ts'
import { contract } from '../language/contract.ts'
import { eventTypesOf } from '../log/stored-event.ts'
import { type Commit, type LoadedStream, loadedEventsMax, type Store } from '../log/store.port.ts'
import { loadState, replayPageMax } from './load-state.ts'

const Step = z.object({ by: z.int() })
const Walk = contract('walk', { commands: { go: { input: Step } }, events: { Went: Step } })

/** Adds up; with `factor` it reads the events in another way, as newer code may. */
function walker(options: { readonly version?: number; readonly factor?: number } = {}): Aggregate {
  const { version = 1, factor = 1 } = options
  return aggregate(Walk, 'walker', {
    version,
    key: () => 'w',
    initial: () => ({ at: 0, seen: 0 }),
    decide: { go: (_walker, command) => Walk.Went(command) },
    evolve: {
      Went: ({ at, seen }, { by }, { version: number }) => {
        assert.equal(number, seen + 1)
        return { at: at + by * factor, seen: number }
      },
    },
  })
}

const stream = 'walker/w'

function went(from: number, count: number, snapshot?: Pick<Commit, 'result'>): Commit {
  const entries = Array.from({ length: count }, (_, index) => ({
    kind: 'event' as const,
    type: 'walk.Went',
    schemaVersion: 1,
    stream,
    streamVersion: from + index + 1,
    key: 'w',
    partition: 0,
    data: '{"by":1}',
    meta: '{}',
    atMs: 1_000 + from + index,
  }))
  const state = snapshot?.result === undefined ? {} : { state: snapshot.result, stateVersion: 1 }
  return { streams: [{ stream, expected: from, next: from + count, ...state }], entries }
}

async function storeWith(...commits: readonly Commit[]): Promise<Store> {
  const store = await memoryStores().open('walk', { partitions: 1 })
  await store.commit(commits)
  return store
}

async function loadedFrom(store: Store): Promise<LoadedStream> {
  const [answer] = await store.snapshot([{ kind: 'stream', stream }])
  assert.ok(answer?.kind === 'stream')
  return answer.stream
}

async function stateOf(
  store: Store,
  definition: Aggregate,
  loaded?: LoadedStream,
): Promise<unknown> {
  const options = { service: 'walk', store, types: eventTypesOf([Walk]) }
  const cell = await loadState(options, definition, loaded ?? (await loadedFrom(store)))
  return { version: cell.version, value: cell.value, stateAt: cell.stateAt, atMs: cell.atMs }
}

describe('the state of an aggregate', () => {
  it('is the initial one without events', async () => {
    const store = await storeWith()

    assert.deepEqual(await stateOf(store, walker()), {
      version: 0,
      value: { at: 0, seen: 0 },
      stateAt: 0,
      atMs: 0,
    })
  })

  it('is the snapshot and the events after it', async () => {
    const store = await storeWith(went(0, 3, { result: '{"at":100,"seen":3}' }), went(3, 2))

    assert.deepEqual(await stateOf(store, walker()), {
      version: 5,
      value: { at: 102, seen: 5 },
      stateAt: 3,
      atMs: 1_004,
    })
  })

  it('is replayed from the first event when the snapshot is of another version of the code', async () => {
    const store = await storeWith(went(0, 3, { result: '{"at":100,"seen":3}' }), went(3, 2))

    assert.deepEqual(await stateOf(store, walker({ version: 2, factor: 10 })), {
      version: 5,
      value: { at: 50, seen: 5 },
      stateAt: 0,
      atMs: 1_004,
    })
  })

  it('is replayed page by page, however many events there are', async () => {
    const count = 25_000
    const store = await storeWith(went(0, count))
    const limits: number[] = []
    const paged: Store = {
      ...store,
      streamEvents(request) {
        limits.push(request.limit)
        return store.streamEvents(request)
      },
    }

    const state = await stateOf(paged, walker())

    assert.deepEqual(state, {
      version: count,
      value: { at: count, seen: count },
      stateAt: 0,
      atMs: 1_000 + count - 1,
    })
    assert.equal(limits.length, (count - loadedEventsMax) / replayPageMax)
  })

  it('is that of the snapshot it was asked of, whatever was appended while it was replayed', async () => {
    const store = await storeWith(went(0, loadedEventsMax + 10))
    const loaded = await loadedFrom(store)
    await store.commit([went(loadedEventsMax + 10, 5)])

    const count = loadedEventsMax + 10
    assert.deepEqual(await stateOf(store, walker(), loaded), {
      version: count,
      value: { at: count, seen: count },
      stateAt: 0,
      atMs: 1_000 + count - 1,
    })
  })

  it('cannot be told when the log holds an event that no contract knows', async () => {
    const { streams, entries = [] } = went(0, 1)
    const gone = entries.map((each) => ({ ...each, type: 'walk.Gone' }))
    const store = await storeWith({ ...(streams ? { streams } : {}), entries: gone })
    const known = { ...walker(), evolve: { 'walk.Gone': (state: unknown) => state } }

    await assert.rejects(stateOf(store, known), { code: 'LOG_EVENT_UNREADABLE' })
  })
})

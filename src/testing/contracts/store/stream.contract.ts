import assert from 'node:assert/strict'
import { loadedEventsMax, type LoadedStream, type Store } from '../../../log/store.port.ts'
import { commitAll, kindsOf, sampleEvent, type StorePromise } from './trial.ts'

async function load(store: Store, stream: string): Promise<LoadedStream> {
  const [answer] = await store.snapshot([{ kind: 'stream', stream }])
  assert.ok(answer?.kind === 'stream')
  return answer.stream
}

function versions({ events }: Pick<LoadedStream, 'events'>): readonly (number | undefined)[] {
  return events.map(({ streamVersion }) => streamVersion)
}

function countFrom(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => first + index)
}

/** What a store promises about streams: versions, snapshots, replay. */
export const streamPromises: readonly StorePromise[] = [
  {
    promise: 'loads a stream that does not exist as one at version 0',
    async check(trial) {
      await using store = await trial.open()

      const stream = await load(store, 'item/1')

      assert.deepEqual(stream, { stream: 'item/1', version: 0, stateAt: 0, events: [] })
      assert.deepEqual(await store.streamEvents({ stream: 'item/1', after: 0, limit: 10 }), [])
    },
  },
  {
    promise: 'counts the versions of a stream from 1 and loads its events oldest first',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [
        trial.append('item/1', 0, { count: 2 }),
        trial.append('item/2', 0),
        trial.append('item/1', 2),
      ])
      await commitAll(store, [trial.append('item/1', 3, { count: 2, data: '"late"' })])

      const stream = await load(store, 'item/1')

      assert.equal(stream.version, 5)
      assert.deepEqual(versions(stream), [1, 2, 3, 4, 5])
      assert.equal(stream.events.at(-1)?.data, '"late"')
      assert.ok(stream.events.every((event) => event.stream === 'item/1'))
    },
  },
  {
    promise: 'takes a commit to a stream only at the version that it expects',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [trial.append('item/1', 0, { count: 3 })])

      for (const expected of [0, 1, 2, 4]) {
        const verdicts = await store.commit([trial.append('item/1', expected)])

        assert.deepEqual(verdicts, [
          { kind: 'conflict', on: 'stream', name: 'item/1', expected, actual: 3 },
        ])
      }
      await commitAll(store, [trial.append('item/1', 3)])
      assert.equal((await load(store, 'item/1')).version, 4)
    },
  },
  {
    promise: 'changes nothing by a write whose next version is the expected one, and checks it',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [trial.append('item/1', 0, { count: 2, state: '"two"' })])
      const before = await load(store, 'item/1')
      const checkOnly = (stream: string, version: number) => ({
        streams: [{ stream, expected: version, next: version }],
      })

      const right = await store.commit([checkOnly('item/1', 2), checkOnly('item/2', 0)])
      const wrong = await store.commit([checkOnly('item/1', 1), checkOnly('item/2', 1)])

      assert.deepEqual(kindsOf(right), ['committed', 'committed'])
      assert.deepEqual(kindsOf(wrong), ['conflict', 'conflict'])
      assert.deepEqual(await load(store, 'item/1'), before)
      assert.equal((await load(store, 'item/2')).version, 0)
    },
  },
  {
    promise: 'loads the newest snapshot and only the events after it',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [
        trial.append('item/1', 0, { count: 3, state: '{"at":3}' }),
        trial.append('item/1', 3, { count: 2 }),
      ])
      const early = await load(store, 'item/1')
      await commitAll(store, [
        {
          ...trial.append('item/1', 5),
          streams: [{ stream: 'item/1', expected: 5, next: 6, state: '{"at":6}', stateVersion: 4 }],
        },
      ])

      const late = await load(store, 'item/1')

      assert.deepEqual(
        [early.version, early.state, early.stateVersion, early.stateAt],
        [5, '{"at":3}', 1, 3],
      )
      assert.deepEqual(versions(early), [4, 5])
      assert.deepEqual(late, {
        stream: 'item/1',
        version: 6,
        state: '{"at":6}',
        stateVersion: 4,
        stateAt: 6,
        events: [],
      })
    },
  },
  {
    promise: 'keeps a stream of which only the state is stored',
    async check(trial) {
      await using store = await trial.open()
      const write = (expected: number, state: string) => ({
        streams: [{ stream: 'item/1', expected, next: expected + 1, state, stateVersion: 2 }],
      })
      await commitAll(store, [write(0, '"one"'), write(1, '"two"')])

      const verdicts = await store.commit([write(1, '"late"')])

      assert.deepEqual(kindsOf(verdicts), ['conflict'])
      assert.deepEqual(await load(store, 'item/1'), {
        stream: 'item/1',
        version: 2,
        state: '"two"',
        stateVersion: 2,
        stateAt: 2,
        events: [],
      })
      assert.deepEqual(
        await store.heads(),
        Array.from({ length: trial.partitions }, () => 0),
      )
    },
  },
  {
    promise: 'reads events of a stream page by page',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [
        trial.append('item/1', 0, { count: 7, state: '{}' }),
        trial.append('item/2', 0, { count: 3 }),
        trial.append('item/1', 7, { count: 3 }),
      ])
      const read = async (after: number, limit: number) =>
        versions({ events: await store.streamEvents({ stream: 'item/1', after, limit }) })

      const pages = [await read(0, 4), await read(4, 4), await read(8, 4), await read(10, 4)]

      assert.deepEqual(pages, [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10], []])
      assert.deepEqual(await read(0, 0), [])
    },
  },
  {
    promise: 'reads events of a stream that has versions without events',
    async check(trial) {
      await using store = await trial.open()
      const partition = trial.partitionOf('item/1')
      const silent = (expected: number, next: number) => ({
        streams: [{ stream: 'item/1', expected, next, state: String(next), stateVersion: 1 }],
      })
      await commitAll(store, [
        trial.append('item/1', 0, { count: 2 }),
        silent(2, 700),
        trial.append('item/1', 700, { count: 2 }),
        silent(702, 710),
        {
          streams: [{ stream: 'item/1', expected: 710, next: 720 }],
          entries: [sampleEvent('item/1', 715, { partition })],
        },
      ])

      const all = await store.streamEvents({ stream: 'item/1', after: 1, limit: 10 })
      const page = await store.streamEvents({ stream: 'item/1', after: 2, limit: 2 })
      const stream = await load(store, 'item/1')

      assert.deepEqual(versions({ events: all }), [2, 701, 702, 715])
      assert.deepEqual(versions({ events: page }), [701, 702])
      assert.deepEqual([stream.version, stream.stateAt, versions(stream)], [720, 710, [715]])
    },
  },
  {
    promise: 'fills a page of events over a long gap in their versions',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [
        trial.append('item/1', 0, { count: 200 }),
        { streams: [{ stream: 'item/1', expected: 200, next: 500 }] },
        trial.append('item/1', 500, { count: 300 }),
      ])

      const page = await store.streamEvents({ stream: 'item/1', after: 100, limit: 250 })

      assert.deepEqual(versions({ events: page }), [...countFrom(101, 100), ...countFrom(501, 150)])
    },
  },
  {
    promise: 'loads at most so many events of a long stream, and reads all of it page by page',
    async check(trial) {
      await using store = await trial.open()
      const length = loadedEventsMax + 700
      for (let version = 0; version < length; version += 1_070) {
        const hundreds = Array.from({ length: 10 }, (_, index) => version + index * 107)
        await commitAll(store, [
          ...hundreds.map((from) => trial.append('item/1', from, { count: 107 })),
          ...hundreds.map((from) =>
            trial.append('item/2', from, { count: 107, ...(from === 321 ? { state: '{}' } : {}) }),
          ),
        ])
      }

      const [whole, tail] = [await load(store, 'item/1'), await load(store, 'item/2')]
      const page = await store.streamEvents({
        stream: 'item/1',
        after: loadedEventsMax,
        limit: 1_000,
      })
      const middle = await store.streamEvents({ stream: 'item/1', after: 3_210, limit: 1_111 })

      assert.equal(whole.version, length)
      assert.deepEqual(versions(whole), countFrom(1, loadedEventsMax))
      assert.deepEqual(versions(tail), countFrom(429, loadedEventsMax))
      assert.deepEqual(versions({ events: page }), countFrom(loadedEventsMax + 1, 700))
      assert.deepEqual(versions({ events: middle }), countFrom(3_211, 1_111))
    },
  },
  {
    promise: 'keeps streams apart whose names are alike',
    async check(trial) {
      await using store = await trial.open()
      const names = [
        'a',
        'a/',
        'A',
        'a\u0000',
        'a\u0000b',
        'ä',
        'a\u0308',
        '',
        ' a',
        'a ',
        '🙂',
        '\uffff',
      ]
      await commitAll(
        store,
        names.map((name, index) => trial.append(name, 0, { count: index + 1 })),
      )

      const loaded = await Promise.all(names.map((name) => load(store, name)))

      assert.deepEqual(
        loaded.map(({ version }) => version),
        countFrom(1, names.length),
      )
      assert.deepEqual(
        loaded.map(({ events }) => events.length),
        countFrom(1, names.length),
      )
    },
  },
]

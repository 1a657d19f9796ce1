import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { virtualClock } from '../adapters/memory/clock.ts'
import { memoryStores } from '../adapters/memory/store.ts'
import { DureError } from '../language/errors.ts'
import { cellsOf, createGroupCommit, type GroupCommit, type Settled } from './group-commit.ts'
import type { Commit, LogStore, Store, Verdict } from './store.port.ts'

/** A store whose next commits may be told to fail, and which remembers the batches that it was given. */
interface Faulty extends LogStore {
  readonly batches: (readonly Commit[])[]
  /** What happens to the coming commits, in order; after them all is well. */
  readonly faults: ('lost' | 'unanswered' | 'full' | 'silent')[]
}

async function openFaulty(): Promise<Faulty> {
  const store: Store = await memoryStores().open('stock', { partitions: 1 })
  const batches: (readonly Commit[])[] = []
  const faults: Faulty['faults'] = []
  return {
    ...store,
    batches,
    faults,
    async commit(batch): Promise<readonly Verdict[]> {
      batches.push(batch)
      const fault = faults.shift()
      if (fault === 'full') throw new DureError('STORE_FULL', 'The disk is full.')
      if (fault === 'lost') throw unknown()
      const verdicts = await store.commit(batch)
      if (fault === 'unanswered') throw unknown()
      return fault === 'silent' ? [] : verdicts
    },
  }
}

function unknown(): DureError {
  return new DureError('LOG_COMMIT_UNKNOWN', 'The connection broke at COMMIT.')
}

function move(stream: string, expected: number, facts: Partial<Commit> = {}): Commit {
  return { streams: [{ stream, expected, next: expected + 1 }], ...facts }
}

function named(id: string, stream: string, expected: number): Commit {
  return move(stream, expected, { id, fingerprint: 'f', result: JSON.stringify(id) })
}

interface Bench {
  readonly store: Faulty
  readonly group: GroupCommit
  /** Names of the commits in the order in which they were settled. */
  readonly order: string[]
  submit(name: string, commit: Commit): void
  kinds(): Promise<Record<string, string>>
}

async function openBench(limits = {}): Promise<Bench> {
  const store = await openFaulty()
  const clock = virtualClock()
  const group = createGroupCommit({ store, clock, limits })
  const order: string[] = []
  const settled = new Map<string, Settled>()
  return {
    store,
    group,
    order,
    submit(name, commit) {
      group.submit(commit, (each) => {
        order.push(name)
        settled.set(name, each)
      })
    },
    async kinds() {
      let isDrained = false
      const drained = group.drained().then(() => {
        isDrained = true
      })
      while (!isDrained) await clock.advance(50)
      await drained
      return Object.fromEntries([...settled].map(([name, { kind }]) => [name, kind]))
    },
  }
}

describe('group commit', () => {
  it('writes what arrives in one turn together, and settles it in the order of arrival', async () => {
    const bench = await openBench()
    const names = Array.from({ length: 20 }, (_, index) => `c${index}`)

    for (const name of names) bench.submit(name, move(name, 0))
    await bench.kinds()

    assert.equal(bench.store.batches.length, 1)
    assert.deepEqual(bench.order, names)
    assert.deepEqual([bench.group.commits, bench.group.groups], [20, 1])
  })

  it('divides what waits into groups of the maximum, in order', async () => {
    const bench = await openBench({ groupMax: 3 })

    for (let index = 0; index < 8; index += 1) bench.submit(`c${index}`, move(`c${index}`, 0))
    await bench.kinds()

    assert.deepEqual(
      bench.store.batches.map(({ length }) => length),
      [3, 3, 2],
    )
    assert.deepEqual(bench.order, ['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7'])
  })

  it('gathers what arrives while a group is written', async () => {
    const bench = await openBench()
    bench.group.submit(move('a', 0), () => {
      bench.submit('b', move('b', 0))
      bench.submit('c', move('c', 0))
    })

    assert.deepEqual(await bench.kinds(), { b: 'committed', c: 'committed' })
    assert.equal(bench.store.batches.length, 2)
  })

  it('refuses more than may wait, and takes more again once something was written', async () => {
    const bench = await openBench({ queueMax: 2 })
    bench.submit('a', move('a', 0))
    bench.submit('b', move('b', 0))

    assert.equal(bench.group.waiting, 2)
    assert.throws(() => bench.submit('c', move('c', 0)), { code: 'COMMAND_QUEUE_FULL' })

    await bench.kinds()
    bench.submit('d', move('d', 0))
    assert.deepEqual(await bench.kinds(), { a: 'committed', b: 'committed', d: 'committed' })
  })

  it('settles a conflict and what rests on it, inside the group and in the queue, and nothing else', async () => {
    const bench = await openBench({ groupMax: 2 })
    await bench.store.commit([move('taken', 0)])

    bench.submit('late', move('taken', 0))
    bench.submit('beside', move('other', 0))
    bench.submit('behind', move('taken', 1, { documents: [{ view: 'v', key: 'k', expected: 0 }] }))
    bench.submit('behind that', { documents: [{ view: 'v', key: 'k', expected: 1, value: '1' }] })
    bench.submit('free', move('free', 0))

    assert.deepEqual(await bench.kinds(), {
      late: 'conflict',
      beside: 'committed',
      behind: 'conflict',
      'behind that': 'conflict',
      free: 'committed',
    })
    assert.deepEqual(bench.order, ['late', 'beside', 'behind', 'behind that', 'free'])
  })

  it('drops what waits behind a duplicate: it was decided on an effect that did not happen', async () => {
    const bench = await openBench({ groupMax: 1 })
    await bench.store.commit([named('once', 's', 0)])

    bench.submit('repeated', named('once', 's', 1))
    bench.submit('behind', move('s', 2))

    assert.deepEqual(await bench.kinds(), { repeated: 'duplicate', behind: 'conflict' })
    assert.equal((await bench.store.results(['once'])).get('once'), '"once"')
  })

  for (const fault of ['lost', 'unanswered'] as const) {
    it(`settles a group by the ids of its commands when it cannot be told whether it was ${fault}`, async () => {
      const bench = await openBench()
      bench.store.faults.push(fault)

      bench.submit('a', named('a', 's', 0))
      bench.submit('b', named('b', 's', 1))

      const kind = fault === 'lost' ? 'committed' : 'duplicate'
      assert.deepEqual(await bench.kinds(), { a: kind, b: kind })
      const stream = { kind: 'stream', stream: 's' } as const
      const [answer] = await (bench.store as unknown as Store).snapshot([stream])
      assert.equal(answer?.kind === 'stream' && answer.stream.version, 2)
    })
  }

  it('hands a group whose outcome stays unknown in again so often as it may, waiting longer each time', async () => {
    const bench = await openBench({ unknownRetriesMax: 3 })
    bench.store.faults.push('lost', 'lost', 'lost', 'lost')

    bench.submit('a', move('a', 0))
    bench.submit('behind', move('a', 1))

    assert.deepEqual(await bench.kinds(), { a: 'failed', behind: 'failed' })
    assert.equal(bench.store.batches.length, 4)
  })

  it('does not take the failure of a later attempt for an answer to an earlier one', async () => {
    const bench = await openBench({ unknownRetriesMax: 2 })
    bench.store.faults.push('unanswered', 'full')
    const codes: unknown[] = []

    bench.submit('settled', named('a', 's', 0))
    const kinds = { ...(await bench.kinds()) }
    bench.store.faults.push('unanswered', 'full', 'full')
    bench.group.submit(named('b', 's', 1), (settled) =>
      codes.push(settled.kind === 'failed' && (settled.error as DureError).code),
    )
    await bench.kinds()

    assert.deepEqual(kinds, { settled: 'duplicate' })
    assert.deepEqual(codes, ['LOG_COMMIT_UNKNOWN'])
  })

  it('passes a failure on to each commit of the group and to what rests on them', async () => {
    const bench = await openBench({ groupMax: 2 })
    bench.store.faults.push('full')
    const errors: unknown[] = []
    const note = (settled: Settled): void => {
      errors.push(settled.kind === 'failed' ? (settled.error as DureError).code : settled.kind)
    }

    bench.group.submit(move('a', 0), note)
    bench.group.submit(move('b', 0), note)
    bench.group.submit(move('a', 1), note)
    bench.group.submit(move('c', 0), note)
    await bench.kinds()

    assert.deepEqual(errors, ['STORE_FULL', 'STORE_FULL', 'conflict', 'committed'])
  })

  it('says why the last group was not written, until one is', async () => {
    const bench = await openBench()
    bench.store.faults.push('full')
    bench.submit('a', move('a', 0))
    await bench.kinds()
    const { failure } = bench.group
    bench.submit('a', move('a', 0))
    await bench.kinds()

    assert.equal(failure instanceof DureError && failure.code, 'STORE_FULL')
    assert.equal(bench.group.failure, undefined)
  })

  it('fails what a store leaves without a verdict', async () => {
    const bench = await openBench()
    bench.store.faults.push('silent')

    bench.submit('a', move('a', 0))

    assert.deepEqual(await bench.kinds(), { a: 'failed' })
  })

  it('counts what was done, and apart from it what only notes who is there and how far', async () => {
    const bench = await openBench()
    const cursor = { consumer: 'inbox', source: 'order', incarnation: 'i', partition: 0 }
    bench.submit('step', { cursors: [{ ...cursor, expected: 0, position: 1 }] })
    bench.submit('beat', {
      documents: [{ view: '$leases', key: 'replicas', expected: 0, value: '1' }],
    })
    bench.submit('view', { documents: [{ view: 'shelf', key: 'tea', expected: 0, value: '1' }] })
    bench.submit('timer', { setTimers: [{ id: 't', atMs: 1, data: '1' }] })

    await bench.kinds()

    assert.deepEqual([bench.group.commits, bench.group.deeds], [4, 2])
  })

  it('is drained at once when nothing waits', async () => {
    const bench = await openBench()

    await bench.group.drained()

    assert.equal(bench.group.waiting, 0)
  })

  it('names everything that a commit writes or rests on', () => {
    const cursor = { consumer: 'c', source: 's', incarnation: 'i', partition: 0 }
    const cells = cellsOf({
      streams: [{ stream: 'item/1', expected: 3, next: 3 }],
      documents: [{ view: 'v', key: 'k', expected: 0 }],
      cursors: [{ ...cursor, expected: 0, position: 1 }],
    })

    assert.deepEqual(cells, ['stream item/1', 'document v k', 'cursor c s 0'])
  })
})

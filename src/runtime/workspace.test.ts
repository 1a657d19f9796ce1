import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { virtualClock } from '../adapters/memory/clock.ts'
import { memoryStores } from '../adapters/memory/store.ts'
import { aggregate } from '../language/aggregate.ts'
import { contract } from '../language/contract.ts'
import { DureError } from '../language/errors.ts'
import { createGroupCommit, type Settled } from '../log/group-commit.ts'
import { eventTypesOf } from '../log/stored-event.ts'
import type { Commit, NewEntry, SnapshotRead, Store, Verdict } from '../log/store.port.ts'
import type { Draft } from './draft.ts'
import { type HeldWorkspace, holdable } from './held-workspace.ts'
import { createWorkspace } from './workspace.ts'

const Account = contract('account', {
  commands: { pay: { input: z.object({ cents: z.int() }) } },
  events: { Paid: z.object({ cents: z.int() }) },
})
const Purse = aggregate(Account, 'purse', {
  key: () => 'p',
  initial: () => ({ cents: 0 }),
  decide: { pay: (_purse, command) => Account.Paid(command) },
  evolve: { Paid: (purse, { cents }) => ({ cents: purse.cents + cents }) },
})

interface Bench {
  readonly store: Store
  readonly workspace: HeldWorkspace
  readonly reads: SnapshotRead[]
  readonly entries: { count: number }
  /** Called instead of the store's `commit` when set. */
  fault: ((batch: readonly Commit[]) => Promise<readonly Verdict[]>) | undefined
  readonly clock: ReturnType<typeof virtualClock>
}

async function openBench(limits = {}): Promise<Bench> {
  const clock = virtualClock()
  const inner = await memoryStores().open('account', { partitions: 1 })
  const reads: SnapshotRead[] = []
  const entries = { count: 0 }
  const store: Store = {
    ...inner,
    snapshot(asked) {
      reads.push(...asked)
      return inner.snapshot(asked)
    },
    commit: (batch) => bench.fault?.(batch) ?? inner.commit(batch),
  }
  const group = createGroupCommit({ store, clock, limits })
  const types = eventTypesOf([Account])
  const onEntries = (): void => {
    entries.count += 1
  }
  const onUnsure = (): void => undefined
  const place = { service: 'account', store, types, group, clock, onEntries, onUnsure }
  const workspace = holdable(createWorkspace({ ...place, limits }), group)
  const bench: Bench = { store: inner, workspace, reads, entries, fault: undefined, clock }
  return bench
}

/** Adds to a purse, and gives what was in it before. */
function pay(cents: number, name = 'purse/p'): (draft: Draft) => number {
  return (draft) => {
    const stream = draft.stream(Purse, name)
    // Why the cast: the state of this aggregate.
    const before = (stream.state as { cents: number }).cents
    stream.version += 1
    stream.state = { cents: before + cents }
    const data = JSON.stringify({ cents })
    draft.entries.push({ ...paid(name, stream.version), data, atMs: draft.atMs })
    return before
  }
}

function paid(stream: string, streamVersion: number): Omit<NewEntry, 'data' | 'atMs'> {
  const facts = { kind: 'event', type: 'account.Paid', schemaVersion: 1 } as const
  return { ...facts, stream, streamVersion, key: 'p', partition: 0, meta: '{}' }
}

const look = (draft: Draft): unknown => draft.stream(Purse, 'purse/p').state

async function settledOf(submitted: Promise<{ settled: Promise<Settled> }>): Promise<string> {
  return (await (await submitted).settled).kind
}

/** Another process writes to the same store. */
function elsewhere(store: Store, version: number): Promise<readonly Verdict[]> {
  const entry = { ...paid('purse/p', version + 1), data: '{"cents":0}', atMs: 1 }
  const streams = [{ stream: 'purse/p', expected: version, next: version + 1 }]
  return store.commit([{ streams, entries: [entry] }])
}

describe('a workspace', () => {
  it('loads what a draft needs once, and builds the next drafts on what it remembers', async () => {
    const bench = await openBench()

    const values = []
    for (const cents of [5, 6, 7]) {
      const submitted = await bench.workspace.submit(pay(cents))
      values.push(submitted.value, (await submitted.settled).kind)
    }

    assert.deepEqual(values, [0, 'committed', 5, 'committed', 11, 'committed'])
    assert.equal(bench.reads.length, 1)
    assert.deepEqual([bench.workspace.cells, bench.entries.count], [1, 3])
  })

  it('lets drafts rest on those before them that are not yet written', async () => {
    const bench = await openBench()
    await bench.workspace.submit(pay(1))

    const drafts = await Promise.all(
      [10, 20, 30].map((cents) => bench.workspace.submit(pay(cents))),
    )

    assert.deepEqual(
      drafts.map(({ value }) => value),
      [1, 11, 31],
    )
    const verdicts = await Promise.all(drafts.map(async ({ settled }) => (await settled).kind))
    assert.deepEqual(verdicts, ['committed', 'committed', 'committed'])
  })

  it('loads everything that misses with one read, and what two drafts miss only once', async () => {
    const bench = await openBench()
    const both = (draft: Draft): void => {
      draft.documents('v', ['a', 'b'])
    }

    await Promise.all([bench.workspace.submit(both), bench.workspace.submit(both)])

    assert.deepEqual(bench.reads, [
      { kind: 'get', view: 'v', key: 'a' },
      { kind: 'get', view: 'v', key: 'b' },
    ])
  })

  it('writes nothing for a decision that changes nothing', async () => {
    const bench = await openBench()
    let commits = 0
    bench.fault = (batch) => {
      commits += batch.length
      return bench.store.commit(batch)
    }

    const { value, settled } = await bench.workspace.submit(look)

    assert.deepEqual([value, (await settled).kind, commits], [{ cents: 0 }, 'committed', 0])
  })

  it('forgets what it knew of a stream when somebody else was first, and finds it as it is', async () => {
    const bench = await openBench()
    await settledOf(bench.workspace.submit(pay(5)))
    await elsewhere(bench.store, 1)

    assert.equal(await settledOf(bench.workspace.submit(pay(5))), 'conflict')
    assert.equal(await settledOf(bench.workspace.submit(pay(5))), 'committed')
    assert.equal(bench.reads.length, 2)
  })

  it('lets no decision stand that rests on an effect that never became true', async () => {
    const bench = await openBench()
    await settledOf(bench.workspace.submit(pay(5)))
    await elsewhere(bench.store, 1)

    const lost = bench.workspace.submit(pay(100))
    const resting = bench.workspace.submit(look)

    assert.deepEqual((await resting).value, { cents: 105 })
    assert.deepEqual([await settledOf(lost), await settledOf(resting)], ['conflict', 'conflict'])
    assert.deepEqual((await bench.workspace.submit(look)).value, { cents: 5 })
  })

  it('lets no decision stand that read a document which never became true', async () => {
    const bench = await openBench()
    const write = (draft: Draft): void => {
      const [change] = draft.documents('v', ['a'])
      assert.ok(change)
      draft.write(change, 'new')
      draft.identity = { id: 'once', fingerprint: 'f', result: '1' }
    }
    const read = (draft: Draft): unknown => {
      draft.cancelTimers.push('t')
      return draft.documents('v', ['a'])[0]?.value
    }
    await bench.store.commit([{ id: 'once', fingerprint: 'f', result: '1' }])

    const repeated = bench.workspace.submit(write)
    const resting = bench.workspace.submit(read)

    assert.equal((await resting).value, 'new')
    assert.deepEqual(
      [await settledOf(repeated), await settledOf(resting)],
      ['duplicate', 'conflict'],
    )
    assert.equal((await bench.workspace.submit(read)).value, undefined)
  })

  it('tells every draft of a failed group of the failure, and remembers nothing of it', async () => {
    const bench = await openBench()
    await settledOf(bench.workspace.submit(pay(5)))
    bench.fault = async () => {
      throw new DureError('STORE_FULL', 'The disk is full.')
    }
    const drafts = [bench.workspace.submit(pay(1)), bench.workspace.submit(pay(2))]
    assert.deepEqual(await Promise.all(drafts.map(settledOf)), ['failed', 'failed'])
    bench.fault = undefined

    assert.deepEqual((await bench.workspace.submit(look)).value, { cents: 5 })
  })

  it('refuses a draft when as many wait as may, and forgets it', async () => {
    const bench = await openBench({ queueMax: 1 })
    await settledOf(bench.workspace.submit(pay(5)))
    const first = bench.workspace.submit(pay(1))

    const refused = bench.workspace.submit(pay(2)).then(({ settled }) => settled)

    await assert.rejects(refused, { code: 'COMMAND_QUEUE_FULL' })
    assert.equal(await settledOf(first), 'committed')
    assert.deepEqual((await bench.workspace.submit(look)).value, { cents: 6 })
  })

  it('notes in memory what was committed, and nothing else', async () => {
    const bench = await openBench()
    await settledOf(bench.workspace.submit(pay(1)))
    await elsewhere(bench.store, 1)
    const notes: string[] = []
    const noting = (name: string) => (draft: Draft) => {
      pay(1)(draft)
      draft.afterCommit.push(() => notes.push(name))
    }

    await settledOf(bench.workspace.submit(noting('conflict')))
    await settledOf(bench.workspace.submit(noting('committed')))

    assert.deepEqual(notes, ['committed'])
  })

  it('notes a commit whose answer was lost, once it is known that it was written', async () => {
    const bench = await openBench()
    const notes: string[] = []
    bench.fault = async (batch) => {
      bench.fault = undefined
      await bench.store.commit(batch)
      throw new DureError('LOG_COMMIT_UNKNOWN', 'The connection broke at COMMIT.')
    }
    const submitted = bench.workspace.submit((draft) => {
      const place = { consumer: 'c', source: 's', incarnation: 'i', partition: 0 }
      draft.cursors.push({ ...place, expected: 0, position: 5 })
      draft.afterCommit.push(() => notes.push('noted'))
    })
    const { settled } = await submitted
    let kind = ''
    void settled.then((each) => {
      kind = each.kind
    })
    while (kind === '') await bench.clock.advance(50)

    assert.deepEqual([kind, notes], ['committed', ['noted']])
  })

  it('gives every draft one time, however often it is built', async () => {
    const bench = await openBench()
    const times: number[] = []
    await bench.workspace.submit((draft) => {
      times.push(draft.atMs)
      return look(draft)
    })

    assert.deepEqual(times, [bench.clock.nowMs(), bench.clock.nowMs()])
  })

  it('gives up on a draft that always needs something else', async () => {
    const bench = await openBench({ loadsMax: 5 })
    let builds = 0

    await assert.rejects(
      bench.workspace.submit((draft) => {
        builds += 1
        draft.documents('v', [`${builds}`])
      }),
      { code: 'INTERNAL_DEFECT' },
    )
    assert.equal(builds, 5)
  })

  it('passes on what a draft throws, and what the store answers to a read', async () => {
    const bench = await openBench()
    await assert.rejects(
      bench.workspace.submit(() => {
        throw new RangeError('the builder is wrong')
      }),
      RangeError,
    )

    await bench.store[Symbol.asyncDispose]()

    await assert.rejects(bench.workspace.submit(look), { code: 'STORE_CLOSED' })
  })
})

describe('a workspace that is held', () => {
  it('lets no decision be made until it is free, and begins when all is written', async () => {
    const { workspace, clock } = await openBench()
    const order: string[] = []
    const before = workspace.submit(pay(1)).then(async ({ settled }) => {
      await settled
      order.push('before')
    })
    await workspace.submit(look)
    const { promise, resolve } = Promise.withResolvers<void>()

    const work = workspace.exclusively(async () => {
      order.push('exclusive')
      await promise
    })
    const after = workspace.submit(pay(2)).then(() => order.push('after'))
    await clock.advance(10)
    const whileHeld = [...order]
    resolve()
    await Promise.all([before, work, after])

    assert.deepEqual(whileHeld, ['before', 'exclusive'])
    assert.deepEqual(order, ['before', 'exclusive', 'after'])
  })

  it('is held by one at a time', async () => {
    const { workspace } = await openBench()
    let holders = 0
    const most: number[] = []
    const hold = (): Promise<void> =>
      workspace.exclusively(async () => {
        holders += 1
        most.push(holders)
        await Promise.resolve()
        holders -= 1
      })

    await Promise.all([hold(), hold(), hold()])

    assert.deepEqual(most, [1, 1, 1])
  })

  it('is free again when the task fails', async () => {
    const { workspace } = await openBench()

    const failed = workspace.exclusively(async () => {
      throw new RangeError('no')
    })

    await assert.rejects(failed, RangeError)
    assert.equal(await settledOf(workspace.submit(pay(1))), 'committed')
  })
})

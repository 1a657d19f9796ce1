import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { virtualClock } from '../adapters/memory/clock.ts'
import { memoryStores } from '../adapters/memory/store.ts'
import { DureError, type ErrorCode } from '../language/errors.ts'
import { createGroupCommit } from '../log/group-commit.ts'
import type { Commit, ParkedMessage, Store, StoredCursor } from '../log/store.port.ts'
import type { Draft } from '../runtime/draft.ts'
import { createWorkspace } from '../runtime/workspace.ts'
import type { EncodedMessage, MessageBatch } from './broker.port.ts'
import { type Consumer, type ConsumerLimits, createConsumer } from './consumer.ts'
import { type Envelope, encodeEntry } from './envelope.ts'
import { loadParkedKeys, type ParkedKeys } from './parked.ts'

const clock = virtualClock()

function message(position: number, key: string): EncodedMessage {
  const facts = {
    kind: 'event',
    type: 'order.Placed',
    schemaVersion: 1,
    key,
    partition: 0,
  } as const
  const place = { stream: key, streamVersion: position, position }
  return encodeEntry('order', { ...facts, ...place, data: '1', meta: '{}', atMs: 1 })
}

/** A batch after a position; a key for each message, nothing where the consumer wants none. */
function batch(after: number, keys: readonly (string | undefined)[]): MessageBatch {
  const messages = keys.flatMap((key, index) =>
    key === undefined ? [] : [message(after + index + 1, key)],
  )
  const through = after + keys.length
  return { topic: 'order/0', incarnation: 'i1', after, through, messages }
}

interface Bench {
  readonly store: Store
  readonly parkedKeys: ParkedKeys
  readonly commits: Commit[]
  readonly reported: ParkedMessage[]
  /** Positions that the handler cannot handle, with what it throws. */
  readonly poison: Map<number, Error>
  /** Called before each commit. */
  fault: (batch: readonly Commit[]) => Promise<void>
  open(limits?: Partial<ConsumerLimits>): Promise<Consumer>
  /** Positions in the order in which they took effect, by key. */
  seen(): Promise<Record<string, readonly number[]>>
  cursor(): Promise<number | undefined>
  parked(): Promise<readonly string[]>
}

async function openBench(): Promise<Bench> {
  const inner = await memoryStores().open('stock', { partitions: 1 })
  const commits: Commit[] = []
  const store: Store = {
    ...inner,
    async commit(all) {
      commits.push(...all)
      await bench.fault(all)
      return inner.commit(all)
    },
  }
  const group = createGroupCommit({ store, clock })
  const ignore = (): void => undefined
  const place = { service: 'stock', store, types: new Map(), group, clock }
  const workspace = createWorkspace({ ...place, onEntries: ignore, onUnsure: ignore })
  const parkedKeys = await loadParkedKeys(store)
  const reported: ParkedMessage[] = []
  const poison = new Map<number, Error>()
  const handle = (draft: Draft, envelope: Envelope): void => {
    const error = poison.get(envelope.position)
    if (error) throw error
    const [seen] = draft.documents('seen', [envelope.partitionkey])
    assert.ok(seen)
    draft.write(seen, [...((seen.value as number[] | undefined) ?? []), envelope.position])
  }
  const bench: Bench = {
    store: inner,
    parkedKeys,
    commits,
    reported,
    poison,
    fault: async () => undefined,
    async open(limits = {}) {
      const source = { name: 'inbox', source: 'order', incarnation: 'i1', partition: 0 }
      const found = (await inner.cursors()).find(({ incarnation }) => incarnation === 'i1')
      const position = found?.position ?? 0
      const onParked = (parked: ParkedMessage): void => void reported.push(parked)
      const parts = { workspace, clock, parkedKeys, handle, onParked, onHandled: ignore }
      return createConsumer({ ...source, ...parts, position, limits })
    },
    async seen() {
      const [answer] = await inner.snapshot([{ kind: 'list', view: 'seen', limit: 1_000 }])
      const documents = answer?.kind === 'documents' ? answer.documents : []
      return Object.fromEntries(
        documents.map(({ key, value }) => [key, JSON.parse(value) as number[]]),
      )
    },
    async cursor() {
      return (await inner.cursors()).find(isInbox)?.position
    },
    async parked() {
      const all = await inner.parked({ limit: 1_000 })
      return all.map(({ position, key, code }) => `${position} ${key} ${code}`)
    },
  }
  return bench
}

function isInbox({ consumer }: StoredCursor): boolean {
  return consumer === 'inbox'
}

function failure(code: ErrorCode): DureError {
  return new DureError(code, 'A fault of the test.')
}

describe('a consumer', () => {
  it('takes effect and moves its cursor in one commit', async () => {
    const bench = await openBench()
    const consumer = await bench.open()

    await consumer.deliver(batch(0, ['a', 'b', 'a']))

    assert.deepEqual(await bench.seen(), { a: [1, 3], b: [2] })
    assert.equal(bench.commits.length, 1)
    const place = { consumer: 'inbox', source: 'order', incarnation: 'i1', partition: 0 }
    assert.deepEqual(bench.commits[0]?.cursors, [{ ...place, expected: 0, position: 3 }])
    assert.deepEqual([await bench.cursor(), consumer.position], [3, 3])
  })

  it('passes over what it was given before, whole batches and parts of them', async () => {
    const bench = await openBench()
    const consumer = await bench.open()
    await consumer.deliver(batch(0, ['a', 'a', 'a']))

    await consumer.deliver(batch(0, ['a', 'a', 'a']))
    await consumer.deliver(batch(1, ['a', 'a', 'a', 'a']))

    assert.deepEqual(await bench.seen(), { a: [1, 2, 3, 4, 5] })
  })

  it('refuses a batch that leaves a gap, and takes it when the gap is filled', async () => {
    const bench = await openBench()
    const consumer = await bench.open()

    await assert.rejects(consumer.deliver(batch(2, ['a'])), {
      code: 'MESSAGE_GAP',
      details: { consumer: 'inbox', source: 'order', position: 0, after: 2 },
    })
    await consumer.deliver(batch(0, ['a', 'a']))
    await consumer.deliver(batch(2, ['a']))

    assert.deepEqual(await bench.seen(), { a: [1, 2, 3] })
  })

  it('refuses what comes from another incarnation of the log: its positions mean something else', async () => {
    const bench = await openBench()
    const consumer = await bench.open()
    await consumer.deliver(batch(0, ['a', 'a']))

    const reborn = { ...batch(0, ['b', 'b', 'b']), incarnation: 'i2' }

    await assert.rejects(consumer.deliver(reborn), { code: 'MESSAGE_GAP' })
    assert.deepEqual(await bench.seen(), { a: [1, 2] })
  })

  it('parks the key of a message that cannot be handled, with the reason, and lets others pass', async () => {
    const bench = await openBench()
    const consumer = await bench.open()
    bench.poison.set(2, new RangeError('a bug'))

    await consumer.deliver(batch(0, ['a', 'b', 'a']))

    assert.deepEqual(await bench.seen(), { a: [1, 3] })
    const [parked] = await bench.store.parked({ limit: 10 })
    assert.deepEqual(
      { ...parked, envelope: undefined, atMs: undefined },
      {
        id: 'inbox/order/i1-0/000000000002',
        consumer: 'inbox',
        source: 'order',
        partition: 0,
        position: 2,
        key: 'b',
        envelope: undefined,
        code: 'COMMAND_DECISION_FAILED',
        reason: 'a bug',
        attempts: 1,
        atMs: undefined,
      },
    )
    assert.deepEqual([bench.reported.length, await bench.cursor()], [1, 3])
  })

  it('lets later messages of a parked key wait behind it, in order, also after a restart', async () => {
    const bench = await openBench()
    bench.poison.set(1, failure('COMMAND_REJECTED'))
    await (await bench.open()).deliver(batch(0, ['a', 'b', 'a']))

    const restarted = await bench.open()
    await restarted.deliver(batch(3, ['a', 'b']))

    assert.deepEqual(await bench.seen(), { b: [2, 5] })
    assert.deepEqual(await bench.parked(), [
      '1 a COMMAND_REJECTED',
      '3 a PARKED_ORDER',
      '4 a PARKED_ORDER',
    ])
    assert.deepEqual([bench.parkedKeys.has('inbox', 'a'), bench.parkedKeys.count], [true, 3])
  })

  it('parks what it cannot read under a key of its own', async () => {
    const bench = await openBench()
    const consumer = await bench.open()
    const unreadable = { ...message(2, 'a'), body: '{"specversion":"0.1"}' }
    const { messages, ...rest } = batch(0, ['a', 'a', 'a'])

    await consumer.deliver({ ...rest, messages: messages.with(1, unreadable) })

    assert.deepEqual(await bench.seen(), { a: [1, 3] })
    assert.deepEqual(await bench.parked(), ['2 unreadable/2 MESSAGE_MALFORMED'])
  })

  for (const code of [
    'STORE_UNAVAILABLE',
    'STORE_FULL',
    'STORE_READ_ONLY',
    'COMMAND_QUEUE_FULL',
  ] as const) {
    it(`parks nothing for a failure that is not the message's fault (${code}): it comes again`, async () => {
      const bench = await openBench()
      const consumer = await bench.open()
      bench.fault = async () => {
        throw failure(code)
      }
      await assert.rejects(consumer.deliver(batch(0, ['a', 'b'])), { code })
      bench.fault = async () => undefined

      await consumer.deliver(batch(0, ['a', 'b']))

      assert.deepEqual([await bench.seen(), await bench.parked()], [{ a: [1], b: [2] }, []])
    })
  }

  it('parks nothing either when the handler itself meets such a failure', async () => {
    const bench = await openBench()
    const consumer = await bench.open()
    bench.poison.set(1, failure('COMMAND_QUEUE_FULL'))

    await assert.rejects(consumer.deliver(batch(0, ['a'])), { code: 'COMMAND_QUEUE_FULL' })

    assert.deepEqual([await bench.parked(), await bench.cursor()], [[], undefined])
  })

  it('handles messages anew when somebody else wrote first, and gives up its turn after a while', async () => {
    const bench = await openBench()
    const consumer = await bench.open({ conflictsMax: 5 })
    let others = 0
    bench.fault = async () => {
      if ((others += 1) > 3) return
      const document = { view: 'seen', key: 'a', expected: others - 1, value: '[]' }
      await bench.store.commit([{ documents: [document] }])
    }
    await consumer.deliver(batch(0, ['a']))
    assert.deepEqual(await bench.seen(), { a: [1] })

    bench.fault = async () => {
      const [answer] = await bench.store.snapshot([{ kind: 'get', view: 'seen', key: 'a' }])
      const expected = answer?.kind === 'documents' ? (answer.documents[0]?.version ?? 0) : 0
      await bench.store.commit([
        { documents: [{ view: 'seen', key: 'a', expected, value: '[1]' }] },
      ])
    }

    await assert.rejects(consumer.deliver(batch(1, ['a'])), { code: 'COMMAND_CONFLICT' })
    assert.equal(await bench.cursor(), 1)
  })

  it('takes over the cursor where another one has moved it, and does nothing twice', async () => {
    const bench = await openBench()
    const [one, other] = [await bench.open(), await bench.open()]
    await one.deliver(batch(0, ['a', 'a']))

    await other.deliver(batch(0, ['a', 'a', 'a']))

    assert.deepEqual(await bench.seen(), { a: [1, 2, 3] })
    assert.deepEqual([other.position, await bench.cursor()], [3, 3])
  })

  it('takes effect once when the answer of the store was lost, and remembers what it parked', async () => {
    const bench = await openBench()
    const consumer = await bench.open()
    bench.poison.set(1, new RangeError('a bug'))
    bench.fault = async (all) => {
      if (!all.some(({ park }) => park)) return
      bench.fault = async () => undefined
      await bench.store.commit(all)
      throw failure('LOG_COMMIT_UNKNOWN')
    }

    const delivered = consumer.deliver(batch(0, ['a']))
    await clock.advance(1_000)
    await delivered
    await consumer.deliver(batch(1, ['a']))

    assert.deepEqual(await bench.seen(), {})
    assert.deepEqual(await bench.parked(), ['1 a COMMAND_DECISION_FAILED', '2 a PARKED_ORDER'])
  })

  it('makes one commit of so many messages as may be taken together', async () => {
    const bench = await openBench()
    const consumer = await bench.open({ togetherMax: 4 })

    await consumer.deliver(
      batch(
        0,
        Array.from({ length: 10 }, () => 'a'),
      ),
    )

    assert.deepEqual(
      bench.commits.map(({ cursors }) => cursors?.[0]?.position),
      [4, 8, 10],
    )
  })

  it('stores the cursor for what it passes over only now and then, and when it is told to', async () => {
    const bench = await openBench()
    const consumer = await bench.open({ skippedMax: 10 })
    const nothing = Array.from({ length: 4 }, () => undefined)

    await consumer.deliver(batch(0, nothing))
    await consumer.deliver(batch(4, nothing))
    const before = [await bench.cursor(), consumer.position]
    await consumer.deliver(batch(8, nothing))
    const after = await bench.cursor()
    await consumer.deliver(batch(12, nothing))
    const [cursor] = await bench.store.cursors()
    // Somebody else is first, once.
    bench.fault = async () => {
      bench.fault = async () => undefined
      const moved = { ...(cursor ?? assert.fail()), expected: 12, position: 14 }
      await bench.store.commit([{ cursors: [moved] }])
    }
    await consumer.flush()
    await consumer.flush()

    assert.deepEqual(before, [undefined, 8])
    assert.deepEqual([after, await bench.cursor(), bench.commits.length], [12, 16, 3])
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { virtualClock } from '../adapters/memory/clock.ts'
import { memoryStores } from '../adapters/memory/store.ts'
import { DureError } from '../language/errors.ts'
import { createGroupCommit } from '../log/group-commit.ts'
import type { ParkedMessage, Store } from '../log/store.port.ts'
import { createWorkspace, type Workspace } from '../runtime/workspace.ts'
import type { MessageBatch } from './broker.port.ts'
import { type Consumer, createConsumer } from './consumer.ts'
import { encodeEntry } from './envelope.ts'
import { loadParkedKeys } from './parked.ts'
import { parkInto, readMark, unparkInto } from './parked-mark.ts'

const key = 'order/1'

/** A message of the key. */
function batch(position: number): MessageBatch {
  const facts = { kind: 'event', type: 'order.Placed', schemaVersion: 1, partition: 0 } as const
  const entry = { ...facts, key, stream: key, streamVersion: position, position }
  const messages = [encodeEntry('order', { ...entry, data: '1', meta: '{}', atMs: 1 })]
  return { topic: 'order/0', incarnation: 'i1', after: position - 1, through: position, messages }
}

interface Bench {
  readonly store: Store
  /** The process of the consumer, and another one on the same store. */
  readonly consumer: Consumer
  readonly other: Workspace
  readonly handled: number[]
  isPoison: boolean
  parked(): Promise<readonly ParkedMessage[]>
}

async function openBench(shared = true): Promise<Bench> {
  const clock = virtualClock()
  const stores = memoryStores({ shared })
  const store = await stores.open('stock', { partitions: 1 })
  const open = (): Workspace => {
    const group = createGroupCommit({ store, clock })
    const ignore = (): void => undefined
    const place = { service: 'stock', store, types: new Map(), group, clock }
    return createWorkspace({ ...place, onEntries: ignore, onUnsure: ignore })
  }
  const handled = new Set<number>()
  const ignore = (): void => undefined
  const consumer = createConsumer({
    name: 'inbox',
    source: 'order',
    incarnation: 'i1',
    partition: 0,
    position: 0,
    workspace: open(),
    clock,
    parkedKeys: await loadParkedKeys(store),
    handle(draft, { position }) {
      if (bench.isPoison) throw new DureError('COMMAND_REJECTED', 'A fault of the test.')
      draft.afterCommit.push(() => handled.add(position))
    },
    onParked: ignore,
    onHandled: ignore,
  })
  const bench: Bench = {
    store,
    consumer,
    other: open(),
    isPoison: false,
    get handled() {
      return [...handled]
    },
    parked: () => store.parked({ limit: 100 }),
  }
  return bench
}

describe('the mark of parked messages', () => {
  it('lets a consumer see that another process has taken up what was parked', async () => {
    const bench = await openBench()
    bench.isPoison = true
    await bench.consumer.deliver(batch(1))
    bench.isPoison = false
    await bench.consumer.deliver(batch(2))
    const parked = await bench.parked()
    assert.deepEqual(
      parked.map(({ position, code }) => [position, code]),
      [
        [1, 'COMMAND_REJECTED'],
        [2, 'PARKED_ORDER'],
      ],
    )

    const taken = await bench.other.submit((draft) => {
      for (const each of parked) unparkInto(draft, each)
    })
    assert.equal((await taken.settled).kind, 'committed')
    await bench.consumer.deliver(batch(3))

    assert.deepEqual([bench.handled, await bench.parked()], [[3], []])
  })

  it('lets a consumer see that another process has parked its key', async () => {
    const bench = await openBench()
    await bench.consumer.deliver(batch(1))
    const [sample] = batch(9).messages
    const parked: ParkedMessage = {
      id: 'inbox/order/i1-0/9',
      consumer: 'inbox',
      source: 'order',
      partition: 0,
      key,
      position: 9,
      envelope: sample?.body ?? '',
      code: 'X',
      reason: '',
      attempts: 1,
      atMs: 1,
    }

    const parking = await bench.other.submit((draft) => parkInto(draft, parked))
    assert.equal((await parking.settled).kind, 'committed')
    await bench.consumer.deliver(batch(2))

    assert.deepEqual(bench.handled, [1])
    assert.deepEqual(
      (await bench.parked()).map(({ position }) => position),
      [2, 9],
    )
  })

  it('is neither read nor written where nobody else writes', async () => {
    const bench = await openBench(false)
    bench.isPoison = true

    await bench.consumer.deliver(batch(1))

    const { value } = await bench.other.submit((draft) =>
      readMark(draft, { consumer: 'inbox', source: 'order', partition: 0 }),
    )
    assert.equal(value, undefined)
    const [marks] = await bench.store.snapshot([{ kind: 'list', view: '$parked', limit: 10 }])
    assert.deepEqual(marks, { kind: 'documents', documents: [] })
  })
})

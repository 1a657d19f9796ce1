import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { virtualClock } from '../adapters/memory/clock.ts'
import { memoryStores } from '../adapters/memory/store.ts'
import { createGroupCommit } from '../log/group-commit.ts'
import type { Store } from '../log/store.port.ts'
import { createWorkspace } from '../runtime/workspace.ts'
import type { MessageBatch } from './broker.port.ts'
import { type Consumer, createConsumer } from './consumer.ts'
import { encodeEntry } from './envelope.ts'
import { loadParkedKeys } from './parked.ts'

/** The first messages of a log, all of one key. */
function batchOf(count: number): MessageBatch {
  const facts = { kind: 'event', type: 'order.Placed', schemaVersion: 1, partition: 0 } as const
  const messages = Array.from({ length: count }, (_, index) => {
    const place = { key: 'a', stream: 'a', streamVersion: index + 1, position: index + 1 }
    return encodeEntry('order', { ...facts, ...place, data: '1', meta: '{}', atMs: 1 })
  })
  return { topic: 'order/0', incarnation: 'i1', after: 0, through: count, messages }
}

/** The consumer of one of several replicas, which notes in a document what it handles. */
async function openConsumer(store: Store, togetherMax = 128): Promise<Consumer> {
  const clock = virtualClock()
  const group = createGroupCommit({ store, clock })
  const ignore = (): void => undefined
  const told = { onEntries: ignore, onUnsure: ignore }
  return createConsumer({
    name: 'inbox',
    source: 'order',
    incarnation: 'i1',
    partition: 0,
    position: 0,
    workspace: createWorkspace({
      service: 'stock',
      store,
      types: new Map(),
      group,
      clock,
      ...told,
    }),
    clock,
    parkedKeys: await loadParkedKeys(store),
    limits: { togetherMax },
    handle(draft, { position }) {
      const [seen] = draft.documents('seen', ['a'])
      assert.ok(seen)
      draft.write(seen, [...((seen.value as number[] | undefined) ?? []), position])
    },
    onParked: ignore,
    onHandled: ignore,
  })
}

describe('a consumer that another replica has overtaken', () => {
  for (const { ahead, togetherMax } of [
    { ahead: 3, togetherMax: 2 },
    { ahead: 4, togetherMax: 2 },
    { ahead: 6, togetherMax: 2 },
    { ahead: 5, togetherMax: 6 },
  ]) {
    it(`takes what is left after ${ahead} of 6, ${togetherMax} together, and moves nothing back`, async () => {
      const store = await memoryStores({ shared: true }).open('stock', { partitions: 1 })
      const late = await openConsumer(store, togetherMax)
      await (await openConsumer(store)).deliver(batchOf(ahead))

      await late.deliver(batchOf(6))

      const [answer] = await store.snapshot([{ kind: 'get', view: 'seen', key: 'a' }])
      const found = answer?.kind === 'documents' ? answer.documents[0]?.value : undefined
      const [cursor] = await store.cursors()
      assert.deepEqual([found, cursor?.position, late.position], ['[1,2,3,4,5,6]', 6, 6])
    })
  }
})

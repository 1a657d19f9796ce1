import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { Commit, Store } from '../../log/store.port.ts'
import { sqliteStores } from './stores.ts'

const message = {
  kind: 'command',
  type: 't',
  schemaVersion: 1,
  key: 'k',
  partition: 0,
  to: 'payment',
  data: '{}',
  meta: '{}',
  atMs: 1,
} as const

function commitOf(id: string): Commit {
  return {
    id,
    fingerprint: 'f',
    result: '{}',
    streams: [{ stream: id, expected: 0, next: 1 }],
    entries: [message],
    setTimers: [{ id, atMs: 1, data: '{}' }],
  }
}

describe('a batch that fails in the middle', () => {
  // Nothing of this can come from the runtime: the types forbid it. It stands for any error inside a transaction.
  const broken = [
    { ...commitOf('broken'), setTimers: [{ id: 't', atMs: {}, data: '' }] },
    { ...commitOf('broken'), entries: [{ ...message, atMs: 'late' }] },
    { ...commitOf('broken'), cursors: [{}] },
    { ...commitOf('broken'), entries: [{ ...message, stream: 'not written', streamVersion: 1 }] },
  ] as unknown as readonly Commit[]

  it('is undone wholly, and the store goes on without a gap', async (context) => {
    await using store = await openNew(context)
    await store.commit([commitOf('before')])

    for (const each of broken) {
      await assert.rejects(store.commit([commitOf('beside'), each]), { code: 'INTERNAL_DEFECT' })
    }

    assert.deepEqual(await store.heads(), [1])
    assert.equal((await store.results(['beside', 'broken'])).size, 0)
    assert.equal(await store.countTimers(), 1)
    const verdicts = await store.commit([commitOf('beside'), commitOf('after')])
    assert.deepEqual(verdicts, [
      { kind: 'committed', positions: [2] },
      { kind: 'committed', positions: [3] },
    ])
    const entries = await store.read({ partition: 0, after: 0, limit: 10 })
    assert.deepEqual(
      entries.map(({ position }) => position),
      [1, 2, 3],
    )
  })
})

async function openNew(context: TestContext): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), 'dure-transaction-'))
  context.after(() => rm(folder, { recursive: true, force: true }))
  return sqliteStores({ folder }).open('stock', { partitions: 1 })
}

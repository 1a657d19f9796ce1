import assert from 'node:assert/strict'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { sqliteStores } from '../../src/adapters/sqlite/index.ts'
import type { Commit, Verdict } from '../../src/log/store.port.ts'

/** One way to keep commits. */
export interface Lane {
  commit(batch: readonly Commit[]): Promise<void>
  close(): Promise<void>
}

/** The adapter, on the thread that decides. */
export async function openAdapter(file: string): Promise<Lane> {
  const store = await sqliteStores({ folder: dirname(file) }).open('bench', { partitions: 1 })
  return {
    commit: async (batch) => assertCommitted(await store.commit(batch)),
    close: async () => store[Symbol.asyncDispose](),
  }
}

/** The same adapter on a thread of its own; batches travel there and verdicts back. */
export async function openWorker(file: string): Promise<Lane> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: dirname(file) })
  const waiting: ((verdicts: readonly Verdict[]) => void)[] = []
  worker.on('message', (verdicts: readonly Verdict[]) => waiting.shift()?.(verdicts))
  const ask = (batch: readonly Commit[] | undefined): Promise<readonly Verdict[]> =>
    new Promise((resolve) => {
      waiting.push(resolve)
      worker.postMessage(batch)
    })
  await ask([])
  return {
    commit: async (batch) => assertCommitted(await ask(batch)),
    async close() {
      await ask(undefined)
      await worker.terminate()
    },
  }
}

function assertCommitted(verdicts: readonly Verdict[]): void {
  assert.ok(verdicts.every(({ kind }) => kind === 'committed'))
}

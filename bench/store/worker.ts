import { parentPort, workerData } from 'node:worker_threads'
import { sqliteStores } from '../../src/adapters/sqlite/index.ts'
import type { Commit, Verdict } from '../../src/log/store.port.ts'

// A prototype for measuring: the store of `lanes.ts` that lives on its own thread.
const folder = String(workerData)
const store = await sqliteStores({ folder }).open('bench', { partitions: 1 })

async function answer(batch: readonly Commit[] | undefined): Promise<readonly Verdict[]> {
  if (batch !== undefined) return store.commit(batch)
  await store[Symbol.asyncDispose]()
  return []
}

parentPort?.on('message', (batch: readonly Commit[] | undefined) => {
  void answer(batch).then((verdicts) => parentPort?.postMessage(verdicts))
})

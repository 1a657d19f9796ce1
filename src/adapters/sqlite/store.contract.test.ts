import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { StoreProvider } from '../../log/store.port.ts'
import { storeContract } from '../../testing/contracts/store.contract.ts'
import { verifyContract } from '../../testing/contracts/verify-contract.ts'
import { sqliteStores } from './stores.ts'

for (const partitions of [1, 4]) {
  verifyContract({ describe, it }, storeContract({ partitions, shared: false }), {
    adapter: 'sqlite',
    open: openStores,
  })
}

async function openStores(): Promise<StoreProvider & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'dure-store-'))
  return {
    ...sqliteStores({ folder }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

import { describe, it } from 'node:test'
import { storeContract, toldStoreContract } from '../../testing/contracts/store.contract.ts'
import { verifyContract } from '../../testing/contracts/verify-contract.ts'
import { memoryStores } from './store.ts'

for (const partitions of [1, 4]) {
  verifyContract({ describe, it }, storeContract({ partitions, shared: false }), {
    adapter: 'memory',
    // One of them also answers without waiting.
    open: () => memoryStores({ answersNow: partitions > 1 }),
  })
  for (const shared of [false, true]) {
    verifyContract({ describe, it }, toldStoreContract({ partitions }), {
      adapter: shared ? 'memory, open several times' : 'memory',
      open: () => memoryStores({ tellsFollowers: true, shared }),
    })
  }
}

import { describe, it } from 'node:test'
import { storeContract } from '../../src/testing/contracts/store.contract.ts'
import { verifyContract } from '../../src/testing/contracts/verify-contract.ts'
import { simulatedStores } from './simulated-stores.ts'

for (const partitions of [1, 4]) {
  verifyContract({ describe, it }, storeContract({ partitions, shared: true }), {
    adapter: 'simulated',
    open: () => simulatedStores({ seed: partitions, partitions }),
  })
}

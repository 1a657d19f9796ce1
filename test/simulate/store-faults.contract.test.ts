// The promises of a store, under everything that the port lets fail and its caller can put right.
import { describe, it } from 'node:test'
import { storeContract } from '../../src/testing/contracts/store.contract.ts'
import { verifyContract } from '../../src/testing/contracts/verify-contract.ts'
import { type SimulatedStoresOptions, simulatedStores } from './simulated-stores.ts'

const badWorlds: Readonly<Record<string, Omit<SimulatedStoresOptions, 'seed'>>> = {
  'slow answers': { strengths: { 'store slow': 0.5 } },
  'every answer slow': { crawls: true },
  'busy stores': { strengths: { 'store busy': 0.3 } },
  'all of these': { strengths: { 'store slow': 0.3, 'store busy': 0.3 }, crawls: true },
}

for (const [name, bad] of Object.entries(badWorlds)) {
  for (const seed of [1, 2, 3, 4]) {
    const partitions = seed % 2 === 0 ? 3 : 1
    verifyContract({ describe, it }, storeContract({ partitions, shared: true }), {
      adapter: `simulated, with ${name}, seed ${seed}`,
      open: () => simulatedStores({ seed, partitions, ...bad }),
    })
  }
}

import { describe, it } from 'node:test'
import { simulatedClock } from '../../src/simulate/world/clock.ts'
import { clockContract } from '../../src/testing/contracts/clock.contract.ts'
import { verifyContract } from '../../src/testing/contracts/verify-contract.ts'
import { trialWorld } from './trial-world.ts'

verifyContract({ describe, it }, clockContract, {
  adapter: 'simulated',
  open() {
    const { core, process, settle } = trialWorld({ seed: 1 })
    return { clock: simulatedClock(core, process), settle }
  },
})

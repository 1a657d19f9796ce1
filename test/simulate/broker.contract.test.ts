import { describe, it } from 'node:test'
import { simulatedBroker } from '../../src/simulate/world/broker.ts'
import { brokerContract } from '../../src/testing/contracts/broker.contract.ts'
import { verifyContract } from '../../src/testing/contracts/verify-contract.ts'
import { trialWorld } from './trial-world.ts'

verifyContract({ describe, it }, brokerContract, {
  adapter: 'simulated',
  open() {
    const { core, process, until } = trialWorld({ seed: 1 })
    const broker = simulatedBroker(core).door(process)
    return { broker, until, [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose]() }
  },
})

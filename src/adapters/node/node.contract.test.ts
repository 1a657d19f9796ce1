import { describe, it } from 'node:test'
import { clockContract } from '../../testing/contracts/clock.contract.ts'
import { verifyContract } from '../../testing/contracts/verify-contract.ts'
import { nodeClock } from './clock.ts'

verifyContract({ describe, it }, clockContract, {
  adapter: 'node',
  open: () => {
    const clock = nodeClock()
    return { clock, settle: (awaited) => awaited, [Symbol.dispose]: () => clock[Symbol.dispose]() }
  },
})

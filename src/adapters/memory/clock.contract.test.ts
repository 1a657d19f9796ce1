import { describe, it } from 'node:test'
import { clockContract } from '../../testing/contracts/clock.contract.ts'
import { verifyContract } from '../../testing/contracts/verify-contract.ts'
import { type VirtualClock, virtualClock } from './clock.ts'

verifyContract({ describe, it }, clockContract, {
  adapter: 'virtual',
  open: () => {
    const clock = virtualClock()
    return { clock, settle: (awaited) => settle(clock, awaited) }
  },
})

async function settle<T>(clock: VirtualClock, awaited: Promise<T>): Promise<T> {
  let isPending = true
  const stop = (): void => {
    isPending = false
  }
  awaited.then(stop, stop)
  while (isPending) await clock.advance(1)
  return awaited
}

import { describe, it } from 'node:test'
import { peerContract } from '../../testing/contracts/peer.contract.ts'
import { verifyContract } from '../../testing/contracts/verify-contract.ts'
import { virtualClock } from './clock.ts'
import { memoryPeers } from './peers.ts'

verifyContract({ describe, it }, peerContract, {
  adapter: 'memory',
  open: () =>
    memoryPeers({
      ...virtualClock(),
      after(delayMs, task) {
        const timer = setTimeout(task, delayMs)
        return () => clearTimeout(timer)
      },
    }),
})

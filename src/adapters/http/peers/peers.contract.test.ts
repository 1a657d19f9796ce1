import { describe, it } from 'node:test'
import { peerContract } from '../../../testing/contracts/peer.contract.ts'
import { verifyContract } from '../../../testing/contracts/verify-contract.ts'
import { askPeers } from './ask-peers.ts'
import { servePeers } from './serve-peers.ts'

const secret = 'a secret of the tests'

verifyContract({ describe, it }, peerContract, {
  adapter: 'http',
  open: () => {
    const transport = askPeers({ secret })
    return {
      transport,
      serve: (answer) => servePeers(answer, { secret }),
      [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
    }
  },
})

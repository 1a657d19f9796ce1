import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import type { PeerQuestion } from '../../../calls/peer.port.ts'
import { DureError } from '../../../language/errors.ts'
import { askPeers } from './ask-peers.ts'
import { peerBytesMax, peerPath, peerTimeoutMsMax } from './peer-wire.ts'
import { servePeers } from './serve-peers.ts'

const secret = 'a secret of the tests'
const withCode = (code: string) => (error: unknown) =>
  error instanceof DureError && error.code === code
const question: Omit<PeerQuestion, 'address'> = { name: 'greet', body: 'hello', timeoutMs: 30_000 }

describe('a door for other processes over HTTP', () => {
  it('takes nothing from who has another secret', async () => {
    let isAsked = false
    await using door = await servePeers(
      async () => {
        isAsked = true
        return ''
      },
      { secret },
    )
    await using stranger = askPeers({ secret: 'some other secret' })

    await assert.rejects(
      stranger.ask({ ...question, address: door.address }),
      withCode('CALL_DENIED'),
    )
    assert.equal(isAsked, false)
  })

  it('has a secret that is long enough, or none opens', async () => {
    await assert.rejects(
      servePeers(async () => '', { secret: 'short' }),
      withCode('CALL_DENIED'),
    )
    assert.throws(() => askPeers({ secret: '' }), withCode('CALL_DENIED'))
  })

  it('says which port is taken', async () => {
    await using door = await servePeers(async () => '', { secret })
    const port = Number(new URL(door.address).port)

    await assert.rejects(
      servePeers(async () => '', { secret, port }),
      withCode('HTTP_PORT_TAKEN'),
    )
  })

  it('refuses what is no question, and what is too large', async () => {
    await using door = await servePeers(async () => '', { secret })
    const headers = { authorization: `Bearer ${secret}` }

    const got = await fetch(`${door.address}${peerPath}greet`, { headers })
    const elsewhere = await fetch(`${door.address}/`, { method: 'POST', headers })
    await using transport = askPeers({ secret })

    assert.deepEqual([got.status, elsewhere.status], [404, 404])
    const body = 'x'.repeat(peerBytesMax + 1)
    await assert.rejects(
      transport.ask({ ...question, address: door.address, body }),
      (error) => withCode('CALL_TOO_LARGE')(error) || withCode('CALL_INTERRUPTED')(error),
    )
  })

  it('gives an answer peerTimeoutMsMax at most, whatever is asked', async () => {
    const given: number[] = []
    await using door = await servePeers(
      async ({ timeoutMs }) => {
        given.push(timeoutMs)
        return ''
      },
      { secret },
    )
    await using transport = askPeers({ secret })

    await transport.ask({ ...question, address: door.address, timeoutMs: 10 * peerTimeoutMsMax })

    assert.deepEqual(given, [peerTimeoutMsMax])
  })

  it('does not know what became of a question whose connection broke', async () => {
    const server = createServer((incoming) => incoming.socket.destroy())
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await using transport = askPeers({ secret })

    await assert.rejects(
      transport.ask({ ...question, address: `http://127.0.0.1:${port}` }),
      withCode('CALL_INTERRUPTED'),
    )
    server.close()
    await once(server, 'close')
  })

  it('asks over connectionsMax connections, and no more', async () => {
    let open = 0
    let most = 0
    await using door = await servePeers(
      async () => {
        open += 1
        most = Math.max(most, open)
        await new Promise<void>((resolve) => setImmediate(resolve))
        open -= 1
        return ''
      },
      { secret },
    )
    await using transport = askPeers({ secret, limits: { connectionsMax: 3 } })

    const asked = Array.from({ length: 30 }, () =>
      transport.ask({ ...question, address: door.address }),
    )
    await Promise.all(asked)

    assert.ok(most <= 3, `${most} at once`)
  })

  it('keeps readers of feeds, feedConnectionsMax of them, out of the way of calls', async () => {
    const waiting: (() => void)[] = []
    await using door = await servePeers(
      async ({ name }) => {
        if (name === 'feed') await new Promise<void>((resolve) => waiting.push(resolve))
        return name
      },
      { secret },
    )
    await using transport = askPeers({
      secret,
      limits: { connectionsMax: 1, feedConnectionsMax: 2 },
    })
    const ask = (name: string): Promise<string> =>
      transport.ask({ ...question, name, address: door.address })

    const readers = ['feed', 'feed', 'feed'].map(ask)
    const answer = await ask('greet')
    const atOnce = waiting.length
    while (waiting.length < 3) {
      for (const resolve of waiting) resolve()
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
    for (const resolve of waiting) resolve()
    await Promise.all(readers)

    assert.equal(answer, 'greet')
    assert.ok(atOnce <= 2, `${atOnce} at once`)
  })

  it('gives a connection connectMsMax to open, and then says that nothing was received', async () => {
    // A network that exists nowhere: RFC 5737.
    const address = 'http://192.0.2.1:9'
    await using transport = askPeers({ secret, limits: { connectMsMax: 50 } })

    await assert.rejects(transport.ask({ ...question, address }), withCode('CALL_UNREACHABLE'))
  })
})

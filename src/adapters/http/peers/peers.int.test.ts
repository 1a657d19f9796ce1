import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import type { PeerQuestion, PeerTransport } from '../../../calls/peer.port.ts'
import { DureError } from '../../../language/errors.ts'
import { askPeers } from './ask-peers.ts'
import { peerBytesMax, peerPath, peerTimeoutMsMax } from './peer-wire.ts'
import { servePeers } from './serve-peers.ts'
import {
  readQuestions,
  togetherCharactersMax,
  togetherMax,
  togetherName,
  writeLine,
} from './together-lines.ts'

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
    await using server = await serveAnything((incoming) => incoming.socket.destroy())
    await using transport = askPeers({ secret })

    await assert.rejects(
      transport.ask({ ...question, address: server.address }),
      withCode('CALL_INTERRUPTED'),
    )
  })

  it('asks over connectionsMax connections, and no more', async () => {
    let sockets = 0
    // It answers questions one by one only, as a service that is not written with Dure may.
    await using server = await serveAnything((incoming, outgoing) => {
      if (incoming.url?.endsWith(togetherName)) outgoing.statusCode = 404
      outgoing.end('fine')
    })
    server.on('connection', () => (sockets += 1))
    await using transport = askPeers({ secret, limits: { connectionsMax: 3 } })

    const asked = Array.from({ length: 30 }, () =>
      transport.ask({ ...question, address: server.address }),
    )

    assert.ok((await Promise.all(asked)).every((answer) => answer === 'fine'))
    assert.ok(sockets <= 3, `${sockets} connections`)
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

/** Questions that are asked in one turn, and what became of each. */
function askAll(
  transport: PeerTransport,
  address: string,
  bodies: readonly string[],
): Promise<readonly string[]> {
  const asked = bodies.map((body) => transport.ask({ ...question, address, body }))
  return Promise.all(asked.map((each) => each.catch((error: DureError) => error.code)))
}

describe('questions that are asked together', () => {
  it('travel with one request, togetherMax of them at most', async () => {
    const requests: number[] = []
    await using server = await serveAnything((incoming, outgoing) => {
      let text = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (chunk: string) => (text += chunk))
      incoming.on('end', () => {
        const asked = readQuestions(text) ?? []
        requests.push(asked.length)
        outgoing.end(asked.map(({ body }, index) => writeLine(index, body)).join(''))
      })
    })
    await using transport = askPeers({ secret })
    const bodies = Array.from({ length: 2 * togetherMax + 2 }, (_, index) => `${index}`)

    assert.deepEqual(await askAll(transport, server.address, bodies), bodies)
    assert.deepEqual(
      requests.toSorted((left, right) => left - right),
      [2, togetherMax, togetherMax],
    )
  })

  it('are no longer than togetherCharactersMax; others go alone', async () => {
    const names: string[] = []
    await using server = await serveAnything((incoming, outgoing) => {
      names.push(incoming.url ?? '')
      incoming.resume()
      outgoing.end('fine')
    })
    await using transport = askPeers({ secret })
    const long = 'x'.repeat(togetherCharactersMax + 1)

    assert.deepEqual(await askAll(transport, server.address, [long, long]), ['fine', 'fine'])
    assert.deepEqual(names, [`${peerPath}greet`, `${peerPath}greet`])
  })

  it('that got no answer before the connection broke may have been carried out', async () => {
    await using server = await serveAnything((incoming, outgoing) => {
      incoming.resume()
      outgoing.write(writeLine(1, 'fine'), () => setImmediate(() => incoming.socket.destroy()))
    })
    await using transport = askPeers({ secret })

    const outcomes = await askAll(transport, server.address, ['a', 'b', 'c'])

    assert.deepEqual([outcomes[0], outcomes[2]], ['CALL_INTERRUPTED', 'CALL_INTERRUPTED'])
  })

  it('that an answer leaves out, or whose answer cannot be read, may have been carried out', async () => {
    for (const answer of [writeLine(0, 'fine'), 'no line\n', '0"no text\n']) {
      await using server = await serveAnything((incoming, outgoing) => {
        incoming.resume()
        outgoing.end(answer)
      })
      await using transport = askPeers({ secret })

      const outcomes = await askAll(transport, server.address, ['a', 'b'])

      assert.equal(outcomes[1], 'CALL_INTERRUPTED')
    }
  })

  it('are all refused where the secret is another one', async () => {
    await using door = await servePeers(async () => 'fine', { secret })
    await using stranger = askPeers({ secret: 'some other secret' })

    const outcomes = await askAll(stranger, door.address, ['a', 'b'])

    assert.deepEqual(outcomes, ['CALL_DENIED', 'CALL_DENIED'])
  })

  it('are carried out only when all of them can be read', async () => {
    let isAsked = false
    await using door = await servePeers(
      async () => {
        isAsked = true
        return ''
      },
      { secret },
    )
    const line = writeLine(1_000, 'greet hello')
    const wrong = [
      '',
      'x',
      line.trimEnd(),
      `${line}x\n`,
      '10 greet\n',
      line.repeat(togetherMax + 1),
    ]
    for (const body of wrong) {
      const headers = { authorization: `Bearer ${secret}` }
      const url = `${door.address}${peerPath}${togetherName}`
      const { status } = await fetch(url, { method: 'POST', headers, body })

      assert.equal(status, 404, JSON.stringify(body.slice(0, 40)))
    }
    assert.equal(isAsked, false)
  })
})

interface AnyServer extends AsyncDisposable {
  readonly address: string
  readonly on: Server['on']
}

async function serveAnything(answer: RequestListener): Promise<AnyServer> {
  const server = createServer(answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    address: `http://127.0.0.1:${port}`,
    on: server.on.bind(server),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

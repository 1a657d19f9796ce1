// Servers that answer as the test says: what the simulated cluster cannot be made to say.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { it } from 'node:test'
import { Writer } from '@platformatic/kafka'
import { kafkaCarrier } from '../../src/adapters/kafka/carrier.ts'
import { Cluster } from '../../src/adapters/kafka/cluster.ts'

const host = '127.0.0.1'
const kinds = { produce: 0, fetch: 1, listOffsets: 2, metadata: 3, apiVersions: 18 } as const

interface Answering extends AsyncDisposable {
  readonly port: number
}

/** Answers each request by its kind. */
async function serve(answers: Readonly<Record<number, () => Buffer>>): Promise<Answering> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.on('data', (request) => {
      const answer = answers[request.readInt16BE(4)]?.() ?? Buffer.alloc(0)
      const head = Buffer.alloc(8)
      head.writeInt32BE(4 + answer.length)
      request.copy(head, 4, 8, 12)
      socket.write(Buffer.concat([head, answer]))
    })
  })
  server.listen(0, host)
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return {
    port: address.port,
    [Symbol.asyncDispose]: async () => void server.close(),
  }
}

/** Takes requests of these kinds in these versions. */
function versions(
  taken: readonly (readonly [kind: number, least: number, most: number])[],
): Buffer {
  const answer = Writer.create().appendInt16(0).appendInt32(taken.length)
  for (const [kind, least, most] of taken)
    answer.appendInt16(kind).appendInt16(least).appendInt16(most)
  return answer.appendInt32(0).buffer
}

it('refuses a server that does not speak as it does', async () => {
  await using server = await serve({
    [kinds.apiVersions]: () => versions([[kinds.produce, 3, 12]]),
  })

  await assert.rejects(kafkaCarrier({ servers: `${host}:${server.port}`, system: 'shop' }), {
    code: 'BROKER_UNSUITABLE',
    message: /does not take Fetch in version 11, but none/,
  })
})

it('asks the controller for topics, also when it has learned of it from a refusal', async () => {
  await using controller = await serve({})
  const unknownTopic = 3
  const metadata = (): Buffer => {
    const answer = Writer.create().appendInt32(1)
    answer.appendInt32(2).appendString(host, false).appendInt32(controller.port)
    answer.appendInt16(-1).appendInt16(-1).appendInt32(2)
    answer.appendInt32(1).appendInt16(unknownTopic).appendString('t', false)
    return answer.appendInt8(0).appendInt32(0).buffer
  }
  await using server = await serve({
    [kinds.metadata]: metadata,
    [kinds.apiVersions]: () =>
      versions([
        [kinds.produce, 0, 7],
        [kinds.fetch, 0, 11],
        [kinds.listOffsets, 0, 5],
        [kinds.metadata, 0, 2],
      ]),
  })
  const cluster = new Cluster({
    servers: [{ host, port: server.port }],
    client: 'test',
    timeoutMs: 60_000,
    security: {},
    report: () => undefined,
  })
  await cluster.open()

  const found = await cluster.leader('t')
  const asked = await cluster.atController('a topic', async ({ port }) => port)

  cluster.close()
  assert.deepEqual([found, asked], [undefined, controller.port])
})

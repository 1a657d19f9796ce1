import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import Fastify from 'fastify'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { BodyTooLarge, readBody } from './work.ts'

/** Sends requests of ill will to each library as it comes, and prints what its handlers saw. */
const LIMIT = 1024

type Seen = Record<string, unknown>

function seen(incoming: IncomingMessage, own: Seen): Seen {
  const raw = incoming.rawHeaders.filter((_, index) => index % 2 === 0).length
  return { ...own, raw, target: incoming.url, timeouts: timeoutsOf(incoming) }
}

function timeoutsOf(incoming: IncomingMessage): string {
  const { server } = incoming.socket as { server?: Server }
  return `${server?.headersTimeout}/${server?.requestTimeout}`
}

function plainServer(): Server {
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    try {
      const body = await readBody(incoming, LIMIT)
      const { host, authorization } = incoming.headers
      const own = { method: incoming.method, host, authorization, body: body.toString('latin1') }
      outgoing.end(JSON.stringify(seen(incoming, own)))
    } catch (error) {
      outgoing.writeHead(error instanceof BodyTooLarge ? 413 : 400, { connection: 'close' }).end()
    }
  }
  return createServer((incoming, outgoing) => void answer(incoming, outgoing))
}

function honoServer(): Server {
  const app = new Hono<{ Bindings: HttpBindings }>()
  app.all('*', bodyLimit({ maxSize: LIMIT }), async (c: Context<{ Bindings: HttpBindings }>) => {
    const { method, path, raw } = c.req
    const [host, authorization] = [raw.headers.get('host'), raw.headers.get('authorization')]
    return c.json(
      seen(c.env.incoming, { method, path, host, authorization, body: await c.req.text() }),
    )
  })
  return createAdaptorServer({ fetch: app.fetch }) as Server
}

async function fastifyServer(): Promise<Server> {
  const app = Fastify({ bodyLimit: LIMIT })
  app.all('*', async (request) => {
    const { method, headers, body, raw } = request
    return seen(raw, { method, host: headers.host, authorization: headers.authorization, body })
  })
  await app.ready()
  return app.server
}

const JSON_TYPE = 'Content-Type: application/json\r\n'

const probes: Record<string, string | Buffer> = {
  plain: 'GET /a HTTP/1.1\r\nHost: a\r\n\r\n',
  'no Host': 'GET /a HTTP/1.1\r\n\r\n',
  'two Hosts': 'GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
  'two Authorizations':
    'GET /a HTTP/1.1\r\nHost: a\r\nAuthorization: one\r\nAuthorization: two\r\n\r\n',
  'absolute target': 'GET http://b/c HTTP/1.1\r\nHost: a\r\n\r\n',
  'dot segments': 'GET /a/%2e%2e/admin HTTP/1.1\r\nHost: a\r\n\r\n',
  'Host with a path': 'GET /a HTTP/1.1\r\nHost: a/admin\r\n\r\n',
  'asterisk target': 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n',
  TRACE: 'TRACE /a HTTP/1.1\r\nHost: a\r\n\r\n',
  '1900 headers': `GET /a HTTP/1.1\r\nHost: a\r\n${'a:1\r\n'.repeat(1899)}\r\n`,
  '2500 headers': `GET /a HTTP/1.1\r\nHost: a\r\n${'a:1\r\n'.repeat(2499)}\r\n`,
  '20 KB of headers': `GET /a HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
  'two lengths': 'POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
  'length and chunks':
    'POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'not UTF-8': Buffer.concat([
    Buffer.from(`POST /a HTTP/1.1\r\nHost: a\r\n${JSON_TYPE}Content-Length: 4\r\n\r\n"`),
    Buffer.from([0xc3, 0x28, 0x22]),
  ]),
  'declared too long': `POST /a HTTP/1.1\r\nHost: a\r\n${JSON_TYPE}Content-Length: 9999999\r\n\r\n`,
  'twice the same key': `POST /a HTTP/1.1\r\nHost: a\r\n${JSON_TYPE}Content-Length: 13\r\n\r\n{"a":1,"a":2}`,
}

/** The status line and the body, or how the connection ended. */
function answerTo(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    const end = () => {
      const [head = '', body = ''] = text.split('\r\n\r\n')
      const closes = /^connection: close/im.test(head) ? ' (closes)' : ''
      resolve(text === '' ? 'no answer' : `${head.slice(9, 12)}${closes} ${body}`)
      socket.destroy()
    }
    socket.on('data', (chunk) => {
      text += chunk.toString()
    })
    socket.on('error', end)
    setTimeout(end, 300)
  })
}

/** How much of an endless body, dripped in small chunks, is taken until the answer and the end. */
function endless(port: number): Promise<string> {
  return new Promise((resolve) => {
    let answer = 'no answer'
    const socket = connect(port, '127.0.0.1')
    socket.write(`POST /a HTTP/1.1\r\nHost: a\r\n${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\n`)
    const drip = setInterval(() => socket.write(`100\r\n${'x'.repeat(0x100)}\r\n`), 5)
    socket.on('data', (data) => {
      answer = `${data.toString().slice(9, 12)} after ${kilobytes(socket.bytesWritten)}`
    })
    socket.on('error', () => undefined)
    const report = () => {
      clearInterval(drip)
      const end = socket.destroyed ? 'cut off' : 'still taken'
      resolve(`${answer}; ${end} at ${kilobytes(socket.bytesWritten)}`)
      socket.destroy()
    }
    setTimeout(report, 2000)
  })
}

const kilobytes = (bytes: number) => `${(bytes / 1024).toFixed(1)} KB`

const all = { 'node:http': plainServer(), hono: honoServer(), fastify: await fastifyServer() }
for (const [name, server] of Object.entries(all)) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  console.log(`\n${name}`)
  for (const [probe, bytes] of Object.entries(probes)) {
    console.log(`  ${probe}: ${await answerTo(port, bytes)}`)
  }
  console.log(`  endless body: ${await endless(port)}`)
}
process.exit()

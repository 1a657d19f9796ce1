import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createAdaptorServer, getRequestListener, type HttpBindings } from '@hono/node-server'
import Fastify from 'fastify'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { RegExpRouter } from 'hono/router/reg-exp-router'
import { SmartRouter } from 'hono/router/smart-router'
import { TrieRouter } from 'hono/router/trie-router'
import { refusal } from './guard.ts'
import { accept, BODY_LIMIT, CONSTANT, find, HELLO, parseStrictly, readBody } from './work.ts'

type Handler = (
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  key: string,
) => void | Promise<void>

type Start = () => Promise<Server>

/** Each way to serve the same four routes. */
export const servers: Readonly<Record<string, Start>> = {
  'node:http': async () => createServer(plain),
  'node:http + hono router': async () => createServer(routed()),
  'hono, raw body': async () => createServer(listenerOf(honoRawBody())),
  hono: async () => createAdaptorServer({ fetch: honoApp().fetch }) as Server,
  fastify: fastifyServer,
}

function listenerOf(app: {
  readonly fetch: Parameters<typeof getRequestListener>[0]
}): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  const listen = getRequestListener(app.fetch)
  return (incoming, outgoing) => void listen(incoming, outgoing)
}

function plain(incoming: IncomingMessage, outgoing: ServerResponse): void {
  if (incoming.method === 'GET') return plainGet(incoming.url ?? '/', outgoing)
  if (incoming.url === '/constant') return void postConstant(incoming, outgoing)
  if (incoming.url === '/orders') return void postOrder(incoming, outgoing)
  sendJson(outgoing, 404, {})
}

function plainGet(url: string, outgoing: ServerResponse): void {
  if (url === '/hello') return sendText(outgoing, HELLO)
  if (!url.startsWith('/orders/')) return sendJson(outgoing, 404, {})
  sendJson(outgoing, 200, find(url.slice('/orders/'.length)) ?? {})
}

/** The raw server behind the guard, with nothing of the library but its router. */
function routed(): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  const router = new SmartRouter<Handler>({ routers: [new RegExpRouter(), new TrieRouter()] })
  router.add('GET', '/hello', (_incoming, outgoing) => sendText(outgoing, HELLO))
  router.add('GET', '/orders/:key', (_incoming, outgoing, key) =>
    sendJson(outgoing, 200, find(key) ?? {}),
  )
  router.add('POST', '/constant', postConstant)
  router.add('POST', '/orders', postOrder)
  return (incoming, outgoing) => {
    const refused = refusal(incoming)
    if (refused !== undefined) return sendJson(outgoing, refused, {})
    const target = incoming.url ?? '/'
    const query = target.indexOf('?')
    const path = query === -1 ? target : target.slice(0, query)
    const [handlers, params] = router.match(incoming.method ?? 'GET', path)
    const found = handlers[0]
    if (found === undefined) return sendJson(outgoing, 404, {})
    const index: number | string | undefined = Object.values(found[1])[0] as number | string
    const key = typeof index === 'number' ? params?.[index] : index
    void found[0](incoming, outgoing, key ?? '')
  }
}

async function postConstant(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const bytes = await readBody(incoming, Number.POSITIVE_INFINITY)
  JSON.parse(bytes.toString())
  sendJson(outgoing, 200, CONSTANT)
}

async function postOrder(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  try {
    const answer = accept(parseStrictly(await readBody(incoming, BODY_LIMIT)))
    sendJson(outgoing, answer === undefined ? 422 : 200, answer ?? {})
  } catch {
    sendJson(outgoing, 400, {})
  }
}

function sendJson(outgoing: ServerResponse, status: number, value: object): void {
  send(outgoing, { status, type: 'application/json', text: JSON.stringify(value) })
}

function sendText(outgoing: ServerResponse, text: string): void {
  send(outgoing, { status: 200, type: 'text/plain; charset=utf-8', text })
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly text: string
}

function send(outgoing: ServerResponse, { status, type, text }: Answer): void {
  outgoing.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) })
  outgoing.end(text)
}

/** Hono as its documentation shows it. */
function honoApp(): Hono {
  const app = new Hono()
  app.get('/hello', (c) => c.text(HELLO))
  app.get('/orders/:key', (c) => c.json(find(c.req.param('key')) ?? {}))
  app.post('/constant', async (c) => {
    await c.req.json()
    return c.json(CONSTANT)
  })
  app.post('/orders', bodyLimit({ maxSize: BODY_LIMIT }), async (c) =>
    answered(c, accept(await c.req.json())),
  )
  return app
}

/** Hono for routing and answers, the body taken from the raw request. */
function honoRawBody(): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>()
  app.get('/hello', (c) => c.text(HELLO))
  app.get('/orders/:key', (c) => c.json(find(c.req.param('key')) ?? {}))
  app.post('/constant', async (c) => {
    const bytes = await readBody(c.env.incoming, Number.POSITIVE_INFINITY)
    JSON.parse(bytes.toString())
    return c.json(CONSTANT)
  })
  app.post('/orders', async (c) =>
    answered(c, accept(parseStrictly(await readBody(c.env.incoming, BODY_LIMIT)))),
  )
  return app
}

function answered(c: Context, answer: object | undefined): Response {
  return answer === undefined ? c.json({}, 422) : c.json(answer)
}

async function fastifyServer(): Promise<Server> {
  const app = Fastify({ bodyLimit: BODY_LIMIT })
  app.get('/hello', async () => HELLO)
  app.get<{ Params: { key: string } }>(
    '/orders/:key',
    async (request) => find(request.params.key) ?? {},
  )
  app.post('/constant', async () => CONSTANT)
  app.post('/orders', async (request, reply) => {
    const answer = accept(request.body)
    if (answer === undefined) reply.code(422)
    return answer ?? {}
  })
  await app.ready()
  return app.server
}

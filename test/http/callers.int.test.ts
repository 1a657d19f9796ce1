import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Identify } from '../../src/adapters/http/index.ts'
import { ask, jsonRequest, request } from './raw-client.ts'
import { serveShop } from './serve-shop.ts'

const supply = 'POST /services/stock/commands/supply'
const tea = { sku: 'tea', quantity: 1 }

// #region identify
/** Trusts a name in a header, as a test may. */
const identify: Identify = async ({ headers }) => {
  const [kind, actor] = (headers['authorization'] ?? '').split(' ')
  if (kind === 'broken') throw new TypeError('the identity provider is away')
  return kind === 'name' && actor ? { actor, tenant: 'east' } : undefined
}
// #endregion identify

const served = await serveShop({
  identify,
  hosts: ['Shop.example'],
  origins: ['https://partner.example'],
})
after(() => served[Symbol.asyncDispose]())
const { port, running } = served

function by(actor: string, ...headers: readonly string[]): string[] {
  return ['host: shop.example', `authorization: name ${actor}`, ...headers]
}

/** The request helper writes `host: localhost`; here another one is asked for. */
function hosted(bytes: string): string {
  return bytes.replace('host: localhost\r\n', '')
}

test('a command carries who sends it', async () => {
  const answer = await ask(port, hosted(jsonRequest(supply, tea, by('ann'))))

  assert.equal(answer.status, 202)
  assert.equal(running.calls.at(-1)?.options.actor, 'ann')
  assert.equal(running.calls.at(-1)?.options.tenant, 'east')
})

test('a caller who proves nothing is answered 401', async () => {
  const answer = await ask(port, hosted(jsonRequest(supply, tea, ['host: shop.example'])))

  assert.deepEqual([answer.status, answer.json['code']], [401, 'HTTP_CALLER_UNKNOWN'])
  assert.equal(answer.headers['www-authenticate'], 'Bearer')
})

test('when nobody can tell who the caller is, the answer is 500 and reported', async () => {
  const headers = ['host: shop.example', 'authorization: broken x']

  const answer = await ask(port, hosted(request('GET /items/tea', headers)))

  assert.equal(answer.status, 500)
  assert.equal(served.reports.length, 1)
})

test('the key of one caller is not the key of another', async () => {
  const keyed = (actor: string, quantity: number): string =>
    hosted(jsonRequest(supply, { sku: 'own', quantity }, by(actor, 'idempotency-key: 1')))

  const first = await ask(port, keyed('ann', 1))
  const other = await ask(port, keyed('bob', 2))
  const again = await ask(port, keyed('ann', 1))

  assert.deepEqual([first.status, other.status, again.status], [202, 202, 202])
  assert.equal(other.headers['idempotency-replayed'], undefined)
  assert.equal(again.headers['idempotency-replayed'], 'true')
})

test('answers for the hosts that it is told, with or without a port', async () => {
  const own = await ask(port, hosted(request('GET /items/tea', by('ann'))))
  const withPort = await ask(
    port,
    hosted(request('GET /items/tea', ['host: SHOP.example:8080', 'authorization: name ann'])),
  )
  const loopback = await ask(port, request('GET /items/tea', ['authorization: name ann']))

  assert.deepEqual([own.status, withPort.status, loopback.status], [200, 200, 421])
})

test('takes commands from pages of its own and of the sites that it is told', async () => {
  const from = (...headers: readonly string[]): Promise<number> =>
    ask(port, hosted(jsonRequest(supply, tea, by('ann', ...headers)))).then(({ status }) => status)

  assert.equal(await from('origin: https://shop.example'), 202)
  assert.equal(await from('origin: https://partner.example', 'sec-fetch-site: cross-site'), 202)
  assert.equal(await from('origin: https://other.example', 'sec-fetch-site: same-origin'), 202)
  assert.equal(await from('sec-fetch-site: none'), 202)
  assert.equal(await from('origin: https://other.example'), 403)
  assert.equal(await from('origin: https://shop.example.other.example'), 403)
})

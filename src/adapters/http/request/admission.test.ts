import assert from 'node:assert/strict'
import { test } from 'node:test'
import { httpLimits } from '../limits.ts'
import { type AdmissionRules, admitRequest, hostsOf, type RequestHead } from './admission.ts'

const anywhere: AdmissionRules = { hosts: undefined, origins: new Set() }

interface Head {
  readonly method?: string
  readonly url?: string
  readonly version?: readonly [major: number, minor: number]
  readonly headers?: readonly string[]
}

/** Only the parts of a request that admission looks at. */
function head(parts: Head): RequestHead {
  const { method = 'POST', url = '/', version = [1, 1], headers = [] } = parts
  const [httpVersionMajor, httpVersionMinor] = version
  const rawHeaders = ['Host', 'shop.example', ...headers]
  return { method, url, httpVersionMajor, httpVersionMinor, rawHeaders }
}

function admit(parts: Head, rules = anywhere): unknown {
  return admitRequest(head(parts), httpLimits, rules)
}

test('reads the headers that the server knows, whatever their case', () => {
  const headers = ['CONTENT-TYPE', 'application/json', 'idempotency-Key', 'k', 'x-other', 'y']

  const known = admitRequest(head({ headers }), httpLimits, anywhere)

  assert.equal(known.host, 'shop.example')
  assert.equal(known.contentType, 'application/json')
  assert.equal(known.idempotencyKey, 'k')
  assert.equal(known.traceparent, undefined)
})

const refused: readonly (readonly [what: string, parts: Head, code: string])[] = [
  ['HTTP/2 as text', { version: [2, 0] }, 'HTTP_REQUEST_INVALID'],
  ['HTTP/1.2', { version: [1, 2] }, 'HTTP_REQUEST_INVALID'],
  ['a second host', { headers: ['host', 'shop.example'] }, 'HTTP_REQUEST_INVALID'],
  [
    'a second type',
    { headers: ['Content-Type', 'a', 'content-type', 'a'] },
    'HTTP_REQUEST_INVALID',
  ],
  ['a long URL', { url: `/${'a'.repeat(8_192)}` }, 'HTTP_URL_TOO_LONG'],
  ['many headers', { headers: Array<string>(200).fill('x') }, 'HTTP_HEADERS_TOO_LARGE'],
  ['another coding', { headers: ['transfer-encoding', 'gzip'] }, 'HTTP_REQUEST_INVALID'],
  ['a page of elsewhere', { headers: ['origin', 'https://evil.example'] }, 'HTTP_ORIGIN_REFUSED'],
  ['a nameless page', { headers: ['origin', 'null'] }, 'HTTP_ORIGIN_REFUSED'],
  ['a form of elsewhere', { headers: ['sec-fetch-site', 'cross-site'] }, 'HTTP_ORIGIN_REFUSED'],
]

for (const [what, parts, code] of refused) {
  test(`refuses ${what}`, () => {
    assert.throws(() => admit(parts), { code })
  })
}

test('a page of elsewhere may ask for what changes nothing', () => {
  const headers = ['origin', 'https://evil.example', 'sec-fetch-site', 'cross-site']

  assert.doesNotThrow(() => admit({ method: 'GET', headers }))
})

test('answers only for the hosts that it is told', () => {
  const rules = { ...anywhere, hosts: hostsOf('0.0.0.0', ['Shop.Example']) }

  assert.doesNotThrow(() => admit({}, rules))
  assert.throws(() => admit({}, { ...anywhere, hosts: hostsOf('127.0.0.1', undefined) }), {
    code: 'HTTP_HOST_UNKNOWN',
  })
})

test('on loopback a server answers for its own names only, as another page could rebind a name to it', () => {
  for (const host of ['127.0.0.1', 'localhost', '::1', '127.0.0.5']) {
    assert.equal(hostsOf(host, undefined)?.has('localhost'), true)
    assert.equal(hostsOf(host, undefined)?.has('evil.example'), false)
  }
})

test('on other addresses a server answers for any name, unless it is told which', () => {
  assert.equal(hostsOf('0.0.0.0', undefined), undefined)
  assert.deepEqual(hostsOf('0.0.0.0', ['Shop.Example']), new Set(['shop.example']))
})

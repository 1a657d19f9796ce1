// Requests that must be refused, as bytes. The first column names the kind of attack or mistake.
import { jsonRequest, request } from './raw-client.ts'

export interface HostileRequest {
  readonly name: string
  readonly bytes: string | Uint8Array
  readonly status: number
  readonly code: string
}

const command = 'POST /services/stock/commands/supply'
const reserve = 'POST /services/stock/commands/reserve'
const supply = '{"sku":"tea","quantity":1}'
const json = 'content-type: application/json'

type Row = readonly [name: string, bytes: string | Uint8Array, status?: number, code?: string]

function rows(status: number, code: string, ...list: readonly Row[]): readonly HostileRequest[] {
  return list.map(([name, bytes, ownStatus, ownCode]) => ({
    name,
    bytes,
    status: ownStatus ?? status,
    code: ownCode ?? code,
  }))
}

function bytesOf(before: string, bytes: readonly number[], after: string): Uint8Array {
  const body = Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)])
  const head = `${command} HTTP/1.1\r\nhost: localhost\r\n${json}\r\ncontent-length: ${body.length}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), body])
}

function chunked(...chunks: readonly string[]): string {
  const body = chunks.map((each) => `${each.length.toString(16)}\r\n${each}\r\n`).join('')
  return `${command} HTTP/1.1\r\nhost: localhost\r\n${json}\r\ntransfer-encoding: chunked\r\n\r\n${body}0\r\n\r\n`
}

const framing = rows(
  400,
  'HTTP_REQUEST_INVALID',
  [
    'a length and chunks',
    request(command, ['content-length: 3', 'transfer-encoding: chunked'], 'abc'),
  ],
  [
    'two lengths that differ',
    request(command, ['content-length: 3', 'content-length: 4']) + 'abcd',
  ],
  ['two equal lengths', request(command, ['content-length: 3', 'content-length: 3']) + 'abc'],
  ['a negative length', request(command, ['content-length: -1'])],
  ['a length with a plus', request(command, ['content-length: +5']) + 'abcde'],
  ['a list of lengths', request(command, ['content-length: 5,5']) + 'abcde'],
  ['a length beyond numbers', request(command, [`content-length: ${'9'.repeat(20)}`])],
  ['a transfer encoding that is not known', request(command, ['transfer-encoding: xchunked'])],
  ['identity after chunks', request(command, ['transfer-encoding: chunked, identity'])],
  ['a space before the colon', request(command, ['content-length : 3']) + 'abc'],
  ['a folded header', request('GET /health', ['x-a: b\r\n c'])],
  ['lines that end in LF only', 'GET /health HTTP/1.1\nhost: localhost\n\n'],
  ['a bare CR in a value', request('GET /health', ['x-a: a\rb'])],
  ['NUL in a header', request('GET /health', ['x-a: a\0b'])],
  ['NUL in the path', request('GET /hea\0lth')],
  ['a chunk size in C notation', chunked('abc').replace('\r\n3\r\n', '\r\n0x3\r\n')],
  ['a chunk size beyond numbers', chunked('abc').replace('\r\n3\r\n', `\r\n${'f'.repeat(17)}\r\n`)],
  [
    'a chunk extension of 20 KB',
    chunked('abc').replace('\r\n3\r\n', `\r\n3;${'x'.repeat(20_000)}\r\n`),
  ],
  ['no host', 'GET /health HTTP/1.1\r\n\r\n'],
  ['two hosts', request('GET /health', ['host: evil.example'])],
  ['a host that is none', 'GET /health HTTP/1.1\r\nhost: a b\r\n\r\n'],
  ['a version that does not exist', 'GET /health HTTP/1.9\r\nhost: localhost\r\n\r\n'],
  ['HTTP/2.0 as text', 'GET /health HTTP/2.0\r\nhost: localhost\r\n\r\n'],
  ['HTTP/0.9', 'GET /health\r\n\r\n'],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['the hello of TLS', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00])],
  ['a method that does not exist', request('FOO /health')],
  ['a method in small letters', request('get /health')],
  ['two authorizations', request('GET /health', ['authorization: a', 'authorization: b'])],
  ['two content types', jsonRequest(command, supply, ['content-type: text/plain'])],
  ['two keys', jsonRequest(command, supply, ['idempotency-key: a', 'idempotency-key: b'])],
  [
    'a header to be taken off on the way',
    request('GET /health', ['connection: close, Authorization']),
  ],
  ['a trailer that matters', request('GET /health', ['trailer: authorization'])],
)

const limits = rows(
  431,
  'HTTP_HEADERS_TOO_LARGE',
  ['headers of 20 KB', request('GET /health', [`x-a: ${'b'.repeat(20_000)}`])],
  [
    '101 headers',
    request(
      'GET /health',
      Array.from({ length: 100 }, (_, index) => `x-${index}: a`),
    ),
  ],
  [
    '1,000 headers',
    request(
      'GET /health',
      Array.from({ length: 999 }, (_, index) => `x${index}: `),
    ),
  ],
  ['a URL of 9 KB', request(`GET /health?${'a'.repeat(9_000)}`), 414, 'HTTP_URL_TOO_LONG'],
  [
    'a body that is announced as too large',
    request(command, [json, 'content-length: 1048577']),
    413,
    'HTTP_BODY_TOO_LARGE',
  ],
  ['chunks over the limit', chunked('"', 'x'.repeat(1_048_576)), 413, 'HTTP_BODY_TOO_LARGE'],
  [
    'more than a route takes',
    jsonRequest('POST /small', { sku: 'x'.repeat(60), quantity: 1 }),
    413,
    'HTTP_BODY_TOO_LARGE',
  ],
  [
    'an expectation that is not known',
    request('GET /health', ['expect: 200-ok']),
    417,
    'HTTP_EXPECTATION_UNSUPPORTED',
  ],
  ['another host', 'GET /health HTTP/1.1\r\nhost: evil.example\r\n\r\n', 421, 'HTTP_HOST_UNKNOWN'],
)

const targets = rows(
  400,
  'HTTP_REQUEST_INVALID',
  ['an absolute target', 'GET http://localhost/health HTTP/1.1\r\nhost: localhost\r\n\r\n'],
  ['a target without a slash', request('GET health')],
  ['a star', request('OPTIONS *')],
  ['a dot segment', request('GET /items/../health')],
  ['an encoded dot segment', request('GET /items/%2e%2e/health')],
  ['a half encoded dot segment', request('GET /items/.%2E')],
  ['a single dot', request('GET /./health')],
  ['an empty segment', request('GET //evil.example/health')],
  ['a backslash', request('GET /items\\..\\health')],
  ['an encoded slash', request('GET /items/..%2fhealth')],
  ['an encoded backslash', request('GET /items/a%5cb')],
  ['an encoded NUL', request('GET /items/%00')],
  ['an encoded line end', request('GET /items/a%0d%0aSet-Cookie:b')],
  ['an overlong encoding', request('GET /items/%c0%af')],
  ['a surrogate in percent-encoding', request('GET /items/%ed%a0%80')],
  ['a broken escape', request('GET /items/%zz')],
  ['a cut escape', request('GET /items/a%4')],
  [
    'bytes that are not ASCII',
    Buffer.from('GET /items/é HTTP/1.1\r\nhost: localhost\r\n\r\n', 'latin1'),
  ],
  ['a fragment', request('GET /health#a')],
  ['a parameter twice', request('GET /items/tea?times=1&times=2')],
  ['a parameter of the path in the query', request('GET /items/tea?sku=cup')],
  ['the prototype as a parameter', request('GET /items/tea?__proto__=1')],
  ['the constructor as a parameter', request('GET /items/tea?constructor=1')],
  ['a broken escape in the query', request('GET /items/tea?a=%f')],
  ['an encoded line end in the query', request('GET /items/tea?a=%0d%0ab')],
  [
    '101 parameters',
    request(`GET /items/tea?${Array.from({ length: 101 }, (_, index) => `a${index}=1`).join('&')}`),
  ],
  ['a query where none is read', jsonRequest(`${command}?dry=1`, supply)],
  ['a body on GET', jsonRequest('GET /items/tea', {})],
  ['chunks on GET', request('GET /items/tea', ['transfer-encoding: chunked']) + '0\r\n\r\n'],
  ['a body on DELETE', jsonRequest('DELETE /everything', {})],
  ['an empty key', jsonRequest(command, supply, ['idempotency-key: '])],
  [
    'a key of 256 characters',
    jsonRequest(command, supply, [`idempotency-key: ${'k'.repeat(256)}`]),
  ],
  ['a key that is not ASCII', jsonRequest(command, supply, ['idempotency-key: é'])],
  ['a key with a tab', jsonRequest(command, supply, ['idempotency-key: a\tb'])],
  ['a timeout that is no number', request('GET /items/tea', ['request-timeout-ms: soon'])],
  ['a timeout of 0', request('GET /items/tea', ['request-timeout-ms: 0'])],
  ['a negative timeout', request('GET /items/tea', ['request-timeout-ms: -5'])],
  ['a token that is none', request('GET /items/tea', ['consistency-token: {"stock/0":1}'])],
  ['a token of 5 KB', request('GET /items/tea', [`consistency-token: a/0=${'1'.repeat(5_000)}`])],
  [
    'a token that says one service twice',
    request('GET /items/tea', ['consistency-token: a/0=1;a/0=2']),
  ],
  [
    'a token beyond numbers',
    request('GET /items/tea', ['consistency-token: a/0=9999999999999999']),
  ],
)

const mediaTypes = rows(
  415,
  'HTTP_MEDIA_TYPE_UNSUPPORTED',
  ['no content type', request(command, [], supply)],
  ['JSON as text', request(command, ['content-type: text/plain'], supply)],
  ['a form', request(command, ['content-type: application/x-www-form-urlencoded'], 'sku=tea')],
  ['several parts', request(command, ['content-type: multipart/form-data'], '--a')],
  ['JSON in another charset', request(command, [`${json}; charset=utf-16`], supply)],
  ['JSON with a parameter', request(command, [`${json}; version=1`], supply)],
  ['gzip', jsonRequest(command, supply, ['content-encoding: gzip'])],
  ['brotli', jsonRequest(command, supply, ['content-encoding: br'])],
  ['gzip twice', jsonRequest(command, supply, ['content-encoding: gzip, gzip'])],
)

const bodies = rows(
  400,
  'HTTP_BODY_INVALID',
  ['broken JSON', jsonRequest(command, '{"sku":"tea",}')],
  ['two documents', jsonRequest(command, `${supply}${supply}`)],
  ['a comment', jsonRequest(command, `/* */${supply}`)],
  ['NaN', jsonRequest(command, '{"sku":"tea","quantity":NaN}')],
  ['single quotes', jsonRequest(command, "{'sku':'tea'}")],
  ['only spaces', jsonRequest(command, '   ')],
  ['a byte order mark', bytesOf('', [0xef, 0xbb, 0xbf], supply)],
  ['bytes that are not UTF-8', bytesOf('{"sku":"', [0xff], '","quantity":1}')],
  ['an overlong character', bytesOf('{"sku":"', [0xc0, 0xaf], '","quantity":1}')],
  ['half a character', jsonRequest(command, String.raw`{"sku":"\ud800","quantity":1}`)],
  ['NUL in a string', jsonRequest(command, String.raw`{"sku":"\u0000","quantity":1}`)],
  ['a key twice', jsonRequest(command, '{"sku":"tea","quantity":1,"quantity":2}')],
  ['the prototype as a key', jsonRequest(command, '{"__proto__":{"admin":true}}')],
  ['the prototype of the constructor', jsonRequest(command, '{"constructor":{"prototype":{}}}')],
  ['33 levels', jsonRequest(command, '['.repeat(33) + ']'.repeat(33))],
  ['1,000,000 levels', jsonRequest(command, '['.repeat(1_000_000))],
  ['300,000 elements', jsonRequest(command, `[${'[],'.repeat(300_000)}[]]`)],
  [
    '1,001 keys',
    jsonRequest(
      command,
      Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`a${index}`, 1])),
    ),
  ],
  ['1e999', jsonRequest(command, '{"sku":"tea","quantity":1e999}')],
  [
    'an integer that would be rounded',
    jsonRequest(command, '{"sku":"tea","quantity":9007199254740993}'),
  ],
  ['a number of a million digits', jsonRequest(command, `{"quantity":${'1'.repeat(1_000_000)}}`)],
  ['a body that is not the declared one', jsonRequest('POST /orders/tea', { number: 1 })],
  ['a list where fields are joined', jsonRequest('PATCH /items/tea', [1])],
  ['null where fields are joined', jsonRequest('PATCH /items/tea', 'null')],
)

/** What the schema refuses: nothing of it may get further than the check of the input. */
const inputs = rows(
  400,
  'COMMAND_INPUT_INVALID',
  ['no body', request(command)],
  ['null', jsonRequest(command, 'null')],
  ['a list', jsonRequest(command, '[]')],
  ['a number', jsonRequest(command, '1')],
  ['a text', jsonRequest(command, '"tea"')],
  ['a number as text', jsonRequest(command, { sku: 'tea', quantity: '1' })],
  ['a fraction', jsonRequest(command, { sku: 'tea', quantity: 1.5 })],
  ['a field that is missing', jsonRequest(command, { sku: 'tea' })],
  ['a field that nobody knows', jsonRequest(reserve, { sku: 'tea', quantity: 1, role: 'admin' })],
  ['a text of 65 characters', jsonRequest(command, { sku: 'x'.repeat(65), quantity: 1 })],
  [
    'a number in the path of another kind',
    request('GET /items/tea?times=many'),
    400,
    'QUERY_INPUT_INVALID',
  ],
  [
    'a number that is only nearly one',
    request('GET /items/tea?times=1e3'),
    400,
    'QUERY_INPUT_INVALID',
  ],
)

const routes = rows(
  404,
  'HTTP_ROUTE_UNKNOWN',
  ['a path that does not exist', request('GET /nowhere')],
  ['a slash at the end', request('GET /items/tea/')],
  ['a path in capitals', request('GET /HEALTH')],
  ['an encoded letter of a path', request('GET /he%61lth')],
  ['an empty parameter', request('GET /items/')],
  ['TRACE', request('TRACE /items/tea'), 405, 'HTTP_METHOD_UNSUPPORTED'],
  ['TRACE of nothing', request('TRACE /nowhere'), 405, 'HTTP_METHOD_UNSUPPORTED'],
  ['CONNECT', request('CONNECT evil.example:443'), 405, 'HTTP_METHOD_UNSUPPORTED'],
  [
    'OPTIONS of another site',
    request('OPTIONS /items/tea', ['origin: https://evil.example']),
    403,
    'HTTP_ORIGIN_REFUSED',
  ],
  ['a method that the path has not', request('DELETE /items/tea'), 405, 'HTTP_METHOD_UNSUPPORTED'],
  [
    'GET of a command',
    request('GET /services/stock/commands/supply'),
    405,
    'HTTP_METHOD_UNSUPPORTED',
  ],
  [
    'a page of another site',
    jsonRequest(command, supply, ['origin: https://evil.example']),
    403,
    'HTTP_ORIGIN_REFUSED',
  ],
  [
    'a page without an origin',
    jsonRequest(command, supply, ['origin: null']),
    403,
    'HTTP_ORIGIN_REFUSED',
  ],
  [
    'a form of another site',
    request('POST /wait', ['sec-fetch-site: cross-site']),
    403,
    'HTTP_ORIGIN_REFUSED',
  ],
  [
    'a neighbouring site',
    request('POST /wait', ['sec-fetch-site: same-site']),
    403,
    'HTTP_ORIGIN_REFUSED',
  ],
)

export const hostileRequests: readonly HostileRequest[] = [
  ...framing,
  ...limits,
  ...targets,
  ...mediaTypes,
  ...bodies,
  ...inputs,
  ...routes,
]

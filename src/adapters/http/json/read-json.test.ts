import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createJsonReader } from './read-json.ts'

const read = createJsonReader({
  depthMax: 32,
  valuesMax: 1_000,
  keysPerObjectMax: 100,
  numberCharsMax: 64,
})

test('reads a value from bytes', () => {
  assert.deepEqual(read(Buffer.from('{"name":"Käthe 😀"}')), { name: 'Käthe 😀' })
})

const notUtf8: Readonly<Record<string, readonly number[]>> = {
  'a lone continuation byte': [0x80],
  'an overlong slash': [0xc0, 0xaf],
  'a surrogate in UTF-8': [0xed, 0xa0, 0x80],
  'a cut character': [0xe2, 0x82],
  'UTF-16': [0xff, 0xfe, 0x31, 0x00],
  'a code point beyond Unicode': [0xf4, 0x90, 0x80, 0x80],
}

for (const [name, bytes] of Object.entries(notUtf8)) {
  test(`refuses ${name}`, () => {
    assert.throws(() => read(Buffer.from([0x22, ...bytes, 0x22])), {
      code: 'HTTP_BODY_INVALID',
      message: /not UTF-8/,
    })
  })
}

test('refuses a byte order mark', () => {
  assert.throws(() => read(Buffer.from('\ufeff{}')), {
    code: 'HTTP_BODY_INVALID',
    message: /byte order mark/,
  })
})

test('gives plain objects whose prototype nobody has touched', () => {
  const value = read(Buffer.from('{"constructor":1,"toString":2}'))

  assert.equal(Object.getPrototypeOf(value), Object.prototype)
})

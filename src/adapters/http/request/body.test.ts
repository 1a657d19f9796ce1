import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAnnouncedSize, checkMediaType, hasBody } from './body.ts'
import { type KnownHeaders, readHeaders } from './headers.ts'

function headers(...raw: readonly string[]): KnownHeaders {
  return readHeaders(raw)
}

test('knows from the headers whether a body comes', () => {
  assert.equal(hasBody(headers()), false)
  assert.equal(hasBody(headers('content-length', '0')), false)
  assert.equal(hasBody(headers('content-length', '1')), true)
  assert.equal(hasBody(headers('transfer-encoding', 'chunked')), true)
})

test('takes JSON in UTF-8, however it is written', () => {
  const types = ['application/json', 'application/JSON', 'application/json; charset=utf-8']
  for (const type of [...types, 'application/json;charset="UTF-8"', 'application/json ']) {
    assert.doesNotThrow(() => checkMediaType(headers('content-type', type)), type)
  }
})

test('takes no other type, charset or compression', () => {
  const types = ['', 'text/json', 'application/jsonp', 'application/json; charset=latin1']
  for (const type of [...types, 'application/json, text/plain', 'application/json; a=b']) {
    assert.throws(() => checkMediaType(headers('content-type', type)), {
      code: 'HTTP_MEDIA_TYPE_UNSUPPORTED',
    })
  }
  assert.throws(
    () => checkMediaType(headers('content-type', 'application/json', 'content-encoding', 'br')),
    { code: 'HTTP_MEDIA_TYPE_UNSUPPORTED' },
  )
})

test('judges a body by the length that it is announced with', () => {
  assert.doesNotThrow(() => checkAnnouncedSize(headers('content-length', '10'), 10))
  assert.doesNotThrow(() => checkAnnouncedSize(headers('transfer-encoding', 'chunked'), 10))
  assert.throws(() => checkAnnouncedSize(headers('content-length', '11'), 10), {
    code: 'HTTP_BODY_TOO_LARGE',
    details: { bytesMax: 10 },
  })
})

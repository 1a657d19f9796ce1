import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeText, parseQuery, parseTarget } from './target.ts'

test('splits the path from the query, both as they were sent', () => {
  assert.deepEqual(parseTarget('/items/tea'), { path: '/items/tea', query: '' })
  assert.deepEqual(parseTarget('/a%20b?c=d?e'), { path: '/a%20b', query: 'c=d?e' })
  assert.deepEqual(parseTarget('/?'), { path: '/', query: '' })
  assert.deepEqual(parseTarget('/.well-known/..a/a..'), { path: '/.well-known/..a/a..', query: '' })
})

test('takes a path only when nobody could read another one in it', () => {
  const piece = fc.constantFrom(
    '/',
    '.',
    '..',
    '%2e',
    '%2E',
    '%2f',
    '%5C',
    '\\',
    'a',
    '%61',
    '//',
    ';',
  )
  let taken = 0
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      const url = `/${pieces.join('')}`
      if (!isTaken(url)) return

      taken += 1
      const plain = new URL(url, 'http://shop.example')
      assert.equal(plain.host, 'shop.example')
      assert.equal(plain.pathname, url)
      assert.equal(
        new URL(decodeURIComponent(url), 'http://shop.example').pathname,
        decodeURIComponent(url),
      )
    }),
    { numRuns: 2_000 },
  )
  assert.ok(taken > 100, `${taken} were taken`)
})

function isTaken(url: string): boolean {
  try {
    parseTarget(url)
    return true
  } catch {
    return false
  }
}

test('reads a query as a browser writes it', () => {
  const texts = fc.dictionary(
    fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
      .filter((name) => !/\p{Cc}/u.test(name)),
    fc.string({ unit: 'grapheme', maxLength: 8 }).filter((text) => !/\p{Cc}/u.test(text)),
    { maxKeys: 5 },
  )
  fc.assert(
    fc.property(texts, (given) => {
      fc.pre(
        !['__proto__', 'constructor', 'prototype'].some(
          (name) => name in { ...given } && Object.hasOwn(given, name),
        ),
      )

      assert.deepEqual(parseQuery(new URLSearchParams(given).toString(), 5), { ...given })
    }),
  )
})

test('decodes strictly', () => {
  assert.equal(decodeText('%C3%A4%F0%9F%98%80', 'path'), 'ä😀')
  for (const text of ['%', '%a', '%zz', '%c0%af', '%ed%a0%80', '%00', '%0A', '%c2%85', '%7f']) {
    assert.throws(() => decodeText(text, 'query'), { code: 'HTTP_REQUEST_INVALID' }, text)
  }
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeToken, encodeToken, forgetServices, joinTokens } from './consistency-token.ts'

test('is written as one text, and nothing when it says nothing', () => {
  assert.equal(encodeToken({ 'order/0': 12, 'stock/3': 7 }), 'order/0=12;stock/3=7')
  assert.equal(encodeToken({}), undefined)
  assert.equal(decodeToken(undefined), undefined)
})

test('reads what was written', () => {
  const topic = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}\/[0-9]{1,3}$/)
  const tokens = fc.dictionary(topic, fc.maxSafeNat(), { minKeys: 1, maxKeys: 8 })
  fc.assert(
    fc.property(tokens, (token) => {
      assert.deepEqual(decodeToken(encodeToken(token)), { ...token })
    }),
  )
})

test('two tokens join to one that asks for both', () => {
  assert.deepEqual(joinTokens({ order: 3, stock: 9 }, { order: 5, stock: 2, cart: 1 }), {
    order: 5,
    stock: 9,
    cart: 1,
  })
  assert.deepEqual(joinTokens(undefined, { order: 5 }), { order: 5 })
})

test('refuses what nobody has written', () => {
  const texts = ['', 'a', 'a/0', 'a/0=', '=1', 'a=1', 'a/0=-1', 'a/0=1.5', 'a/0=1;', ';a/0=1']
  const more = ['a/0=1;a/0=2', 'A/0=1', '__proto__=1', 'a/b=1', 'a/0=1,b/0=2', 'a/123456=1']
  const large = ['a/0=9007199254740993', `a/0=${'1'.repeat(5_000)}`]
  for (const text of [...texts, ...more, ...large]) {
    assert.throws(() => decodeToken(text), { code: 'HTTP_REQUEST_INVALID' }, text)
  }
})

test('what is erased is forgotten, and nothing else', () => {
  const token = { 'order/0': 3, 'order/11': 4, 'order-desk/0': 5, 'stock/0': 6 }

  assert.deepEqual(forgetServices(token, ['order', 'cart']), { 'order-desk/0': 5, 'stock/0': 6 })
})

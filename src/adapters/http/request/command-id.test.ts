import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkIdempotencyKey, commandId } from './command-id.ts'

test('holds the operation, the actor and the key', () => {
  assert.equal(commandId('stock.reserve', 'ann', 'k-1'), 'stock.reserve:ann:k-1')
  assert.equal(commandId('stock.reserve', undefined, 'k-1'), 'stock.reserve::k-1')
})

test('an actor cannot write itself into the key of another', () => {
  assert.notEqual(commandId('a', 'x:y', 'z'), commandId('a', 'x', 'y:z'))
  assert.notEqual(commandId('a', '#', 'z'), commandId('a', undefined, '#z'))
})

test('becomes a hash where it would be too long, still bound to all three', () => {
  const key = 'k'.repeat(255)

  const id = commandId('stock.reserve', 'ann', key)

  assert.match(id, /^stock\.reserve:#[\w-]{43}$/)
  assert.notEqual(id, commandId('stock.reserve', 'bob', key))
  assert.notEqual(id, commandId('stock.release', 'ann', key))
  assert.equal(id, commandId('stock.reserve', 'ann', key))
})

test('is always usable, and never the same for different callers, operations or keys', () => {
  const part = fc.record({
    operation: fc.constantFrom('a.b', 'a.c', `${'s'.repeat(63)}.${'n'.repeat(63)}`),
    actor: fc.option(fc.string({ unit: 'binary', minLength: 1, maxLength: 80 }), {
      nil: undefined,
    }),
    key: fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 255 }),
  })
  fc.assert(
    fc.property(part, part, (one, other) => {
      const id = commandId(one.operation, one.actor, one.key)

      assert.match(id, /^[\x20-\x7e]{1,200}$/)
      const isSame =
        one.operation === other.operation && one.actor === other.actor && one.key === other.key
      assert.equal(commandId(other.operation, other.actor, other.key) === id, isSame)
    }),
    { numRuns: 500 },
  )
})

test('a key is 1 to 255 printable ASCII characters', () => {
  for (const key of ['a', ' ', '"quoted"', '~'.repeat(255), undefined]) {
    assert.equal(checkIdempotencyKey(key), key)
  }
  for (const key of ['', 'a\tb', 'ä', 'a\u007f', 'k'.repeat(256)]) {
    assert.throws(() => checkIdempotencyKey(key), { code: 'HTTP_REQUEST_INVALID' })
  }
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { Tid, tolerant } from './outside.ts'

const Line = tolerant(z.object({ SellerId: z.int(), Quantity: z.int() }))

function check(body: unknown) {
  return Line['~standard'].validate(body)
}

describe('a tolerant body', () => {
  it('names its fields in any case, with or without underscores', () => {
    for (const [seller, quantity] of [
      ['SellerId', 'Quantity'],
      ['sellerId', 'quantity'],
      ['seller_id', 'QUANTITY'],
    ] as const) {
      assert.deepEqual(check({ [seller]: 1, [quantity]: 2 }), {
        value: { SellerId: 1, Quantity: 2 },
      })
    }
  })

  it('does not fit when it names one field in two manners, in whatever order', () => {
    for (const names of [
      ['Quantity', 'quantity'],
      ['quantity', 'Quantity'],
      ['quantity', 'QUANTITY'],
    ]) {
      const body = { SellerId: 1, ...Object.fromEntries(names.map((name) => [name, 9])) }

      assert.deepEqual(check(body), {
        issues: [
          {
            message: `"${names[0]}" and "${names[1]}" name the same field: give it once`,
            path: [names[1]],
          },
        ],
      })
    }
  })

  it('leaves fields out that nobody knows, and other shapes to the schema', () => {
    assert.deepEqual(check({ sellerId: 1, quantity: 2, role: 'admin' }), {
      value: { SellerId: 1, Quantity: 2 },
    })
    assert.ok('issues' in check([1]))
  })
})

describe('a tid', () => {
  it('is what a path can carry', () => {
    for (const tid of ['1', 'm2k-3', 'a.b_c~d:e', '...', 'x'.repeat(100)]) {
      assert.ok(Tid.safeParse(tid).success, tid)
      assert.equal(new URL(`http://localhost/transactions/${tid}`).pathname, `/transactions/${tid}`)
    }
  })

  it('is nothing else', () => {
    for (const tid of ['', 'a/b', 'a b', '%2f', 'a?b', 'a#b', '.', '..', 'ü', 'x'.repeat(101)]) {
      assert.equal(Tid.safeParse(tid).success, false, tid)
    }
  })
})

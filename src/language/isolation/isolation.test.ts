import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { aggregate } from '../aggregate.ts'
import { contract } from '../contract.ts'

const Place = z.object({ id: z.string() })
const Locked = z.object({ lock: z.string(), heldBy: z.string() })
const Seats = contract('seats', {
  commands: {
    reserve: { input: Place, rejects: { Locked } },
    price: { input: Place, rejects: { Locked } },
    release: { input: Place },
  },
  events: { Done: Place },
})

const parts = {
  key: ({ id }: { readonly id: string }): string => id,
  initial: () => ({}),
  decide: { reserve: () => [], price: () => [], release: () => [] },
  evolve: {},
} as const

/** As somebody writes it whose compiler does not look. */
function define(isolation: object): ReturnType<typeof aggregate> {
  return aggregate(Seats, 'seat', { ...parts, ...isolation })
}

const booking = { takes: ['reserve'], frees: ['release'], whenHeld: 'wait', deadlineMs: 10 }

describe('the isolation of an aggregate', () => {
  it('is kept under the full names of its commands', () => {
    const { locks } = define({ locks: { booking: { ...booking, guards: ['price'] } } })

    assert.deepEqual(locks, [
      {
        name: 'booking',
        takes: ['seats.reserve'],
        frees: ['seats.release'],
        guards: ['seats.price'],
        whenHeld: 'wait',
        deadlineMs: 10,
        when: undefined,
      },
    ])
    const plain = define({})
    assert.deepEqual([plain.locks, plain.commutative, plain.reread], [[], [], {}])
  })

  const wrong: readonly (readonly [object, RegExp])[] = [
    [{ locks: { 'a b': booking } }, /"a b" .* is not usable: its name is not usable/],
    [{ locks: { booking: { ...booking, takes: [] } } }, /nothing takes it/],
    [{ locks: { booking: { ...booking, frees: [] } } }, /nothing frees it/],
    [
      { locks: { booking: { ...booking, takes: ['book'] } } },
      /"book", which the aggregate does not decide/,
    ],
    [
      { locks: { booking: { ...booking, whenHeld: 'hope' } } },
      /has to be 'wait', 'queue' or 'reject'/,
    ],
    [{ locks: { booking: { ...booking, deadlineMs: undefined } } }, /give it deadlineMs/],
    [{ locks: { booking: { ...booking, deadlineMs: 1.5 } } }, /give it deadlineMs/],
    [{ locks: { booking: { ...booking, whenHeld: 'reject' } } }, /so take deadlineMs out/],
    [{ locks: { booking: { ...booking, guards: ['reserve'] } } }, /names seats.reserve twice/],
    [{ locks: { booking: { ...booking, guards: ['release'] } } }, /names seats.release twice/],
    [
      { locks: { booking: { ...booking, takes: ['release'], frees: ['price'] } } },
      /seats.release, which does not declare/,
    ],
    [{ commutative: ['book'] }, /marks "book" as commutative, and does not decide it/],
    [{ commutative: ['reserve'], locks: { booking } }, /what commutes needs no lock/],
    [{ reread: { reserve: () => 1 } }, /does not declare the rejection "Changed"/],
    [{ reread: { book: () => 1 } }, /reread.book handles nothing/],
  ]
  for (const [isolation, message] of wrong) {
    it(`is refused with a sentence: ${message.source}`, () => {
      assert.throws(() => define(isolation), { code: 'LANGUAGE_DEFINITION_INVALID', message })
    })
  }
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type LeaseTable, shareOf } from './lease-table.ts'

const work = ['inbox/order/0', 'inbox/order/1', 'inbox/stock/0', 'inbox/stock/1', 'relay/0']

/** Lets replicas act one after the other until nobody changes anything; gives what each holds. */
function settle(table: LeaseTable, names: readonly string[] = work): Record<string, string[]> {
  const holders = { ...table.holders }
  const replicas = Object.keys(table.replicas)
  for (let isMoving = true, round = 0; isMoving; round += 1) {
    assert.ok(round < 20, 'They never agree.')
    isMoving = false
    for (const me of replicas) {
      const { claims, surplus } = shareOf({ ...table, holders }, me, names)
      for (const name of surplus) delete holders[name]
      for (const name of claims) holders[name] = me
      if (claims.length + surplus.length > 0) isMoving = true
    }
  }
  return Object.fromEntries(
    replicas.map((me) => [me, names.filter((name) => holders[name] === me)]),
  )
}

function alive(...replicas: readonly string[]): LeaseTable['replicas'] {
  return Object.fromEntries(replicas.map((replica) => [replica, 1]))
}

describe('the share of a replica', () => {
  it('is everything where nobody else is', () => {
    assert.deepEqual(settle({ replicas: alive('a'), holders: {} }), { a: work })
  })

  it('differs from those of others by one at most, and holds nothing twice', () => {
    for (const replicas of [
      ['a', 'b'],
      ['a', 'b', 'c'],
      ['a', 'b', 'c', 'd'],
    ]) {
      const shares = Object.values(settle({ replicas: alive(...replicas), holders: {} }))
      const sizes = shares.map(({ length }) => length)

      assert.deepEqual(shares.flat().toSorted(), work)
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, JSON.stringify(sizes))
    }
  })

  it('spreads the partitions of one log', () => {
    const { a = [], b = [] } = settle({ replicas: alive('a', 'b'), holders: {} })

    for (const share of [a, b]) {
      assert.equal(share.filter((name) => name.startsWith('inbox/order')).length, 1)
      assert.equal(share.filter((name) => name.startsWith('inbox/stock')).length, 1)
    }
  })

  it('moves no more than it has to when a replica comes or goes', () => {
    const before = settle({ replicas: alive('a', 'b'), holders: {} })
    const holders = Object.fromEntries(
      Object.entries(before).flatMap(([me, names]) => names.map((name) => [name, me])),
    )

    const more = settle({ replicas: alive('a', 'b', 'c'), holders })
    const fewer = settle({ replicas: alive('a'), holders })

    const moved = work.filter((name) => !more[holders[name] ?? '']?.includes(name))
    assert.equal(moved.length, more['c']?.length)
    assert.deepEqual(fewer, { a: work })
  })

  it('leaves a replica without work where there are more of them than leases', () => {
    const shares = settle({ replicas: alive('a', 'b', 'c'), holders: {} }, ['inbox/order/0'])

    assert.deepEqual(
      Object.values(shares)
        .map(({ length }) => length)
        .toSorted((one, other) => one - other),
      [0, 0, 1],
    )
  })

  it('keeps what another version of the service holds, which has other work', () => {
    const holders = { 'view:old/order/0': 'b', 'inbox/order/0': 'b' }

    const { claims } = shareOf({ replicas: alive('a', 'b'), holders }, 'a', work)

    assert.ok(!claims.includes('inbox/order/0'))
    assert.equal(claims.length, 3)
  })
})

import assert from 'node:assert/strict'
import { it } from 'node:test'
import { z } from 'zod'
import { DureError } from '../../language/errors.ts'
import { saga } from '../../language/saga/saga.ts'
import { leaveNewer } from './leave-newer.ts'
import { planOf } from './plan-of.ts'

const Second = saga('order', { version: 2, input: z.string(), key: (id) => id })

function takes(version: number, isShared: boolean): () => void {
  const supports = { shared: isShared }
  return leaveNewer({ supports }, () => void planOf(Second, { saga: 'order', key: 'k', version }))
}

it('leaves what is newer than its plans to the processes beside it, where there are any', () => {
  assert.throws(takes(3, true), (thrown) => {
    assert.ok(thrown instanceof DureError)
    assert.equal(thrown.code, 'SAGA_VERSION_AHEAD')
    assert.match(thrown.message, /Until then other processes of the service take it\.$/)
    return true
  })
  assert.throws(takes(3, false), { code: 'SAGA_VERSION_UNKNOWN' })
})

it('does not wait for others with what is older than its plans', () => {
  assert.throws(takes(1, true), { code: 'SAGA_VERSION_UNKNOWN' })
  assert.doesNotThrow(takes(2, true))
})

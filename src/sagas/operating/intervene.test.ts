import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Settled } from '../../log/group-commit.ts'
import { interveneAttemptsMax, interveneDurably, type Keeper } from './intervene.ts'

const request = { act: 'cancel', saga: 's', key: 'k', reason: 'why', id: 'c-1' } as const

/** A keeper whose store answers as it is told. */
function keeper(answer: Settled, results: ReadonlyMap<string, string> = new Map()) {
  const seen = { submitted: 0 }
  // Why the cast: nothing else of a service is looked at.
  const parts = {
    store: { results: async () => results },
    group: { submit: (_commit: unknown, settle: () => void) => settle() },
    workspace: {
      async submit() {
        seen.submitted += 1
        return { value: { status: 'compensating' }, settled: Promise.resolve(answer) }
      },
    },
  } as unknown as Keeper
  return { parts, seen }
}

describe('an intervention', () => {
  it('gives up after as many tries as are allowed when others are always first', async () => {
    const conflict = {
      kind: 'conflict',
      on: 'document',
      name: 'd',
      expected: 1,
      actual: 2,
    } as const
    const { parts, seen } = keeper(conflict)

    await assert.rejects(interveneDurably(parts, request), { code: 'COMMAND_CONFLICT' })

    assert.equal(seen.submitted, interveneAttemptsMax)
  })

  it('passes the failure of a store on', async () => {
    const { parts } = keeper({ kind: 'failed', error: new RangeError('disk') })

    await assert.rejects(interveneDurably(parts, request), /disk/)
  })

  it('is refused under the id of a command of another kind', async () => {
    for (const text of ['null', '{"ok":true}', '{"status":"running","print":"other"}']) {
      const { parts, seen } = keeper({ kind: 'committed', positions: [] }, new Map([['c-1', text]]))

      await assert.rejects(interveneDurably(parts, request), { code: 'COMMAND_ID_REUSED' })
      assert.equal(seen.submitted, 0)
    }
  })
})

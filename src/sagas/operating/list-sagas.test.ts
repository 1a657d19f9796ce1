import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SnapshotRead, SnapshotStore } from '../../log/store.port.ts'
import type { SagaState } from '../saga-state.ts'
import { listSagas, sagasPageMax, summaryOf } from './list-sagas.ts'
import type { SagaPlaces } from './saga-places.ts'

const state: SagaState = {
  saga: 'one',
  version: 1,
  key: '',
  status: 'completed',
  startedAtMs: 1,
  endedAtMs: 2,
  input: null,
  results: {},
  steps: {},
  order: [],
  pivotPassed: true,
}

/** As many instances as are asked for, and one more. */
function places(asked: SnapshotRead[]): SagaPlaces {
  const store: SnapshotStore = {
    async snapshot([read]) {
      assert.ok(read)
      asked.push(read)
      const count = 'limit' in read ? read.limit : 1
      const documents = Array.from({ length: count }, (_, index) => {
        const key = String(index).padStart(6, '0')
        return { key, version: 1, value: JSON.stringify({ ...state, key }) }
      })
      return [{ kind: 'documents', documents }]
    },
  }
  // Why the cast: nothing else of a system and a store is looked at.
  const found: unknown = {
    system: { name: 's', sagas: [{ by: 'a', saga: { name: 'one' } }] },
    storeOf: (name: string) => (name === 'a' ? store : undefined),
  }
  return found as SagaPlaces
}

describe('a page of sagas', () => {
  it('is bounded, whatever is asked for', async () => {
    const asked: SnapshotRead[] = []

    const page = await listSagas(places(asked), { limit: 1_000_000 })
    const least = await listSagas(places([]), { limit: -1 })

    assert.equal(page.instances.length, sagasPageMax)
    assert.equal(page.next, 'one/000999')
    assert.equal(least.instances.length, 1)
  })

  it('names the steps that wait, also for the time to be sent again', () => {
    const steps = {
      one: { status: 'done' },
      two: { status: 'waiting', rejected: 'Busy', attempt: 1, retries: 1 },
      three: { status: 'sent' },
    } as const
    const { endedAtMs: _endedAtMs, ...open } = state

    const summary = summaryOf('a', { ...open, status: 'running', steps })

    assert.deepEqual(summary.steps, ['two', 'three'])
  })

  it('is found by the index of the status', async () => {
    const asked: SnapshotRead[] = []

    await listSagas(places(asked), { status: 'parked', after: 'one/k/1' })
    await listSagas(places(asked), { status: 'open' })

    const view = 'saga:one'
    assert.deepEqual(asked, [
      { kind: 'find', index: 'status', value: 'parked', view, limit: 101, after: 'k/1' },
      { kind: 'find', index: 'open', value: 1, view, limit: 101 },
    ])
  })

  it('is empty where the saga is kept by a service of another process', async () => {
    const elsewhere: SagaPlaces = { ...places([]), storeOf: () => undefined }

    assert.deepEqual(await listSagas(elsewhere, {}), { instances: [] })
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { memoryStores } from '../adapters/memory/store.ts'
import { type View, view } from '../language/view.ts'
import type { Store } from '../log/store.port.ts'
import { documentCell, Draft } from '../runtime/draft.ts'
import {
  loadViewCatalogue,
  storedName,
  type ViewCatalogue,
  type ViewRecord,
} from './view-catalogue.ts'

const document = z.object({})
const first = view('first', { document, version: 3 })
const second = view('second', { document })

/** Chooses a generation, and commits it. */
async function choose(store: Store, catalogue: ViewCatalogue, record: ViewRecord): Promise<void> {
  const [answer] = await store.snapshot([{ kind: 'get', view: '$views', key: 'first' }])
  const version = answer?.kind === 'documents' ? (answer.documents[0]?.version ?? 0) : 0
  const draft = new Draft(
    {
      stream: () => undefined,
      document(name, key) {
        const id = documentCell(name, key)
        return { id, version, value: undefined, stateAt: 0, atMs: 0, pending: 0 }
      },
    },
    0,
  )
  catalogue.choose(draft, first, record)
  await store.commit([draft.apply()])
  for (const note of draft.afterCommit) note()
}

describe('the catalogue of views', () => {
  const views: readonly View[] = [first, second]

  it('begins with the first generation of each view, which is new', async () => {
    const store = await memoryStores().open('shop', { partitions: 1 })

    const catalogue = await loadViewCatalogue(store, views)

    assert.deepEqual(catalogue.fresh, views)
    assert.deepEqual([catalogue.nameOf(first), catalogue.nameOf(second)], ['first@1', 'second@1'])
    assert.deepEqual(catalogue.record(first), { generation: 1, version: 3 })
  })

  it('changes the present generation once that is committed, and remembers it', async () => {
    const store = await memoryStores().open('shop', { partitions: 1 })
    const catalogue = await loadViewCatalogue(store, views)

    await choose(store, catalogue, { generation: 2, version: 3 })

    const reopened = await loadViewCatalogue(store, views)
    for (const each of [catalogue, reopened]) {
      assert.equal(each.nameOf(first), storedName(first, 2))
      assert.deepEqual(each.record(first), { generation: 2, version: 3 })
    }
    assert.deepEqual(reopened.fresh, [second])
  })

  it('knows by which version of the definition the present documents were made', async () => {
    const store = await memoryStores().open('shop', { partitions: 1 })
    await choose(store, await loadViewCatalogue(store, views), { generation: 1, version: 2 })

    const catalogue = await loadViewCatalogue(store, views)

    assert.equal(catalogue.record(first).version, 2)
    assert.equal(first.version, 3)
  })

  it('has no name for a view of another service', async () => {
    const store = await memoryStores().open('shop', { partitions: 1 })
    const catalogue = await loadViewCatalogue(store, [first])

    assert.throws(() => catalogue.nameOf(second), { code: 'VIEW_UNKNOWN' })
  })
})

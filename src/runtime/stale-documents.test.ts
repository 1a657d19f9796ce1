import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { virtualClock } from '../adapters/memory/clock.ts'
import { memoryStores } from '../adapters/memory/store.ts'
import { createGroupCommit } from '../log/group-commit.ts'
import type { Store, StoredDocument } from '../log/store.port.ts'
import type { Draft } from './draft.ts'
import { createWorkspace, type Workspace } from './workspace.ts'

const made = { view: 'open', key: 'a', expected: 0, value: '1' }

function remove(draft: Draft): void {
  for (const change of draft.documents('open', ['a'])) draft.write(change, undefined)
  draft.park.push({
    id: 'one',
    consumer: 'inbox',
    source: 'shop',
    partition: 0,
    position: 1,
    key: 'a',
    envelope: '{}',
    code: 'X',
    reason: '',
    attempts: 1,
    atMs: draft.atMs,
  })
}

describe('a workspace whose store others write as well', () => {
  it('sees a document that was made since it was not there, and removes it', async () => {
    const clock = virtualClock()
    const store = await memoryStores().open('shop', { partitions: 1 })
    const group = createGroupCommit({ store, clock })
    const nothing = (): void => undefined
    const told = { onEntries: nothing, onUnsure: nothing }
    const place = { service: 'shop', store, types: new Map(), group, clock, ...told }
    const workspace = createWorkspace(place)
    await workspace.submit((draft) => draft.documents('open', ['a']))
    await store.commit([{ documents: [made] }])

    const [first, again] = [await workspace.submit(remove), await workspace.submit(remove)]

    assert.equal((await first.settled).kind, 'conflict')
    assert.equal((await again.settled).kind, 'conflict', 'it was built upon the first one')
    const last = await workspace.submit(remove)
    assert.equal((await last.settled).kind, 'committed')
    const [found] = await store.snapshot([{ kind: 'get', view: 'open', key: 'a' }])
    assert.deepEqual(found, { kind: 'documents', documents: [] })
  })
})

describe('a workspace of a store that several processes have open', () => {
  it('does not rest on a document that has changed since, though it only reads it', async () => {
    const { workspace, other, store } = await openBoth()
    await (await other.submit((draft) => put(draft, 1))).settled
    assert.equal((await (await workspace.submit(look)).settled).kind, 'committed')
    await (await other.submit((draft) => put(draft, 2))).settled

    const stale = await workspace.submit(look)
    assert.deepEqual([stale.value, (await stale.settled).kind], [1, 'conflict'])

    const fresh = await workspace.submit(look)
    assert.deepEqual([fresh.value, (await fresh.settled).kind], [2, 'committed'])
    const [first] = await readOpen(store)
    await (await workspace.submit(look)).settled
    assert.deepEqual(await readOpen(store), [first], 'who only reads writes nothing')
  })

  it('does not take a document that was removed and made again for the one it knows', async () => {
    const { workspace, other, store } = await openBoth()
    await (await other.submit((draft) => put(draft, 1))).settled
    await (await workspace.submit(look)).settled
    for (const value of [undefined, 2])
      await (await other.submit((draft) => put(draft, value))).settled

    const stale = await workspace.submit((draft) => put(draft, Number(look(draft)) + 10))

    assert.equal((await stale.settled).kind, 'conflict')
    assert.deepEqual(
      (await readOpen(store)).map(({ value }) => value),
      ['2'],
    )
  })
})

function look(draft: Draft): unknown {
  return draft.documents('open', ['a'])[0]?.value
}

function put(draft: Draft, value: unknown): void {
  for (const change of draft.documents('open', ['a'])) draft.write(change, value)
}

async function readOpen(store: Store): Promise<readonly StoredDocument[]> {
  const [found] = await store.snapshot([{ kind: 'get', view: 'open', key: 'a' }])
  return found?.kind === 'documents' ? found.documents : []
}

/** Two workspaces on one store, as two processes have them. */
async function openBoth(): Promise<{
  readonly workspace: Workspace
  readonly other: Workspace
  readonly store: Store
}> {
  const stores = memoryStores({ shared: true })
  const clock = virtualClock()
  const open = async (): Promise<readonly [Workspace, Store]> => {
    const store = await stores.open('shop', { partitions: 1 })
    const group = createGroupCommit({ store, clock })
    const nothing = (): void => undefined
    const told = { onEntries: nothing, onUnsure: nothing }
    const place = { service: 'shop', store, types: new Map(), group, clock, ...told }
    return [createWorkspace(place), store]
  }
  const [[workspace, store], [other]] = [await open(), await open()]
  return { workspace, other, store }
}

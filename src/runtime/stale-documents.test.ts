import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { virtualClock } from '../adapters/memory/clock.ts'
import { memoryStores } from '../adapters/memory/store.ts'
import { createGroupCommit } from '../log/group-commit.ts'
import type { Draft } from './draft.ts'
import { createWorkspace } from './workspace.ts'

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
    const stores = memoryStores({ shared: true })
    const clock = virtualClock()
    const store = await stores.open('shop', { partitions: 1 })
    const other = await stores.open('shop', { partitions: 1 })
    await other.commit([{ documents: [made] }])
    const group = createGroupCommit({ store, clock })
    const nothing = (): void => undefined
    const told = { onEntries: nothing, onUnsure: nothing }
    const place = { service: 'shop', store, types: new Map(), group, clock, ...told }
    const workspace = createWorkspace(place)
    const look = (draft: Draft): unknown => draft.documents('open', ['a'])[0]?.value
    assert.equal((await (await workspace.submit(look)).settled).kind, 'committed')
    await other.commit([{ documents: [{ ...made, expected: 2, value: '2' }] }])

    const stale = await workspace.submit(look)
    assert.deepEqual([stale.value, (await stale.settled).kind], [1, 'conflict'])

    assert.equal((await workspace.submit(look)).value, 2)
  })
})

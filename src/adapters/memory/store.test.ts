import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { NewEntry } from '../../log/store.port.ts'
import { memoryStores } from './store.ts'

describe('stores in memory', () => {
  it('keep what was answered when the process of a store ends', async () => {
    const stores = memoryStores()
    const first = await stores.open('stock', { partitions: 1 })
    await first.commit([{ id: 'c1', fingerprint: 'f', result: '1' }])

    stores.crash('stock')

    await assert.rejects(first.commit([]), { code: 'STORE_CLOSED' })
    const second = await stores.open('stock', { partitions: 1 })
    assert.equal((await second.results(['c1'])).get('c1'), '1')
  })

  it('do not close the store of a later opening when one that crashed is disposed', async () => {
    const stores = memoryStores()
    const first = await stores.open('stock', { partitions: 1 })
    stores.crash('stock')
    const second = await stores.open('stock', { partitions: 1 })

    await first[Symbol.asyncDispose]()

    assert.deepEqual(await second.heads(), [0])
    await assert.rejects(stores.open('stock', { partitions: 1 }), { code: 'STORE_LOCKED' })
  })

  it('take the ids of incarnations from whoever runs them', async () => {
    let count = 0
    const stores = memoryStores({ newId: () => `id-${(count += 1)}` })

    const stock = await stores.open('stock', { partitions: 1 })
    const order = await stores.open('order', { partitions: 2 })

    assert.deepEqual([stock.incarnation, order.incarnation], ['id-1', 'id-2'])
  })

  it('refuse a log without partitions, and entries for a partition that it does not have', async () => {
    const stores = memoryStores()
    const store = await stores.open('stock', { partitions: 2 })
    const entry: NewEntry = {
      kind: 'command',
      type: 't',
      schemaVersion: 1,
      key: 'k',
      partition: 2,
      data: '{}',
      meta: '{}',
      atMs: 1,
    }

    await assert.rejects(stores.open('order', { partitions: 0 }), { code: 'INTERNAL_DEFECT' })
    await assert.rejects(store.commit([{ entries: [entry] }]), { code: 'INTERNAL_DEFECT' })
  })
})

import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { sqliteStores } from './index.ts'

const root = mkdtempSync(join(tmpdir(), 'dure-lost-'))
after(() => rmSync(root, { recursive: true }))

async function made(name: string): Promise<string> {
  const folder = join(root, name)
  const store = await sqliteStores({ folder }).open('order', { partitions: 1 })
  await store[Symbol.asyncDispose]()
  return folder
}

describe('a store that was made', () => {
  it('is not begun anew when its file is gone', async () => {
    const folder = await made('gone')
    rmSync(join(folder, 'order.db'))

    await assert.rejects(sqliteStores({ folder }).open('order', { partitions: 1 }), {
      code: 'STORE_CORRUPT',
      message: /is gone/,
    })
    assert.deepEqual(readdirSync(folder), ['order.made'])
  })

  it('is not begun anew when its file is empty', async () => {
    const folder = await made('empty')
    truncateSync(join(folder, 'order.db'))

    await assert.rejects(sqliteStores({ folder }).open('order', { partitions: 1 }), {
      code: 'STORE_CORRUPT',
      message: /is empty/,
    })
  })

  it('is begun anew when it was erased on purpose', async () => {
    const folder = await made('erased')
    await sqliteStores({ folder }).erase('order')
    assert.deepEqual(readdirSync(folder), [])

    await using store = await sqliteStores({ folder }).open('order', { partitions: 1 })

    assert.deepEqual(await store.heads(), [0])
  })

  it('may be erased when it is lost', async () => {
    const folder = await made('lost-erased')
    rmSync(join(folder, 'order.db'))
    await sqliteStores({ folder }).erase('order')

    await using store = await sqliteStores({ folder }).open('order', { partitions: 1 })

    assert.deepEqual(await store.heads(), [0])
  })
})

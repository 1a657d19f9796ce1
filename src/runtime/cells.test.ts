import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Cell, type CellCache, createCellCache } from './cells.ts'

function cell(id: string, facts: Partial<Cell> = {}): Cell {
  return { id, version: 1, value: id, stateAt: 0, atMs: 0, pending: 0, ...facts }
}

function filled(cache: CellCache, count: number): CellCache {
  for (let index = 0; index < count; index += 1) cache.put(cell(`c${index}`))
  return cache
}

describe('a cache of cells', () => {
  it('gives what was put, and nothing else', () => {
    const cache = createCellCache(10)
    const item = cell('item/1')
    cache.put(item)

    assert.equal(cache.get('item/1'), item)
    assert.equal(cache.get('item/2'), undefined)
  })

  it('never holds many more cells than its maximum', () => {
    const cache = filled(createCellCache(100), 10_000)

    assert.ok(cache.size <= 101, `${cache.size}`)
    assert.ok(cache.size >= 50, `${cache.size}`)
  })

  it('forgets what was not used for longest, and keeps what is used again and again', () => {
    const cache = createCellCache(100)
    const used = cell('used')
    cache.put(used)
    for (let index = 0; index < 1_000; index += 1) {
      cache.put(cell(`c${index}`))
      cache.get('used')
    }

    assert.equal(cache.get('used'), used)
    assert.equal(cache.get('c0'), undefined)
    assert.notEqual(cache.get('c999'), undefined)
  })

  it('keeps every cell with a commit that has no verdict', () => {
    const cache = createCellCache(10)
    const pending = Array.from({ length: 50 }, (_, index) => cell(`p${index}`, { pending: 1 }))
    for (const each of pending) cache.put(each)
    filled(cache, 1_000)

    assert.ok(pending.every((each) => cache.get(each.id) === each))
  })

  it('holds one cell for an id: the newest', () => {
    const cache = createCellCache(10)
    const [old, fresh] = [cell('a'), cell('a', { version: 2 })]
    cache.put(old)
    filled(cache, 6)
    cache.put(fresh)

    assert.equal(cache.get('a'), fresh)
    cache.drop(fresh)
    assert.equal(cache.get('a'), undefined)
  })

  it('drops the very cell that it is told to, not one that has taken its place', () => {
    const cache = createCellCache(10)
    const [stale, fresh] = [cell('a'), cell('a', { version: 2 })]
    cache.put(stale)
    cache.put(fresh)

    cache.drop(stale)

    assert.equal(cache.get('a'), fresh)
  })

  it('can be cleared', () => {
    const cache = filled(createCellCache(10), 9)

    cache.clear()

    assert.deepEqual([cache.size, cache.get('c8')], [0, undefined])
  })
})

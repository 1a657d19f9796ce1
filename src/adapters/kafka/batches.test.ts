import assert from 'node:assert/strict'
import { it } from 'node:test'
import { batchesOf } from './batches.ts'

function messages(...sizes: readonly number[]) {
  return sizes.map((size, index) => ({
    incarnation: 'i1',
    position: index + 1,
    type: 'stock.Reserved',
    body: 'é'.repeat(size / 2),
  }))
}

it('sends no more bytes at once than a server takes, every message once and in order', () => {
  const batches = [...batchesOf(messages(4_000, 4_000, 4_000, 400, 9_000, 30_000, 2), 10_000)]

  const sizes = batches.map((batch) => batch.map(({ value }) => value.length))
  assert.deepEqual(sizes, [[4_000, 4_000], [4_000, 400], [9_000], [30_000], [2]])
})

it('sends nothing where there is nothing to send', () => {
  assert.deepEqual([...batchesOf([], 10_000)], [])
})

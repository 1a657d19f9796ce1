import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { minimize } from './delta-debugging.ts'

/** Happens when all of these are there. */
function needing(needed: readonly number[]): {
  readonly tried: (readonly number[])[]
  readonly attempt: (kept: readonly number[]) => Promise<readonly number[] | undefined>
} {
  const tried: (readonly number[])[] = []
  const attempt = async (kept: readonly number[]): Promise<readonly number[] | undefined> => {
    tried.push(kept)
    return needed.every((each) => kept.includes(each)) ? kept : undefined
  }
  return { tried, attempt }
}

const hundred = Array.from({ length: 100 }, (_, index) => index)

test('finds exactly what is needed, wherever it stands', async () => {
  await fc.assert(
    fc.asyncProperty(fc.subarray(hundred, { maxLength: 6 }), async (needed) => {
      assert.deepEqual(await minimize(hundred, needing(needed).attempt), needed)
    }),
    { numRuns: 50 },
  )
})

test('takes chunks away first: one item of a hundred is found in few attempts', async () => {
  const { tried, attempt } = needing([63])

  await minimize(hundred, attempt)

  assert.ok(tried.length < 20, String(tried.length))
})

test('leaves nothing that could go alone, also where things depend on each other', async () => {
  // Happens with an even number of items, among them the first.
  const attempt = async (kept: readonly number[]): Promise<readonly number[] | undefined> =>
    kept.length % 2 === 0 && kept.includes(0) ? kept : undefined

  const left = await minimize(hundred, attempt)

  for (const item of left) {
    assert.equal(await attempt(left.filter((each) => each !== item)), undefined)
  }
})

test('needs nothing when it happens anyway', async () => {
  assert.deepEqual(await minimize(hundred, async (kept) => kept), [])
})

test('takes what an attempt says was enough', async () => {
  const { tried, attempt } = needing([7])
  const enough = async (kept: readonly number[]): Promise<readonly number[] | undefined> =>
    (await attempt(kept)) && [7]

  assert.deepEqual(await minimize(hundred, enough), [7])
  assert.equal(tried.length, 2)
})

test('keeps everything when nothing may be tried', async () => {
  assert.deepEqual(await minimize(hundred, async () => undefined), hundred)
})

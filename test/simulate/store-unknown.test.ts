// Commits whose requests or replies are lost: what became of them is settled by their command ids, and is then what the
// model has, which loses nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryStores } from '../../src/adapters/memory/store.ts'
import { DureError } from '../../src/language/errors.ts'
import type { Commit, Store, Verdict } from '../../src/log/store.port.ts'
import { createChances } from '../../src/simulate/world/chance.ts'
import { drawBatch } from '../../src/testing/differential/draw-commit.ts'
import { readsOfAll } from '../../src/testing/differential/draw-reads.ts'
import { simulatedStores } from './simulated-stores.ts'
import type { TrialStrengths } from './trial-world.ts'

interface Unknowns {
  applied: number
  lost: number
}

/** Commits once, whatever is lost on the way: undefined where only the id says that it was applied. */
async function settle(
  store: Store,
  commit: Commit & { readonly id: string },
  unknowns: Unknowns,
): Promise<Verdict | undefined> {
  for (;;) {
    try {
      const [verdict] = await store.commit([commit])
      return verdict
    } catch (error) {
      if (!(error instanceof DureError) || error.code !== 'LOG_COMMIT_UNKNOWN') throw error
    }
    const found = await store.results([commit.id])
    if (found.size > 0) {
      unknowns.applied += 1
      return undefined
    }
    unknowns.lost += 1
  }
}

async function compare(
  seed: number,
  strengths: TrialStrengths,
  change = (store: Store): Store => store,
): Promise<Unknowns> {
  const partitions = 1 + (seed % 3)
  const model = await memoryStores().open('stock', { partitions })
  const providers = simulatedStores({ seed, partitions, strengths })
  const other = change(await providers.open('stock', { partitions }))
  const chance = createChances(seed).of('unknown')
  const unknowns: Unknowns = { applied: 0, lost: 0 }
  for (let step = 1; step <= 10; step += 1) {
    for (const [index, drawn] of (await drawBatch({ chance, model, partitions })).entries()) {
      const commit = {
        fingerprint: 'same',
        result: 'null',
        ...drawn,
        id: drawn.id ?? `${step}/${index}`,
      }
      const [expected] = await model.commit([commit])
      const verdict = await settle(other, commit, unknowns)
      if (verdict) assert.deepEqual(verdict, expected, `seed ${seed}, step ${step}`)
      else assert.notEqual(expected?.kind, 'conflict', `seed ${seed}, step ${step}`)
      const [one, two] = [await other.results([commit.id]), await model.results([commit.id])]
      assert.deepEqual(one, two, `seed ${seed}, step ${step}: ${commit.id}`)
    }
    for (const { name, ask } of readsOfAll(partitions))
      assert.deepEqual(await ask(other), await ask(model), `seed ${seed}, step ${step}: ${name}`)
  }
  return unknowns
}

const worlds: Readonly<Record<string, TrialStrengths>> = {
  'requests are lost': { 'commit request lost': 0.3 },
  'replies are lost': { 'commit reply lost': 0.3 },
  'requests and replies are lost, and the store is busy': {
    'commit request lost': 0.2,
    'commit reply lost': 0.2,
    'store busy': 0.2,
    'store slow': 0.2,
  },
}

for (const [name, strengths] of Object.entries(worlds)) {
  test(`where ${name}, a commit that is settled by its id is what it is in the model`, async () => {
    const sum: Unknowns = { applied: 0, lost: 0 }
    for (let seed = 1; seed <= 12; seed += 1) {
      const { applied, lost } = await compare(seed, strengths)
      sum.applied += applied
      sum.lost += lost
    }

    // What conflicts leaves no id, so that a lost reply to it looks like a lost request too.
    assert.ok(sum.lost > 10, `${sum.lost}`)
    if (strengths['commit reply lost'] !== undefined) assert.ok(sum.applied > 10, `${sum.applied}`)
  })
}

test('a store that forgets the id of a commit whose reply is lost is seen', async () => {
  const forgets = (store: Store): Store => ({ ...store, results: async () => new Map() })

  await assert.rejects(compare(1, { 'commit reply lost': 0.3 }, forgets), /seed 1, step \d+/)
})

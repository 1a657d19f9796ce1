// Random batches against the model in memory and against Postgres: the same verdicts, the same reads.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memoryStores } from '../../src/adapters/memory/index.ts'
import { postgresStores } from '../../src/adapters/postgres/index.ts'
import { differential } from '../../src/testing/differential.ts'
import { openPostgres, whyNoPostgres } from '../servers/postgres.ts'

const seeds = 40
const file = 'test/postgres/differential.int.test.ts'

describe('Postgres and the model in memory', { skip: whyNoPostgres() }, () => {
  it('give the same verdicts and the same reads', async (context) => {
    await using server = await openPostgres()
    const url = await server.createDatabase()
    const [from, to] = seedsAsked()
    const kinds = new Map<string, number>()

    for (let seed = from; seed <= to; seed += 1) {
      const replay = `SEED=${seed} node --conditions=dure-source --test ${file}`
      // Few positions in a chunk: the logs of most seeds have several.
      const stores = postgresStores({ url, durability: 'relaxed', chunkPositions: 16 })
      const found = await differential(memoryStores(), stores, { seed, replay })
      for (const [kind, times] of found) kinds.set(kind, (kinds.get(kind) ?? 0) + times)
    }

    context.diagnostic(JSON.stringify(Object.fromEntries(kinds)))
    if (from !== to) assert.deepEqual([...kinds.keys()].toSorted(), everyKind)
  })
})

/** Seeds from 1 on as many as the environment says, or the one that it names. */
function seedsAsked(): readonly [from: number, to: number] {
  const seed = Number(process.env['SEED'] ?? 0)
  return seed > 0 ? [seed, seed] : [1, Number(process.env['SEEDS'] ?? seeds)]
}

/** What random batches must come to, or they have not tried enough. */
const everyKind = [
  'committed',
  'conflict cursor',
  'conflict document',
  'conflict parked',
  'conflict stream',
  'conflict timer',
  'duplicate',
  'refused',
]

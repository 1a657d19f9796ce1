// Random batches against the model in memory and against SQLite: the same verdicts, the same reads.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { differential } from '../../testing/differential.ts'
import { memoryStores } from '../memory/store.ts'
import { sqliteStores } from './stores.ts'

const seeds = 120
const file = 'src/adapters/sqlite/store-differential.test.ts'

describe('SQLite and the model in memory', () => {
  it('give the same verdicts and the same reads', async (context) => {
    const folder = await mkdtemp(join(fastFolder(), 'dure-differential-'))
    context.after(() => rm(folder, { recursive: true, force: true }))
    const [from, to] = seedsAsked()
    const kinds = new Map<string, number>()

    for (let seed = from; seed <= to; seed += 1) {
      const replay = `SEED=${seed} node --conditions=dure-source --test ${file}`
      const found = await differential(memoryStores(), sqliteStores({ folder }), { seed, replay })
      for (const [kind, times] of found) kinds.set(kind, (kinds.get(kind) ?? 0) + times)
    }

    context.diagnostic(JSON.stringify(Object.fromEntries(kinds)))
    if (from !== to) assert.deepEqual([...kinds.keys()].toSorted(), everyKind)
  })
})

/** One seed when the environment names it. */
function seedsAsked(): readonly [from: number, to: number] {
  const seed = Number(process.env['SEED'] ?? 0)
  return seed > 0 ? [seed, seed] : [1, seeds]
}

/** The disk is not what is compared: where there is a folder in memory, the runs are ten times as fast. */
function fastFolder(): string {
  return existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
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

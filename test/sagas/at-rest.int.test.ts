// What an instance of a saga costs when it has ended: the bytes in the files of all services that are there because of it.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { memoryBroker } from '../../src/adapters/memory/broker.ts'
import { virtualClock } from '../../src/adapters/memory/clock.ts'
import { sqliteStores } from '../../src/adapters/sqlite/index.ts'
import { startSystem } from '../../src/runtime/start-system.ts'
import { untilIdle } from '../../src/testing/until-idle.ts'
import { Agency, travel } from '../systems/travel.ts'

const instances = 1_000
const bytesMax = 2_048

/**
 * Counted, over all services: its document and the index rows of that, whole pages of the file with everything that is free
 * in them; command ids and timers that are still there because of it. Not counted: the log, which is the history of the
 * services and is kept for itself, and what the commands of the saga changed in the aggregates.
 */
function bytesOf(file: string): number {
  using database = new DatabaseSync(file, { readOnly: true })
  const sum = (sql: string): number => {
    const value: unknown = Object.values(database.prepare(sql).get() ?? {})[0]
    return Number(value ?? 0)
  }
  const pages = sum(
    `SELECT sum(pgsize) FROM dbstat WHERE name IN ('documents', 'document_index') AND aggregate = TRUE`,
  )
  const ids = sum(
    `SELECT sum(length(id) + length(fingerprint) + length(result)) FROM commands WHERE id LIKE '%/travel/%'`,
  )
  const timers = sum(`SELECT sum(length(id) + length(data) + 8) FROM timers WHERE id LIKE 'saga/%'`)
  return pages + ids + timers
}

describe('an instance of a saga that has ended', () => {
  it('costs at most 2 KB, whether it was completed or compensated', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dure-at-rest-'))
    const names = Array.from({ length: instances }, (_, index) => `trip-${index}-${'x'.repeat(30)}`)
    // An instance that has ended does not keep what it was started with.
    const note = 'n'.repeat(bytesMax)
    const troubles = new Set(
      names.filter((_, index) => index % 2 === 0).map((n) => `refuse pay ${n}`),
    )
    const clock = virtualClock()
    const stores = sqliteStores({ folder, newId: () => clock.newId() })
    const broker = memoryBroker({ clock })
    const running = await startSystem(travel(troubles), { stores, broker, clock })
    await Promise.all(names.map((tripId) => running.execute(Agency.plan({ tripId, note }))))
    await untilIdle(running, clock)
    const [completed, compensated] = await Promise.all([
      running.sagas({ status: 'completed', limit: 1_000 }),
      running.sagas({ status: 'compensated', limit: 1_000 }),
    ])
    await running.stop()

    const files = readdirSync(folder).filter((name) => name.endsWith('.db'))
    const bytes = files.reduce((total, file) => total + bytesOf(join(folder, file)), 0)
    rmSync(folder, { recursive: true })

    assert.deepEqual([completed.instances.length, compensated.instances.length], [500, 500])
    assert.equal(files.length, 4)
    assert.ok(bytes / instances > 100, `${bytes / instances} bytes: nothing was counted`)
    assert.ok(bytes / instances <= bytesMax, `${bytes / instances} bytes for each`)
  })
})

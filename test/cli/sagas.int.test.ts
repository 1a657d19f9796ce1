import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, it } from 'node:test'
import { openSystem } from '../../src/cli/running/open-system.ts'
import { untilIdle } from '../../src/testing/until-idle.ts'
import { Agency, Travel, travel } from '../systems/travel.ts'
import { createPlayground, type Ended, type Playground, runDure } from './dure.ts'

/** Trips that went as the troubles let them; then the system was stopped. */
async function createTrips(troubles: readonly string[], ...tripIds: string[]): Promise<Playground> {
  const playground = createPlayground()
  const data = playground.path('data')
  await using open = await openSystem(travel(new Set(troubles)), { data, report: () => undefined })
  for (const tripId of tripIds) await open.running.execute(Agency.plan({ tripId }))
  await untilIdle(open.running, open.clock)
  return playground
}

/** Writes the system's file, with the troubles that are left. */
function writeSystem(playground: Playground, ...troubles: readonly string[]): void {
  const url = pathToFileURL(join(import.meta.dirname, '../systems/travel.ts')).href
  writeFileSync(
    playground.path('system.ts'),
    `import { travel } from ${JSON.stringify(url)}\nexport default travel(new Set(${JSON.stringify(troubles)}))\n`,
  )
}

describe('dure sagas', () => {
  it('lists, shows, looks ahead, and settles what is parked', async () => {
    using trips = await createTrips(['refuse issue t1'], 't1', 't2')
    writeSystem(trips)
    const sagas = (...args: readonly string[]): Promise<Ended> =>
      runDure(['sagas', ...args, 'system.ts', '--data', 'data'], { cwd: trips.folder })
    const why = ['--reason', 'it is monday', '--by', 'ann']

    const parked = await sagas('list', '--status', 'parked')
    const all = await sagas('list', '--saga', Travel.name, '--json')
    const refused = await sagas('cancel', 'travel', 't1', ...why)
    const ahead = await sagas('retry', 'travel', 't1', ...why, '--dry-run')
    const still = await sagas('show', 'travel', 't1')
    const done = await sagas('retry', 'travel', 't1', ...why, '--id', 'r-1')
    const again = await sagas('retry', 'travel', 't1', ...why, '--id', 'r-1')
    const drawn = await sagas('show', 'travel', 't1', '--svg', 'trip.svg', '--mermaid')

    assert.match(
      parked.stdout,
      /^SAGA +KEY +STATUS[^\n]*\ntravel +t1 +parked +\d+ s ago +ticket +Closed\n$/,
    )
    const { instances } = JSON.parse(all.stdout) as {
      readonly instances: readonly { key: string }[]
    }
    assert.deepEqual(
      instances.map(({ key }) => key),
      ['t1', 't2'],
    )
    assert.deepEqual([refused.code, /\[SAGA_NOT_RUNNING\]/.test(refused.stderr)], [1, true])
    assert.equal(ahead.code, 0)
    assert.match(
      ahead.stdout,
      /^It would be running\.\n {2}command {2}rail\.issue to rail[^]*Nothing was written\.\n$/,
    )
    assert.match(
      still.stdout,
      /rail to agency: ticket rejected: Closed\n[^]*parked: ticket Closed\n$/,
    )
    assert.match(done.stdout, /^travel t1 is running now\.\n$/)
    assert.match(again.stdout, /This was done before\.\n$/)
    assert.match(drawn.stdout, /^sequenceDiagram\n[^]*retry by ann: it is monday\n[^]*completed\n$/)
    assert.match(readFileSync(trips.path('trip.svg'), 'utf8'), /^<svg /)
  })

  it('says what is missing, and what is not known', async () => {
    using trips = await createTrips([], 't1')
    writeSystem(trips)
    const sagas = (...args: readonly string[]): Promise<Ended> =>
      runDure(['sagas', ...args, 'system.ts', '--data', 'data'], { cwd: trips.folder })
    const why = ['--reason', 'x']

    const ends = await Promise.all([
      sagas('retry', 'travel', 't1'),
      sagas('resolve', 'travel', 't1', ...why),
      sagas('resolve', 'travel', 't1', ...why, '--step', 'a', '--output', '{'),
      sagas('list', '--limit', '0'),
      sagas('list', '--status', 'lost'),
    ])

    assert.deepEqual(
      ends.map(({ code }) => code),
      [2, 2, 2, 2, 2],
    )
    const unknown = await sagas('show', 'travel', 't9')
    assert.deepEqual([unknown.code, /\[SAGA_UNKNOWN\]/.test(unknown.stderr)], [1, true])
  })

  it('shows what handling a parked message again would lead to', async () => {
    using trips = await createTrips(['break book t1']).then(async (playground) => {
      const data = playground.path('data')
      const options = { data, report: () => undefined }
      await using open = await openSystem(travel(new Set(['break book t1'])), options)
      await open.running.execute(Agency.plan({ tripId: 't1' }))
      while ((await open.running.parked()).length === 0)
        await new Promise<void>((resolve) => void open.clock.after(1, resolve))
      return playground
    })
    const parked = (...args: readonly string[]): Promise<Ended> =>
      runDure(['parked', ...args, 'system.ts', '--data', 'data'], { cwd: trips.folder })

    writeSystem(trips, 'break book t1')
    const broken = await parked('redrive', '--all', '--dry-run')
    writeSystem(trips)
    const mended = await parked('redrive', '--all', '--dry-run')
    const list = await parked('list', '--json')

    assert.equal(broken.code, 1)
    assert.match(broken.stdout, /^would stay parked {2}\S+\n {2}[^\n]*book is broken/)
    assert.equal(mended.code, 0)
    assert.match(
      mended.stdout,
      /^would be handled[^]*event {4}hotel\.Booked[^]*reply {4}hotel\.book to agency/,
    )
    assert.equal((JSON.parse(list.stdout) as readonly unknown[]).length, 1)
  })
})

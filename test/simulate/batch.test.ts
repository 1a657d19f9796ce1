import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settleImmediately } from '../../src/adapters/node/settle.ts'
import { always, type Scenario } from '../../src/simulate/index.ts'
import {
  type BatchOptions,
  repeatEvery,
  runBatch,
  seedsFrom,
  violatedWorldsMax,
} from '../../src/simulate/search/batch.ts'
import { renderCoverage, renderReport } from '../../src/simulate/search/render-report.ts'
import { reportOn } from '../../src/simulate/search/report.ts'
import { addTallies, type BatchTally, emptyTally } from '../../src/simulate/search/tally.ts'
import { renderReplay } from '../../src/simulate/search/world-case.ts'
import { shopScenario } from './shop-scenario.ts'

function run(changed: Partial<BatchOptions> = {}): Promise<BatchTally> {
  const own = { scenario: shopScenario, worlds: seedsFrom(1, 6), judges: [] }
  return runBatch({ ...own, settle: settleImmediately, ...changed })
}

const small: Scenario = { ...shopScenario, count: 1, faultsMs: 1_000 }

test('the tallies of parts add up to the tally of the whole', async () => {
  const all = [...seedsFrom(1, 6)]
  const whole = await run({ worlds: all })
  const parts = [await run({ worlds: all.slice(3) }), await run({ worlds: all.slice(0, 3) })]

  assert.deepEqual(parts.reduce(addTallies, emptyTally), whole)
})

test('one world in a hundred is run twice, and the first', async () => {
  const numbers: number[] = []
  const worlds = [0, 1, repeatEvery - 1, repeatEvery, 2 * repeatEvery].map((number) => ({
    number,
    world: { seed: number + 1 },
  }))

  const { repeated } = await run({
    scenario: small,
    worlds,
    onWorld: ({ world }) => void numbers.push(world.seed),
  })

  assert.equal(repeated, 3)
  assert.equal(numbers.length, worlds.length)
})

test('a batch ends when too many worlds have broken an invariant, and tells of the first', async () => {
  const invariants = [always('nothing is ever done', () => 'something was done')]
  const tally = await run({ scenario: { ...small, invariants }, worlds: seedsFrom(5, 100) })

  assert.equal(tally.worlds, violatedWorldsMax)
  const [violation] = tally.violations
  assert.deepEqual([violation?.world, violation?.worlds], [{ seed: 5 }, violatedWorldsMax])
})

test('a batch ends when it is told to', async () => {
  const { worlds } = await run({ scenario: small, isOver: () => true })

  assert.equal(worlds, 1)
})

test('a batch in which nearly everything failed is invalid', () => {
  const operations = { ok: 2, rejected: 0, failed: 90, unknown: 8 }
  const tally = { ...emptyTally, worlds: 4, atRest: 4, faulted: 4, hit: 4, operations }
  const { verdict, reasons } = reportOn({ scenario: small, tally: { ...tally, reached } })

  assert.equal(verdict, 'invalid')
  assert.match(reasons.join(), /Nearly nothing succeeded: 98 of 100 operations failed, 0 were/)
})

const reached = { 'an order is compensated': 1 }

test('a batch of which no world came to rest, or few were hit, is invalid', () => {
  const operations = { ok: 50, rejected: 0, failed: 0, unknown: 0 }
  const tally = { ...emptyTally, worlds: 100, faulted: 100, operations, reached }
  const reasonsOf = (more: Partial<BatchTally>): string =>
    reportOn({ scenario: small, tally: { ...tally, ...more } }).reasons.join()

  assert.match(reasonsOf({ hit: 100 }), /No world came to rest/)
  assert.match(reasonsOf({ atRest: 9, hit: 19 }), /did not strike: 19 of 100 worlds were hit/)
  assert.equal(reasonsOf({ atRest: 9, hit: 20 }), '')
  assert.match(reasonsOf({ worlds: 0 }), /No world was run/)
})

test('a report for people has the verdict, the numbers and what was missed', async () => {
  const scenario = { ...shopScenario, faults: ['crash'] as const }
  const report = reportOn({ scenario, tally: await run({ scenario }) })

  assert.match(
    renderReport(report, 2),
    /^shop: 6 worlds in 2\.0 s \(3\/s\), 1 of them run twice\.\n {2}operations {2}\d+ done, [^]*\n {2}faults {6}\d+ in \d of 6 worlds: crash \d+\n[^]*\nPASSED$/,
  )
  assert.match(
    renderCoverage(report.coverage),
    /queries {2,}0 of 3 +0 % {2}not: stock\.item; payment\.spent; order\.status\n/,
  )
})

test('the command that replays a world is one that a shell takes', () => {
  const request = { scenario: "it's", file: 'my simulation.ts' }
  const mixed = { seed: 3, faultSeed: 9 }

  assert.equal(
    renderReplay({ ...request, world: { seed: 3 }, faults: [] }),
    String.raw`dure simulate 'my simulation.ts' --scenario 'it'\''s' --seed 3 --faults none`,
  )
  assert.match(
    renderReplay({ scenario: 'a', world: mixed }),
    /--world '\{"seed":3,"faultSeed":9\}'$/,
  )
})

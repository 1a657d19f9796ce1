// Each countermeasure keeps its anomaly out of every world; without it the simulator finds it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Scenario } from '../../src/simulate/scenario.ts'
import { simulate } from '../../src/simulate/simulate.ts'
import {
  type AnomalyOptions,
  falselyCommutative,
  fuzzyRead,
  lostUpdate,
  riskyRequest,
} from './anomalies.ts'

const seeds = 60

interface Anomaly {
  readonly countermeasure: string
  readonly make: (options: AnomalyOptions) => Scenario
  /** What the simulator says without it. */
  readonly found: RegExp
}

const anomalies: readonly Anomaly[] = [
  {
    countermeasure: 'commutative updates',
    make: lostUpdate,
    found: /"nothing that was filled in is lost" does not hold/,
  },
  {
    countermeasure: 'reread',
    make: fuzzyRead,
    found: /"an offer is sold for its price" does not hold/,
  },
  {
    countermeasure: 'by value',
    make: riskyRequest,
    found: /"the till is overdrawn by small sums at most" does not hold/,
  },
]

for (const style of ['orchestrated', 'choreographed'] as const) {
  for (const { countermeasure, make, found } of anomalies) {
    test(`${countermeasure}: with it nothing is found, without it the anomaly is (${style})`, async () => {
      const report = await simulate(make({ style, isGuarded: true }), { seeds })

      assert.equal(report.worlds, seeds)
      await assert.rejects(simulate(make({ style, isGuarded: false }), { seeds }), {
        code: 'SIMULATE_VIOLATED',
        message: found,
      })
    })
  }

  test(`what is marked as commutative and is not is found (${style})`, async () => {
    await assert.rejects(simulate(falselyCommutative(style), { seeds }), {
      code: 'SIMULATE_VIOLATED',
      message: /what is marked as commutative makes the same state in every order/,
    })
  })
}

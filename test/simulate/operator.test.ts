// Who looks after a simulated system: what a process says of itself is held against the ledger, and what is parked is
// handed on again.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Broker } from '../../src/messaging/broker.port.ts'
import { settleImmediately as settle } from '../../src/adapters/node/settle.ts'
import { defaultJudges as judges } from '../../src/simulate/default-judges.ts'
import { judgeIdle } from '../../src/simulate/invariants/built-in/idle.ts'
import type { Scenario } from '../../src/simulate/scenario.ts'
import type { Sabotage } from '../../src/simulate/world/process.ts'
import type { WorldCase, WorldResult } from '../../src/simulate/world/world-result.ts'
import { runWorld } from '../../src/simulate/world/world.ts'
import { countingScenario } from './counting-scenario.ts'
import { shopScenario } from './shop-scenario.ts'

const idle = 'a process says that it is idle when it is, and only then'

/** What is said of the first world in which a bug of one process is found. */
async function findings(scenario: Scenario, sabotage: Sabotage): Promise<string> {
  for (let seed = 1; seed <= 15; seed += 1) {
    const world = { seed, shape: 'one process' } as const
    const { violations } = await runWorld({
      scenario,
      world,
      settle,
      judges: [judgeIdle],
      sabotage,
    })
    const found = violations.find(({ invariant }) => invariant === idle)
    if (found) return found.text
  }
  return 'nothing'
}

function withHeads(change: (head: number) => number): NonNullable<Sabotage['store']> {
  return (inner) => ({ ...inner, heads: async () => (await inner.heads()).map(change) })
}

/** Gives nobody anything. */
const silent = (inner: Broker): Broker => ({
  supports: inner.supports,
  publish: () => new Promise(() => undefined),
  wanted: (topic, incarnation) => inner.wanted(topic, incarnation),
  watch: (topic, wake) => inner.watch(topic, wake),
  subscribe: (request) => inner.subscribe(request),
  [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
})

test('a process that says that it is idle while messages wait is found', async () => {
  const sabotage = { store: withHeads(() => 0), broker: silent }

  assert.match(
    await findings(countingScenario(), sabotage),
    /^process is idle, it says, with source\.Counted at source\/0\/1, which inbox of router has not taken\.$/m,
  )
})

test('a process that says that it is idle while a timer is due is found', async () => {
  const store: NonNullable<Sabotage['store']> = (inner) => ({ ...inner, dueTimers: async () => [] })

  assert.match(
    await findings(countingScenario({ audited: 1 }), { store }),
    /^process is idle, it says, with the timer .* of ledger, which is due\.$/m,
  )
})

test('a process that never says that it is idle is found', async () => {
  assert.match(
    await findings(shopScenario, { store: withHeads((head) => head + 1) }),
    /^process has nothing left to do, and is not idle, it says: \{"/m,
  )
})

test('processes that have one store are idle when none of them has anything left to do', async () => {
  for (let seed = 1; seed <= 25; seed += 1) {
    const world = { seed, shape: 'replicas' } as const
    const { end, violations } = await runWorld({ scenario: shopScenario, world, settle, judges })

    assert.equal(end, 'rest', `seed ${seed}: ${violations[0]?.text}`)
  }
})

function redriven({ happenings }: WorldResult): readonly string[] {
  return happenings
    .filter(({ to, kind }) => to === 'operator' && kind === 'answer')
    .map(({ text }) => text)
    .filter((text) => text.startsWith('redrive '))
}

async function runAll(scenario: Scenario, part: Partial<WorldCase>): Promise<readonly string[]> {
  const texts: string[] = []
  for (let seed = 1; seed <= 25; seed += 1) {
    const world = { seed, ...part }
    const result = await runWorld({ scenario, world, settle, judges, isTold: true })
    assert.equal(result.end, 'rest', `seed ${seed}: ${result.violations[0]?.text}`)
    texts.push(...redriven(result))
  }
  return texts
}

test('parked messages are redriven: once they can be handled they are, and those behind them follow', async () => {
  const scenario = countingScenario({ poison: [2, 5], failures: 2 })

  const texts = await runAll(scenario, {})

  assert.ok(texts.includes('redrive source.Counted: ok'), texts.join())
  assert.ok(texts.some((text) => /parked again \(/.test(text)))
})

test('nobody redrives where a case says so', async () => {
  const scenario = countingScenario({ poison: [2], failures: 1 })

  assert.deepEqual(await runAll(scenario, { operator: false }), [])
})

// What a saga of eight commands over three services needs in each style, when nothing fails.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settleImmediately as settle } from '../../src/adapters/node/settle.ts'
import { runWorld } from '../../src/simulate/world/world.ts'
import { type Style, smallScenario } from './small-saga.ts'

interface Needs {
  readonly messages: number
  readonly commits: number
}

/** One world in which nothing goes wrong, with two instances. */
async function needsOf(style: Style): Promise<Needs> {
  const quiet = {
    faults: [],
    shape: 'processes',
    partitions: 1,
    skew: false,
    operator: false,
  } as const
  const world = { seed: 1, ...quiet }
  const scenario = smallScenario(style, [])
  const { end, messages, commits } = await runWorld({ scenario, world, settle, judges: [] })
  assert.equal(end, 'rest')
  return { messages, commits }
}

test('a saga that is passed on needs fewer messages and commits than one that is coordinated', async (context) => {
  const [coordinated, passedOn] = [await needsOf('orchestrated'), await needsOf('choreographed')]

  context.diagnostic(`two instances: ${JSON.stringify({ coordinated, passedOn })}`)
  assert.ok(passedOn.messages < coordinated.messages)
  assert.ok(passedOn.commits < coordinated.commits)
})

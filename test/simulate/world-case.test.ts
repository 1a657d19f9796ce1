import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WorldCase, WorldResult } from '../../src/simulate/world/world-result.ts'
import { runWorld } from '../../src/simulate/world/world.ts'
import { shopScenario } from './shop-scenario.ts'

const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

function run(world: WorldCase, isTold = true): Promise<WorldResult> {
  return runWorld({ scenario: shopScenario, world, settle, judges: [], isTold })
}

/** A seed whose world is cut into groups, with clocks that differ, and partitions. */
const seed = 4

test('a world whose faults are named is the world of its seed', async () => {
  const drawn = await run({ seed })

  const named = await run({ seed, faults: drawn.struck.map(({ id }) => id) })

  assert.ok(drawn.struck.length > 5)
  assert.equal(named.hash, drawn.hash)
})

test('a world that is told runs like one that is not', async () => {
  assert.equal((await run({ seed })).hash, (await run({ seed }, false)).hash)
})

test('a case says how the system is cut', async () => {
  const { shape } = await run({ seed, shape: 'one process', partitions: 2 })

  assert.deepEqual(
    [shape.name, shape.partitions, shape.processes.length, shape.hasBroker],
    ['one process', 2, 1, false],
  )
})

test('a service that is taken away runs nowhere', async () => {
  const { shape, happenings } = await run({
    seed,
    shape: 'processes',
    actions: [],
    faults: [],
    services: ['stock'],
  })

  assert.deepEqual(shape.processes, [{ name: 'stock', services: ['stock'] }])
  assert.ok(happenings.every(({ from }) => from !== 'order' && from !== 'payment'))
})

test('a case says how many clients act at once', async () => {
  const clients = ({ happenings }: WorldResult): ReadonlySet<string> =>
    new Set(happenings.filter(({ kind }) => kind === 'call').map(({ from }) => from))

  assert.deepEqual([...clients(await run({ seed, clients: 1 }))], ['operator', 'client 1'])
  assert.ok(clients(await run({ seed })).size > 2)
})

test('a calm world waits less, and its outages are shorter', async () => {
  const wild = await run({ seed })
  const calm = await run({ seed, calm: 0.1 })

  const lastMs = ({ struck }: WorldResult): number =>
    Math.max(...struck.map(({ lastsMs = 0 }) => lastsMs))
  assert.ok(lastMs(calm) < lastMs(wild) / 5)
})

test('clocks agree where a case says so', async () => {
  const jumping: WorldCase[] = []
  for (let number = 1; jumping.length < 3; number += 1) {
    const world = { seed: number, actions: [1, 2], faults: [] }
    const { strengths } = await run(world)
    if (strengths['clock jumps']) jumping.push(world)
  }

  for (const world of jumping) {
    assert.notEqual((await run({ ...world, skew: false })).hash, (await run(world)).hash)
  }
})

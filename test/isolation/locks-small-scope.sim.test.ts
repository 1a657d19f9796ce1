// Everything that can happen to two sagas at one lock: each process dies before and after each commit, each message
// comes twice or too late; one such thing at a time, and any two. Nothing is drawn.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settleImmediately as settle } from '../../src/adapters/node/settle.ts'
import { defaultJudges as judges } from '../../src/simulate/default-judges.ts'
import { runWorld } from '../../src/simulate/world/world.ts'
import type { RoomsOptions } from './rooms.ts'
import { crowdedRoom } from './rooms-scenario.ts'

const kinds = ['crash before commit', 'crash after commit', 'message repeated', 'message delayed']

/** Runs one world, and gives what could have happened after the last thing that did. */
async function tryFaults(
  options: RoomsOptions,
  faults: readonly string[],
  ends: Set<string>,
): Promise<readonly string[]> {
  const later: string[] = []
  let left = faults.length
  const onOccasion = (id: string): void => {
    if (faults.includes(id)) left -= 1
    else if (left === 0 && kinds.some((kind) => id.startsWith(`${kind} @`))) later.push(id)
  }
  const world = {
    seed: 1,
    faults,
    shape: 'processes',
    partitions: 1,
    skew: false,
    operator: false,
  } as const
  const scenario = crowdedRoom(options)
  const { end, violations, marks, struck } = await runWorld({
    scenario,
    world,
    settle,
    judges,
    onOccasion,
  })
  assert.equal(
    end,
    'rest',
    `after ${faults.join(' and ')}: ${violations[0]?.invariant}: ${violations[0]?.text}`,
  )
  assert.equal(struck.length, faults.length, `${faults.join(' and ')} did not happen`)
  for (const mark of marks) if (mark.startsWith('end|book|')) ends.add(mark)
  return later
}

for (const style of ['orchestrated', 'choreographed'] as const) {
  for (const whenHeld of ['wait', 'queue'] as const) {
    test(`a line for a lock outlives whatever happens, alone and in pairs (${whenHeld}, ${style})`, async (context) => {
      const ends = new Set<string>()
      const options = { style, whenHeld }
      let worlds = 0
      const attempt = (faults: readonly string[]): Promise<readonly string[]> => {
        worlds += 1
        return tryFaults(options, faults, ends)
      }

      for (const first of await attempt([]))
        for (const second of await attempt([first])) await attempt([first, second])

      context.diagnostic(`${worlds} worlds`)
      assert.ok(worlds > 500, String(worlds))
      assert.ok(ends.has('end|book|completed') && ends.has('end|book|compensated'))
      assert.ok(!ends.has('end|book|parked'))
    })
  }
}

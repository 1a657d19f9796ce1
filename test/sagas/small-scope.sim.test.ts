// Everything that can happen to a small saga, in both styles: each step says no, each process dies before and after each
// commit, each message comes twice or too late; one such thing at a time, and any two. Nothing is drawn.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Style, smallScenario, steps } from './small-saga.ts'
import { tryFaults } from './try-faults.ts'

interface Everything {
  readonly worlds: number
  /** How sagas ended in which no step said no. */
  readonly accepted: ReadonlySet<string>
  readonly refused: ReadonlySet<string>
}

/** Tries everything, and any two things. */
async function tryAll(style: Style): Promise<Everything> {
  const accepted = new Set<string>()
  const refused = new Set<string>()
  let worlds = 0
  const attempt = async (
    refusing: readonly string[],
    faults: readonly string[],
  ): Promise<readonly string[]> => {
    const tried = await tryFaults(smallScenario(style, refusing), faults)
    worlds += 1
    for (const end of tried.ends) (refusing.length > 0 ? refused : accepted).add(end)
    return tried.later
  }

  for (const first of await attempt([], []))
    for (const second of await attempt([], [first])) await attempt([], [first, second])
  for (const [index, step] of steps.entries()) {
    for (const fault of await attempt([step], [])) await attempt([step], [fault])
    for (const other of steps.slice(index + 1)) await attempt([step, other], [])
  }
  return { worlds, accepted, refused }
}

for (const style of ['choreographed', 'orchestrated'] as const) {
  test(`a saga that is ${style} ends well whatever happens, alone and in pairs`, async (context) => {
    const { worlds, accepted, refused } = await tryAll(style)

    context.diagnostic(`${worlds} worlds`)
    assert.ok(worlds > 1_000, String(worlds))
    for (const ends of [accepted, refused]) {
      assert.ok(ends.has('end|small|completed'))
      // Without a refusal it is the deadline that turns a saga back.
      assert.ok(ends.has('end|small|compensated'))
      assert.ok(!ends.has('end|small|parked'))
    }
  })
}

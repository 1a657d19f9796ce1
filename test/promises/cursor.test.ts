// A consumer's cursor moves in the same commit as its effects.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memoryStores } from '../../src/adapters/memory/store.ts'
import type { Commit, StoreProvider } from '../../src/log/store.port.ts'
import { repeating, repeatingAsNew } from './faulty-brokers.ts'
import { changedCommits, type Death, mortalStores, never } from './faulty-stores.ts'
import { judgeLedger, liveLedger, settleLedger, startLedger, teller } from './ledger-world.ts'
import { assertFine, assertSeen } from './shop-world.ts'

const times = 4

interface Lives {
  readonly problems: readonly string[]
  readonly isKilled: boolean
}

/** A life that is killed at one of its commits, and another one that goes on. */
async function liveTwice(
  death: Death,
  wrap: (stores: StoreProvider) => StoreProvider = (stores) => stores,
): Promise<Lives> {
  const stores = memoryStores()
  const mortal = mortalStores(stores, death)
  const counting = teller()
  const first = await startLedger({ stores: wrap(mortal) }).catch(() => undefined)
  if (first) {
    await counting.countTo(first, times)
    await first.clock.advance(100)
  }
  const isKilled = mortal.isDead
  mortal.kill()
  const startMs = (first?.clock.nowMs() ?? 0) + 1
  const second = await startLedger({ stores: wrap(mortalStores(stores, never)), startMs })
  await counting.countTo(second, times)
  await settleLedger(second)
  return { problems: await judgeLedger(second, stores, counting.counted), isKilled }
}

/** Every way to be killed: what each of them leads to. */
async function killEverywhere(
  wrap?: (stores: StoreProvider) => StoreProvider,
): Promise<readonly string[]> {
  const problems: string[] = []
  let kills = 0
  for (const isWritten of [true, false]) {
    for (let atCommit = 1; ; atCommit += 1) {
      const lives = await liveTwice({ atCommit, isWritten }, wrap)
      if (!lives.isKilled) break
      kills += 1
      problems.push(...lives.problems.map((each) => `killed at ${atCommit}: ${each}`))
    }
  }
  assert.ok(kills >= 48, `there were only ${kills} commits to be killed at`)
  return problems
}

const withoutCursors = ({ cursors: _cursors, ...effects }: Commit): Commit => effects
const movesOf = (batch: readonly Commit[]): readonly Commit[] =>
  batch.flatMap(({ cursors }) => (cursors ? [{ cursors }] : []))

/** A planted bug: the cursor is saved, and then what the message leads to. */
function cursorFirst(stores: StoreProvider): StoreProvider {
  return changedCommits(stores, async (commit, batch) => {
    const moves = movesOf(batch)
    if (moves.length > 0) await commit(moves)
    return commit(batch.map(withoutCursors))
  })
}

/** A planted bug: what the message leads to is saved, and then the cursor. */
function cursorLater(stores: StoreProvider): StoreProvider {
  return changedCommits(stores, async (commit, batch) => {
    const verdicts = await commit(batch.map(withoutCursors))
    const moves = movesOf(batch)
    if (moves.length > 0) await commit(moves)
    return verdicts
  })
}

describe('the cursor of a consumer', () => {
  it('moves in the same commit as its effects: killed anywhere, each message has taken effect once', async () => {
    assertFine(await killEverywhere())
  })

  it('is judged by a test that sees one which is saved before the effects', async () => {
    assertSeen(await killEverywhere(cursorFirst), /as noted skips/)
  })

  it('is judged by a test that sees one which is saved in another commit, after the effects', async () => {
    const problems = await killEverywhere(cursorLater)

    assertSeen(problems, /as noted repeats/)
    assertSeen(problems, /as seen repeats/)
  })

  it('passes over what comes again', async () => {
    assertFine(await liveLedger({ stores: memoryStores(), wrapBroker: repeating }))
  })

  it('is judged by a test that sees what comes again as if it were new', async () => {
    const problems = await liveLedger({ stores: memoryStores(), wrapBroker: repeatingAsNew })

    assertSeen(problems, /as noted repeats/)
  })
})

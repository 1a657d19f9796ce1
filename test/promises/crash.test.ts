// A process may be killed at any moment: nothing is lost, nothing is doubled, and what was begun comes to its end.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memoryStores } from '../../src/adapters/memory/store.ts'
import type { StoreProvider } from '../../src/log/store.port.ts'
import {
  changedCommits,
  type Death,
  type MortalStores,
  mortalStores,
  never,
} from './faulty-stores.ts'
import {
  assertFine,
  assertSeen,
  bankBook,
  type Customer,
  customer,
  judgeShop,
  planOrders,
  serviceNames,
  type ShopLife,
  startShop,
} from './shop-world.ts'

const plans = planOrders(10)

interface Deaths {
  readonly problems: readonly string[]
  readonly lives: number
  /** Whether the last life ended without dying. */
  readonly isOver: boolean
}

type Wrap = (stores: MortalStores) => StoreProvider

/** Lives until a life ends without dying, or `livesMax` is reached; the customer repeats what was not answered. */
async function liveOn(
  deathOf: (life: number) => Death,
  options: { readonly livesMax: number; readonly wrap?: Wrap },
): Promise<Deaths> {
  const { livesMax, wrap = (stores): StoreProvider => stores } = options
  const stores = memoryStores()
  const bank = bankBook()
  const shopper = customer(plans)
  let startMs = Date.UTC(2026, 0, 1)
  let lives = 0
  let isOver = false
  while (!isOver && lives < livesMax) {
    lives += 1
    const mortal = mortalStores(stores, deathOf(lives))
    const life = await startShop({ stores: wrap(mortal), bank, startMs }).catch(() => undefined)
    if (life) await untilDeadOrDone(life, mortal, shopper)
    if (life && !mortal.isDead) await life.running.stop()
    startMs = (life?.clock.nowMs() ?? startMs) + 1
    isOver = !mortal.isDead
  }
  for (const name of serviceNames) stores.crash(name)
  return { problems: await judgeShop(stores, plans, bank), lives, isOver }
}

async function untilDeadOrDone(
  life: ShopLife,
  stores: MortalStores,
  shopper: Customer,
): Promise<void> {
  let isPlaced = false
  void shopper.place(life, 'in turn').then(() => {
    isPlaced = true
  })
  const isIdle = (): Promise<boolean> =>
    life.running.idle().then(
      ({ idle }) => idle,
      () => false,
    )
  while (!stores.isDead && !(isPlaced && (await isIdle()))) await life.clock.advance(1)
}

describe('a process that is killed at any commit', () => {
  for (const isWritten of [true, false]) {
    const what = isWritten ? 'after it was written' : 'before it was written'
    it(`goes on when it starts again: nothing is lost, nothing is doubled (killed ${what})`, async () => {
      let deaths = 0
      for (let atCommit = 1; ; atCommit += 1) {
        const { problems, lives, isOver } = await liveOn(
          (life) => (life === 1 ? { atCommit, isWritten } : never),
          { livesMax: 2 },
        )
        assert.deepEqual([problems, isOver], [[], true], `killed at commit ${atCommit}`)
        if (lives === 1) break
        deaths += 1
      }
      assert.ok(deaths > 25, `there were only ${deaths} commits to be killed at`)
    })
  }

  for (const commits of [2, 3, 4, 5, 8]) {
    it(`comes to the end although no life has more than ${commits} commits`, async () => {
      const { problems, lives, isOver } = await liveOn(
        (life) => ({ atCommit: commits, isWritten: life % 2 === 0 }),
        { livesMax: 1_000 },
      )

      assertFine(problems)
      assert.ok(isOver && lives > 3, `${lives} lives`)
    })
  }

  it('is judged by a test that sees a cursor which is not written with its effects', async () => {
    const seen: string[] = []
    for (let atCommit = 1; atCommit < 60; atCommit += 1) {
      const { problems } = await liveOn(
        (life) => (life === 1 ? { atCommit, isWritten: true } : never),
        { livesMax: 2, wrap: splitCursors },
      )
      seen.push(...problems)
    }

    assertSeen(seen, /times|reservations|history/)
  })
})

/** A planted bug: what a message leads to, and the cursor, are two commits. */
function splitCursors(stores: StoreProvider): StoreProvider {
  return changedCommits(stores, async (commit, batch) => {
    const verdicts = await commit(batch.map(({ cursors: _cursors, ...effects }) => effects))
    const moves = batch.flatMap(({ cursors = [] }) => cursors)
    if (moves.length > 0) await commit([{ cursors: moves }])
    return verdicts
  })
}

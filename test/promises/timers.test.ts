// What a service still has to do is durable: a timer survives the process, fires once, and never before its time.
import { describe, it } from 'node:test'
import type { Store, StoreProvider, Timer } from '../../src/log/store.port.ts'
import { type AlarmPlan, deadlineMs, liveAlarms } from './alarm-world.ts'
import { changedCommits, changedStores } from './faulty-stores.ts'
import { assertFine, assertSeen } from './shop-world.ts'

/** Nobody answers before the deadline, and the process is killed now and then. */
const late = { answersAtMs: deadlineMs + 15_000 }

const plans: Readonly<Record<string, AlarmPlan>> = {
  'no restart': { ...late, livesMs: [600_000] },
  'a restart before it is due': { ...late, livesMs: [30_000, 600_000] },
  'a restart right before it is due': { ...late, livesMs: [deadlineMs - 1, 600_000] },
  'an end at the very moment': { ...late, livesMs: [deadlineMs, 600_000] },
  'a process that was down when it was due': {
    ...late,
    livesMs: [30_000, 600_000],
    downMs: 90_000,
  },
  'a process that was down for a month': { ...late, livesMs: [5, 600_000], downMs: 2_678_400_000 },
  'many restarts': { ...late, livesMs: [...Array.from({ length: 20 }, () => 7_000), 600_000] },
  'work that is tried again over restarts': {
    answersAtMs: 20_000,
    livesMs: [5_000, 5_000, 5_000, 600_000],
  },
}

/** A planted bug: nothing that was set before the process began is known to it. */
function forgettingRestarts(stores: StoreProvider, life: number): StoreProvider {
  if (life === 0) return stores
  return changedStores(stores, (store) => {
    let before: Promise<ReadonlySet<string>> | undefined
    const known = (): Promise<ReadonlySet<string>> => {
      before ??= store
        .dueTimers(Number.MAX_SAFE_INTEGER, 1_000)
        .then((timers) => new Set(timers.map(({ id }) => id)))
      return before
    }
    const fresh = async (limit: number, atMs: number): Promise<readonly Timer[]> => {
      const old = await known()
      return (await store.dueTimers(atMs, limit)).filter(({ id }) => !old.has(id))
    }
    return {
      dueTimers: (atMs, limit) => fresh(limit, atMs),
      nextTimer: async () => (await fresh(1_000, Number.MAX_SAFE_INTEGER))[0]?.atMs,
    }
  })
}

/** A planted bug: timers are kept in memory alone, so to speak: a commit does not hold them. */
function forgettingCommits(stores: StoreProvider): StoreProvider {
  return changedCommits(stores, (commit, batch) =>
    commit(batch.map(({ setTimers: _timers, ...rest }) => rest)),
  )
}

/** A planted bug: what is due soon counts as due. */
function early(stores: StoreProvider, byMs: number): StoreProvider {
  return changedStores(stores, (store: Store) => ({
    async dueTimers(atMs, limit) {
      const timers = await store.dueTimers(atMs + byMs, limit)
      return timers.map((timer) => ({ ...timer, atMs: timer.atMs - byMs }))
    },
    async nextTimer() {
      const atMs = await store.nextTimer()
      return atMs === undefined ? undefined : atMs - byMs
    },
  }))
}

/** A planted bug: the commit that acts on a timer takes it off only the second time. */
function firingTwice(stores: StoreProvider): StoreProvider {
  const fired = new Set<string>()
  return changedCommits(stores, (commit, batch) =>
    commit(
      batch.map(({ fireTimers = [], ...rest }) => {
        const again = fireTimers.filter((id) => fired.has(id))
        for (const id of fireTimers) fired.add(id)
        return { ...rest, fireTimers: again }
      }),
    ),
  )
}

describe('a timer', () => {
  for (const [name, plan] of Object.entries(plans)) {
    it(`fires once, in its time, with ${name}`, async () => {
      assertFine(await liveAlarms(plan))
    })
  }

  const restarted: AlarmPlan = { ...late, livesMs: [30_000, 600_000] }

  it('is judged by a test that sees timers which are forgotten at a restart', async () => {
    const problems = await liveAlarms({ ...restarted, wrapStores: forgettingRestarts })

    assertSeen(problems, /has rung 0 times/)
    assertSeen(problems, /left the timer/)
  })

  it('is judged by a test that sees timers which are not part of the commit', async () => {
    const problems = await liveAlarms({ ...restarted, wrapStores: forgettingCommits })

    assertSeen(problems, /has rung 0 times/)
  })

  it('is judged by a test that sees timers which fire early, at any moment or at a restart', async () => {
    const hasty = { wrapStores: (stores: StoreProvider) => early(stores, 20_000) }
    const atStart = {
      wrapStores: (stores: StoreProvider, life: number) => early(stores, life * 10 * deadlineMs),
    }

    assertSeen(await liveAlarms({ ...restarted, ...hasty }), /fires \d+ ms too early/)
    assertSeen(await liveAlarms({ ...restarted, ...atStart }), /fires \d+ ms too early/)
  })

  it('is judged by a test that sees timers which fire twice', async () => {
    const problems = await liveAlarms({ ...restarted, wrapStores: firingTwice })

    assertSeen(problems, /fires although it is not set/)
  })
})

// A witness of what a service does with its timers: it knows from the commits alone when each one is due, and tells of
// those that are acted on too early, too late, or once more.
import type { Commit, StoreProvider } from '../../src/log/store.port.ts'
import { changedCommits } from './faulty-stores.ts'

export interface TimerWitness {
  /** Watches one life of the process, which begins now. */
  watch(stores: StoreProvider, nowMs: () => number): StoreProvider
  readonly problems: readonly string[]
  readonly fired: number
}

/** How long after its time a timer may be acted on when nothing hinders it. */
const slackMs = 1_000

export function timerWitness(): TimerWitness {
  const dueMs = new Map<string, number>()
  const problems: string[] = []
  let fired = 0

  function judgeFired(id: string, nowMs: number, upFromMs: number): void {
    const atMs = dueMs.get(id)
    fired += 1
    dueMs.delete(id)
    if (atMs === undefined) problems.push(`timer ${id} fires although it is not set`)
    else if (nowMs < atMs) problems.push(`timer ${id} fires ${atMs - nowMs} ms too early`)
    else if (nowMs > Math.max(atMs, upFromMs) + slackMs) {
      problems.push(`timer ${id} fires ${nowMs - atMs} ms too late`)
    }
  }

  function note({ fireTimers, cancelTimers, setTimers }: Commit, [nowMs, upFromMs]: Times): void {
    for (const id of fireTimers ?? []) judgeFired(id, nowMs, upFromMs)
    for (const id of cancelTimers ?? []) dueMs.delete(id)
    for (const { id, atMs } of setTimers ?? []) dueMs.set(id, atMs)
  }

  return {
    problems,
    get fired() {
      return fired
    },
    watch(stores, nowMs) {
      const upFromMs = nowMs()
      return changedCommits(stores, async (commit, batch) => {
        const verdicts = await commit(batch)
        for (const [index, each] of batch.entries()) {
          if (verdicts[index]?.kind === 'committed') note(each, [nowMs(), upFromMs])
        }
        return verdicts
      })
    },
  }
}

type Times = readonly [nowMs: number, upFromMs: number]

// Replicas that stand still for longer than their leases last: others take over, and who wakes does no harm.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Commit, Store } from '../../src/log/store.port.ts'
import { builtInJudges } from '../../src/simulate/invariants/built-in.ts'
import type { Sabotage } from '../../src/simulate/world/process.ts'
import { runWorld } from '../../src/simulate/world/world.ts'
import { busyShop, mendedShop } from './planted/busy-shop.ts'
import shop from './shop-scenario.ts'

const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

interface Sightings {
  /** Replicas that were taken for lost, and those of them that came back. */
  lost: number
  back: number
  /** Work that went from one replica to another. */
  moved: number
}

type Documents = Readonly<Record<string, string>>

/** Watches the leases of one service. */
class LeaseWatch {
  readonly #seen: Sightings
  readonly #gone = new Set<string>()
  #replicas: readonly string[] = []
  #holders: Documents = {}

  constructor(seen: Sightings) {
    this.#seen = seen
  }

  replicas(found: Documents): void {
    const now = Object.keys(found)
    const lost = this.#replicas.filter((replica) => !now.includes(replica))
    for (const replica of lost) this.#gone.add(replica)
    this.#seen.lost += lost.length
    for (const replica of now) if (this.#gone.delete(replica)) this.#seen.back += 1
    this.#replicas = now
  }

  holders(found: Documents): void {
    const before = this.#holders
    const isMoved = (name: string): boolean =>
      before[name] !== undefined && before[name] !== found[name]
    this.#seen.moved += Object.keys(found).filter(isMoved).length
    this.#holders = { ...before, ...found }
  }
}

/** Looks at the leases as they are written. */
function watchLeases(seen: Sightings): Sabotage {
  const watches = new Map<string, LeaseWatch>()
  const look = (service: string, { documents = [] }: Commit): void => {
    const watch = watches.get(service) ?? new LeaseWatch(seen)
    watches.set(service, watch)
    for (const { view, key, value = '{}' } of documents) {
      if (view !== '$leases') continue
      // Why the cast: leases are written as names and texts, or numbers.
      const found = JSON.parse(value) as Documents
      if (key === 'holders') watch.holders(found)
      else watch.replicas(found)
    }
  }
  const store = (inner: Store, service: string): Store => ({
    ...inner,
    async commit(batch) {
      const verdicts = await inner.commit(batch)
      for (const [index, commit] of batch.entries())
        if (verdicts[index]?.kind === 'committed') look(service, commit)
      return verdicts
    },
  })
  return { store }
}

describe('replicas of a service', () => {
  for (const scenario of [shop, busyShop, mendedShop]) {
    it(`take over from one another in the ${scenario.name}, and who wakes does no harm`, async () => {
      const seen: Sightings = { lost: 0, back: 0, moved: 0 }
      for (let seed = 1; seed <= 12; seed += 1) {
        const world = { seed, shape: 'replicas' } as const
        const paused = { ...scenario, faults: ['pause', 'crash'] as const }
        const options = { scenario: paused, world, settle, judges: builtInJudges }
        const { end, violations } = await runWorld({ ...options, sabotage: watchLeases(seen) })
        assert.equal(end, 'rest', `Seed ${seed}: ${JSON.stringify(violations)}`)
      }

      assert.ok(seen.lost > 3 && seen.back > 1 && seen.moved > 20, JSON.stringify(seen))
    })
  }
})

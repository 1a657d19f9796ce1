// Replicas of a service share its work by leases, which are two documents of the store that all of them compare and set:
// who is there, and who holds what. No clocks are compared. A replica gives signs of life; who has given none for as long
// as the lease lasts, counted by whoever looks, is taken off, and what it held is free. Should it only have stood still,
// it finds that out before it takes anything, and until then it does no harm: cursors, timers and parked messages are
// compared and set by the commits themselves.
// Source: Gray and Cheriton, "Leases"; Kleppmann, "How to do distributed locking" (why a lease needs fencing).
import { messageOf } from '../../language/errors.ts'
import type { GroupCommit, Settled } from '../../log/group-commit.ts'
import type { DocumentWrite, SnapshotAnswer, SnapshotStore } from '../../log/store.port.ts'
import type { Clock } from '../../runtime/clock.port.ts'
import { type Holders, type LeaseTable, type Replicas, shareOf } from './lease-table.ts'
import type { LeasedWork, Leases } from './leases.ts'

export interface LeaseLimits {
  /** How often a replica looks, in milliseconds. */
  readonly lookMs: number
  /** Looks after which it gives a sign of life. */
  readonly beatLooks: number
  /** Looks without a sign of life after which a replica has lost its leases. */
  readonly leaseLooks: number
  /** How often what it writes is tried anew at once, because another replica was first. */
  readonly conflictsMax: number
}

/** A lease lasts six seconds and is renewed after two; another replica has taken over within eight. */
export const leaseLimits: LeaseLimits = {
  lookMs: 500,
  beatLooks: 4,
  leaseLooks: 12,
  conflictsMax: 5,
}

export interface LeaseKeeperOptions {
  readonly store: SnapshotStore
  readonly group: GroupCommit
  readonly clock: Clock
  readonly limits?: Partial<LeaseLimits>
  /** Called with each look: what else has to be looked after, as others write to the store too. */
  readonly onLook: () => Promise<void>
  readonly onFailure: (message: string) => void
}

/** The view of the leases, and its documents. */
export const leasesView = '$leases'
export const replicasKey = 'replicas'
const holdersKey = 'holders'

/** Creates the leases of one replica. */
export function createLeaseKeeper(options: LeaseKeeperOptions): Leases {
  return new LeaseKeeper(options)
}

interface Stored<T> {
  /** 0: nobody has written it. */
  readonly version: number
  readonly value: T
}

interface Found {
  readonly replicas: Stored<Replicas>
  readonly holders: Stored<Holders>
}

interface Silence {
  readonly beats: number
  readonly looks: number
}

class LeaseKeeper implements Leases {
  readonly #options: LeaseKeeperOptions
  readonly #limits: LeaseLimits
  readonly #me: string
  readonly #works = new Map<string, LeasedWork>()
  /** What this replica takes care of, and what is being done about it. */
  readonly #held = new Map<string, Promise<void>>()
  readonly #giving = new Set<string>()
  /** What it has let go, and the store does not say so yet. */
  readonly #released = new Set<string>()
  #silences = new Map<string, Silence>()
  #looks = 0
  #looking: Promise<void> | undefined
  #isOpen = false
  #isFailing = false
  #cancel = (): void => undefined

  constructor(options: LeaseKeeperOptions) {
    this.#options = options
    this.#limits = { ...leaseLimits, ...options.limits }
    this.#me = options.clock.newId()
  }

  async add(work: LeasedWork): Promise<void> {
    this.#works.set(work.name, work)
    if (this.#isOpen) await this.#lookNow()
  }

  async remove(work: LeasedWork): Promise<void> {
    this.#works.delete(work.name)
    await this.#giveUp(work)
  }

  async start(): Promise<void> {
    this.#isOpen = true
    await this.#lookNow()
    await Promise.all(this.#held.values())
  }

  async close(): Promise<void> {
    this.#isOpen = false
    this.#cancel()
    await this.#looking
    await Promise.all(this.#held.values())
  }

  async leave(): Promise<void> {
    for (let attempt = 0; attempt <= this.#limits.conflictsMax; attempt += 1) {
      try {
        if (await this.#write(await this.#read(), leaving(this.#me))) return
      } catch {
        // Others find out by its silence.
        return
      }
    }
  }

  async #lookNow(): Promise<void> {
    while (this.#looking) await this.#looking
    if (!this.#isOpen) return
    this.#cancel()
    this.#looking = this.#look().finally(() => {
      this.#looking = undefined
      if (!this.#isOpen) return
      this.#cancel = this.#options.clock.beat(this.#limits.lookMs, () => void this.#lookNow())
    })
    await this.#looking
  }

  async #look(): Promise<void> {
    const { onFailure, onLook } = this.#options
    this.#looks += 1
    try {
      await this.#settle()
      await onLook()
      for (const name of this.#held.keys()) await this.#works.get(name)?.tend?.()
      this.#isFailing = false
    } catch (error) {
      if (!this.#isFailing) onFailure(`leases will be looked at again: ${messageOf(error)}`)
      this.#isFailing = true
    }
  }

  /** Brings what the store says, and what this replica does, to what they should be. */
  async #settle(): Promise<void> {
    for (let attempt = 0; attempt <= this.#limits.conflictsMax; attempt += 1) {
      const found = await this.#read()
      // A sign of life is counted once a look, however often that is tried.
      if (attempt === 0) this.#listen(found.replicas.value)
      const next = this.#next(found)
      if (!(await this.#write(found, () => next))) continue
      this.#follow(next)
      return
    }
  }

  /** Counts for each other replica how long it has been silent. */
  #listen(replicas: Replicas): void {
    const silences = new Map<string, Silence>()
    for (const [replica, beats] of Object.entries(replicas)) {
      if (replica === this.#me) continue
      const before = this.#silences.get(replica)
      const looks = before?.beats === beats ? before.looks + 1 : 0
      silences.set(replica, { beats, looks })
    }
    this.#silences = silences
  }

  #next({ replicas, holders }: Found): LeaseTable {
    const alive = this.#alive(replicas.value)
    const kept = Object.entries(holders.value).filter(
      ([name, holder]) =>
        Object.hasOwn(alive, holder) && !(holder === this.#me && this.#released.has(name)),
    )
    const table = { replicas: alive, holders: Object.fromEntries(kept) }
    const { claims, surplus } = shareOf(table, this.#me, this.#claimable())
    const mine = claims.map((name) => [name, this.#me] as const)
    for (const name of surplus) this.#handOver(name)
    return { replicas: alive, holders: Object.fromEntries([...kept, ...mine]) }
  }

  /** Those who are there. Where nobody else is, nobody has to be told that this one is. */
  #alive(replicas: Replicas): Replicas {
    const { beatLooks, leaseLooks } = this.#limits
    const others = Object.entries(replicas).filter(
      ([replica]) => replica !== this.#me && (this.#silences.get(replica)?.looks ?? 0) < leaseLooks,
    )
    const known = replicas[this.#me]
    const isDue = others.length > 0 && this.#looks % beatLooks === 0
    // Trap: never a number that it has given before. Who comes back with one would seem to be silent still.
    const beats = known === undefined || isDue ? this.#looks : known
    return Object.fromEntries([...others, [this.#me, beats]])
  }

  /** What is being handed over is not claimed at the same time. */
  #claimable(): string[] {
    return [...this.#works.keys()].filter((name) => !this.#released.has(name)).toSorted()
  }

  /** Takes what is its own by what was just written, and gives up what is not any more. */
  #follow({ holders }: LeaseTable): void {
    for (const name of this.#released) if (holders[name] !== this.#me) this.#released.delete(name)
    for (const [name, work] of this.#works) {
      const isMine = holders[name] === this.#me
      if (isMine && !this.#held.has(name) && !this.#released.has(name)) this.#take(work)
      else if (!isMine && this.#held.has(name)) void this.#giveUp(work)
    }
  }

  #take(work: LeasedWork): void {
    const taken = work.take().catch(async (error: unknown) => {
      this.#options.onFailure(`${work.name} could not be taken over: ${messageOf(error)}`)
      this.#held.delete(work.name)
      this.#released.add(work.name)
    })
    this.#held.set(work.name, taken)
  }

  #handOver(name: string): void {
    const work = this.#works.get(name)
    if (work) void this.#giveUp(work)
  }

  /** Trap: it counts as held until the work has ended, and as released only then. */
  async #giveUp(work: LeasedWork): Promise<void> {
    const taken = this.#held.get(work.name)
    if (!taken || this.#giving.has(work.name)) return taken
    this.#giving.add(work.name)
    const given = taken
      .then(() => work.give())
      .catch((error: unknown) => {
        this.#options.onFailure(`${work.name} did not end well: ${messageOf(error)}`)
      })
    this.#held.set(work.name, given)
    await given
    this.#giving.delete(work.name)
    this.#held.delete(work.name)
    this.#released.add(work.name)
  }

  async #read(): Promise<Found> {
    const answers = await this.#options.store.snapshot([
      { kind: 'get', view: leasesView, key: replicasKey },
      { kind: 'get', view: leasesView, key: holdersKey },
    ])
    return { replicas: storedIn(answers[0]), holders: storedIn(answers[1]) }
  }

  /** Writes what differs; false when another replica was first. */
  async #write(found: Found, change: (table: LeaseTable) => LeaseTable): Promise<boolean> {
    const { clock, group } = this.#options
    const next = change({ replicas: found.replicas.value, holders: found.holders.value })
    const first = Number.parseInt(clock.newId().slice(-12), 16) + 1
    const documents = [
      documentOf({ key: replicasKey, before: found.replicas, after: next.replicas, first }),
      documentOf({ key: holdersKey, before: found.holders, after: next.holders, first }),
    ].filter((each) => each !== undefined)
    if (documents.length === 0) return true
    const settled = await new Promise<Settled>((resolve) => group.submit({ documents }, resolve))
    if (settled.kind === 'failed') throw settled.error
    return settled.kind === 'committed'
  }
}

/** The table without a replica. */
function leaving(me: string): (table: LeaseTable) => LeaseTable {
  return ({ replicas, holders }) => ({
    replicas: Object.fromEntries(Object.entries(replicas).filter(([replica]) => replica !== me)),
    holders: Object.fromEntries(Object.entries(holders).filter(([, holder]) => holder !== me)),
  })
}

function storedIn<T extends Replicas | Holders>(answer: SnapshotAnswer | undefined): Stored<T> {
  const found = answer?.kind === 'documents' ? answer.documents[0] : undefined
  // Why the cast: this file alone writes these documents.
  return { version: found?.version ?? 0, value: JSON.parse(found?.value ?? '{}') as T }
}

interface Written {
  readonly key: string
  readonly before: Stored<Replicas | Holders>
  readonly after: Replicas | Holders
  /** The version that it gets when nobody has written it. */
  readonly first: number
}

/** What has to be written; nothing when the same stands there. */
function documentOf({ key, before, after, first }: Written): DocumentWrite | undefined {
  const value = textOf(after)
  if (before.version > 0 && textOf(before.value) === value) return undefined
  const write = { view: leasesView, key, expected: before.version, value }
  return before.version === 0 ? { ...write, first } : write
}

/** Replicas name the same things in different orders. */
function textOf(value: Replicas | Holders): string {
  const sorted = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1))
  return JSON.stringify(Object.fromEntries(sorted))
}

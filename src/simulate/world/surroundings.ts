import type { MessageBatch } from '../../messaging/broker.port.ts'
import type { FaultPlan } from '../faults/plan.ts'
import type { Chance, Chances } from './chance.ts'
import type { Ledger } from './ledger.ts'
import type { Story } from './story.ts'
import type { Owner, Scheduler } from './scheduler.ts'

/** A process, as the parts of the world see it. */
export interface ProcessOwner extends Owner {
  readonly services: readonly string[]
  /** Ends the process here and now. */
  crash(reason: string): void
  /** How far its clock is from the time of the world, in milliseconds. */
  readonly skewMs: number
  /** The farthest that it was ahead in this life. */
  readonly skewMaxMs: number
}

/** What all parts of a world share. */
export interface Surroundings {
  readonly scheduler: Scheduler
  readonly chances: Chances
  readonly delay: DrawDelay
  readonly faults: FaultPlan
  readonly ledger: Ledger
  readonly story: Story
  /** A number that was not given before. */
  nextNumber(): number
  readonly observe: Observers
  /** How much of each delay and outage is left, between 0 and 1. */
  readonly calm: number
  /** Whether the clocks of processes may differ. */
  readonly hasSkew: boolean
  /** Whether something between a process and its broker or store is cut now. */
  readonly cuts: Cuts
}

/** Who looks at what passes. */
export interface Observers {
  /** Messages that reach the broker. */
  published(batch: MessageBatch): void
}

/** The lines that are cut now. */
export interface Cuts {
  /** Until when nothing goes from the process to there; 0: it goes. */
  until(process: string, line: Line): number
}

export type Line = 'to broker' | 'from broker' | 'to store'

/** How long a request takes in a quiet world, in milliseconds: at least, and at most. */
export const quietMs = {
  store: [0.05, 0.6],
  broker: [0.1, 1.5],
  call: [0.2, 2],
  port: [1, 20],
} as const

/** How long somebody waits for an answer that does not come, in milliseconds. */
export const patienceMs = 4_000

export type DelayKind = keyof typeof quietMs

/** Draws how long something takes at a place, in milliseconds. */
export type DrawDelay = (kind: DelayKind, place: string) => number

/** Prepares the delays of a world: each place has a sequence of its own. */
export function createDelays(chances: Chances, calm: number): DrawDelay {
  const known: Record<DelayKind, Map<string, Chance>> = {
    store: new Map(),
    broker: new Map(),
    call: new Map(),
    port: new Map(),
  }
  return (kind, place) => {
    let chance = known[kind].get(place)
    if (chance === undefined) {
      chance = chances.of(`delay ${kind} ${place}`)
      known[kind].set(place, chance)
    }
    const [low, high] = quietMs[kind]
    return (low + (high - low) * chance.next()) * calm
  }
}

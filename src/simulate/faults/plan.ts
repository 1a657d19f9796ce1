// Which faults a world has, and how strong: drawn first from the seed, so that each world is another sort of bad world.
// Source: Groce et al., "Swarm Testing" (ISSTA 2012).
import type { Chance, Chances } from '../world/chance.ts'
import {
  type EpisodeFaultName,
  episodeFaults,
  type FaultName,
  type PointFaultName,
  pointFaults,
} from './catalogue.ts'

/** A fault that has struck, or will. */
export interface FaultInstance {
  /** Names it in every run of the seed: `kind @ place # number`. */
  readonly id: string
  readonly kind: FaultName
  readonly place: string
  /** For what has an end: how long it lasts, in milliseconds. */
  readonly lastsMs?: number
}

export interface Episode extends FaultInstance {
  readonly kind: EpisodeFaultName
  /** From the start of the faults, in milliseconds. */
  readonly afterMs: number
  readonly lastsMs: number
  /** Between 0 and 1: what the fault makes of it. */
  readonly strength: number
}

export interface FaultPlan {
  /** How likely each fault is at an occasion; 0 or absent: it is not in this world. */
  readonly strengths: Readonly<Partial<Record<FaultName, number>>>
  /** All that are drawn, whether they may strike or not: what is left out of a case keeps its place in the order. */
  readonly episodes: readonly Episode[]
  /** Draws whether a fault strikes here and now: as likely as it is in this world, times `share`; 1 without it. */
  strikes(kind: PointFaultName, place: string, share?: number): boolean
  /** Whether an episode begins now, at its time; notes it. */
  begins(episode: Episode): boolean
  /** What has struck so far, in order. */
  readonly struck: readonly FaultInstance[]
  /** From now on things may fail. */
  begin(): void
  /** From now on nothing fails. */
  end(): void
}

export interface FaultPlanOptions {
  readonly chances: Chances
  /** What can be hit: the processes, and the services. */
  readonly processes: readonly string[]
  readonly services: readonly string[]
  readonly durationMs: number
  /** Faults that may be in the world: all without it. */
  readonly kinds?: readonly FaultName[] | undefined
  /** These instances strike, and no others. */
  readonly only?: ReadonlySet<string> | undefined
  readonly onStrike: (fault: FaultInstance) => void
  /** Told of each occasion at which a fault could strike, by the id that it would have. */
  readonly onOccasion?: ((id: string) => void) | undefined
  /** How much of each outage is left, between 0 and 1. */
  readonly calm: number
}

/** A place where a fault can strike, and how often it could have. */
interface Site {
  readonly name: string
  readonly chance: Chance
  times: number
}

/** How likely a fault of weight 1 is at an occasion: a world has each fault at one of these strengths, or not. */
const probabilities = [0.002, 0.01, 0.04] as const

/** Draws the plan of a seed. */
export function drawFaultPlan(options: FaultPlanOptions): FaultPlan {
  const { chances, only, onStrike, onOccasion } = options
  const strengths = drawStrengths(options)
  const struck: FaultInstance[] = []
  const sites = new Map<PointFaultName, Map<string, Site>>()
  let isOn = false

  const siteOf = (kind: PointFaultName, place: string): Site => {
    const places = sites.get(kind) ?? new Map<string, Site>()
    sites.set(kind, places)
    const known = places.get(place)
    if (known) return known
    const name = `${kind} @ ${place}`
    const fresh = { name, chance: chances.of(name), times: 0 }
    places.set(place, fresh)
    return fresh
  }

  // What is asked for by name strikes in any world, also where the seed has no such fault.
  const probabilityOf = (kind: PointFaultName): number => (only ? 1 : (strengths[kind] ?? 0))
  const isAsked = (id: string): boolean => only?.has(id) !== false

  const note = (fault: FaultInstance): void => {
    struck.push(fault)
    onStrike(fault)
  }

  return {
    strengths,
    episodes: drawEpisodes(options, strengths),
    struck,
    strikes(kind, place, share = 1) {
      const probability = probabilityOf(kind)
      if (!isOn || probability === 0) return false
      const site = siteOf(kind, place)
      site.times += 1
      const isDrawn = only ? undefined : site.chance.happens(probability * share)
      // Why before its name is made: this is asked several times in each step, and nearly always answered with no.
      if (isDrawn === false && !onOccasion) return false
      const id = `${site.name} # ${site.times}`
      onOccasion?.(id)
      const isHit = isDrawn ?? isAsked(id)
      if (isHit) note({ id, kind, place })
      return isHit
    },
    begins(episode) {
      if (!isOn || !isAsked(episode.id)) return false
      note(episode)
      return true
    },
    begin() {
      isOn = true
    },
    end() {
      isOn = false
    },
  }
}

function drawStrengths({ chances, kinds }: FaultPlanOptions): FaultPlan['strengths'] {
  const chance = chances.of('swarm')
  const strengths: Partial<Record<FaultName, number>> = {}
  const isCalm = chance.happens(0.05)
  const draw = (kind: FaultName, weight: number): void => {
    const isOn = chance.happens(0.5)
    const probability = chance.pick(probabilities) * weight
    if (isOn && !isCalm && (!kinds || kinds.includes(kind))) strengths[kind] = probability
  }
  // Why the casts: these are the keys of the tables.
  for (const [kind, { weight }] of Object.entries(pointFaults)) draw(kind as FaultName, weight)
  for (const kind of Object.keys(episodeFaults)) draw(kind as FaultName, 1)
  return strengths
}

function drawEpisodes(
  { chances, processes, services, durationMs, calm }: FaultPlanOptions,
  strengths: FaultPlan['strengths'],
): readonly Episode[] {
  const episodes: Episode[] = []
  for (const [name, { timesMax, lastsMsMax, group }] of Object.entries(episodeFaults)) {
    // Why the cast: these are the keys of the table.
    const kind = name as EpisodeFaultName
    if (!strengths[kind]) continue
    const chance = chances.of(`episodes ${kind}`)
    const isOfService = group === 'broker' || kind === 'store read-only' || kind === 'store crawls'
    const times = chance.between(1, timesMax)
    for (let number = 1; number <= times; number += 1) {
      const place = chance.pick(isOfService ? services : processes) ?? ''
      const afterMs = chance.between(0, durationMs)
      const lastsMs = Math.ceil(lastsMsMax * calm * chance.next() ** 2)
      const id = `${kind} @ ${place} # ${number}`
      episodes.push({ id, kind, place, afterMs, lastsMs, strength: chance.next() })
    }
  }
  return episodes.toSorted((one, other) => one.afterMs - other.afterMs)
}

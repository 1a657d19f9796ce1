// Worlds that have reached something that none had before, and new worlds made of them: the faults of one with the load
// of another, in the order of a third.
// Source: Böhme et al., "Coverage-based Greybox Fuzzing as Markov Chain" (CCS 2016), for keeping what is new.
import { DureError, messageOf } from '../../language/errors.ts'
import { type Chance, createChance } from '../world/chance.ts'
import type { WorldCase } from '../world/world-result.ts'
import type { NumberedWorld } from './batch.ts'
import { isWorldCase } from './world-case.ts'

/** A world that is kept, and what it was the first to reach. */
export interface KeptWorld {
  readonly world: WorldCase
  readonly marks: readonly string[]
}

export interface CorpusFile {
  readonly format: 1
  readonly scenario: string
  /** The first seed that has not been run yet. */
  readonly nextSeed: number
  readonly worlds: readonly KeptWorld[]
}

export interface Corpus {
  readonly size: number
  /** Keeps a world when it has reached something new; says what that was. */
  learn(world: WorldCase, marks: readonly string[]): readonly string[]
  /** A world made of kept ones; undefined while there are too few. */
  mutate(chance: Chance): WorldCase | undefined
  encode(nextSeed: number): string
}

/** Worlds that a corpus keeps: of more, those go that were first with the least. */
export const keptWorldsMax = 1_000
/** Share of the runs of a search that are spent on mutations. */
export const mutationShare = 0.3

/** Opens a corpus with what was kept before. */
export function openCorpus(scenario: string, kept: readonly KeptWorld[] = []): Corpus {
  let worlds = kept.slice(0, keptWorldsMax)
  const known = new Set(worlds.flatMap(({ marks }) => marks))
  return {
    get size() {
      return worlds.length
    },
    learn(world, marks) {
      const fresh = marks.filter((mark) => !known.has(mark))
      if (fresh.length === 0) return fresh
      for (const mark of fresh) known.add(mark)
      worlds.push({ world, marks: fresh })
      if (worlds.length > keptWorldsMax) worlds = withoutPoorest(worlds)
      return fresh
    },
    mutate: (chance) => mutateOne(chance, worlds),
    encode: (nextSeed) => {
      const file: CorpusFile = { format: 1, scenario, nextSeed, worlds }
      return `${JSON.stringify(file, null, 1)}\n`
    },
  }
}

function withoutPoorest(worlds: readonly KeptWorld[]): KeptWorld[] {
  const poorest = worlds.reduce((one, other) =>
    other.marks.length < one.marks.length ? other : one,
  )
  return worlds.filter((each) => each !== poorest)
}

function mutateOne(chance: Chance, worlds: readonly KeptWorld[]): WorldCase | undefined {
  const [one, other] = [chance.pick(worlds)?.world, chance.pick(worlds)?.world]
  if (!one || !other || worlds.length < 2) return undefined
  const loadSeed = one.loadSeed ?? one.seed
  const faultSeed = one.faultSeed ?? one.seed
  const { seed } = one
  return chance.pick([
    { seed, loadSeed: other.loadSeed ?? other.seed, faultSeed },
    { seed, loadSeed, faultSeed: other.faultSeed ?? other.seed },
    { seed: other.seed, loadSeed, faultSeed },
    { seed: chance.between(1, 0x7fff_ffff), loadSeed, faultSeed },
  ] as const)
}

/** Reads a corpus. @throws `SIMULATE_CORPUS_INVALID` when the text is none, or one of another scenario. */
export function parseCorpus(scenario: string, text: string): CorpusFile {
  const found = parseJson(text)
  if (!isCorpus(found)) {
    throw new DureError(
      'SIMULATE_CORPUS_INVALID',
      'This is no corpus of "dure simulate". Name another file, or delete it.',
    )
  }
  if (found.scenario !== scenario) {
    throw new DureError(
      'SIMULATE_CORPUS_INVALID',
      `This is the corpus of scenario "${found.scenario}", not of "${scenario}". Name another file.`,
    )
  }
  return { ...found, worlds: found.worlds.map(readKept) }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new DureError('SIMULATE_CORPUS_INVALID', `A corpus is JSON: ${messageOf(error)}.`, {
      cause: error,
    })
  }
}

/** A corpus whose worlds have not been looked at. */
interface CorpusFrame extends Omit<CorpusFile, 'worlds'> {
  readonly worlds: readonly unknown[]
}

function isCorpus(value: unknown): value is CorpusFrame {
  // Why the cast: each field is looked at before it is believed.
  const { format, scenario, nextSeed, worlds } = (value ?? {}) as Partial<CorpusFrame>
  const isNamed = format === 1 && typeof scenario === 'string'
  return isNamed && isSeed(nextSeed) && Array.isArray(worlds)
}

function isSeed(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) > 0
}

function readKept(value: unknown, index: number): KeptWorld {
  // Why the cast: each field is looked at before it is believed.
  const { world, marks } = (value ?? {}) as Partial<Record<keyof KeptWorld, unknown>>
  const isMarked = Array.isArray(marks) && marks.every((mark) => typeof mark === 'string')
  if (isWorldCase(world) && isMarked) return { world, marks }
  const wrong = isMarked ? '"world" is none as a report gives it' : '"marks" is no list of texts'
  throw new DureError(
    'SIMULATE_CORPUS_INVALID',
    `Entry ${index + 1} of "worlds" is not usable: ${wrong}. Take it out, or delete the file.`,
    { details: { entry: index + 1 } },
  )
}

export interface SearchPlan {
  readonly from: number
  /** Worlds at most. */
  readonly count: number
  /** Whose worlds are mutated; without it only seeds are run, one after the other. */
  readonly corpus?: Corpus | undefined
}

export interface SearchedWorlds {
  readonly worlds: IterableIterator<NumberedWorld>
  /** The first seed that was not given out. */
  readonly nextSeed: number
}

/** The worlds of a search: seeds in their order, and between them mutations of what the corpus holds by then. */
export function searchWorlds({ from, count, corpus }: SearchPlan): SearchedWorlds {
  const chance = createChance(from)
  let nextSeed = from
  const next = (): WorldCase => {
    const isMutation = corpus !== undefined && chance.happens(mutationShare)
    const mutated = isMutation ? corpus.mutate(chance) : undefined
    if (mutated) return mutated
    nextSeed += 1
    return { seed: nextSeed - 1 }
  }
  function* worlds(): Generator<NumberedWorld> {
    for (let number = 0; number < count; number += 1) yield { number, world: next() }
  }
  return {
    worlds: worlds(),
    get nextSeed() {
      return nextSeed
    },
  }
}

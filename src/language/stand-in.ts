// A stand-in takes the place of data that nobody has: any property of it exists, any method of it can be called,
// it counts, spreads and prints. Functions of a definition are pure, so they can be run on stand-ins to see which
// messages they make. What they compute is meaningless; which contract function they call is not.

import { DureError } from './errors.ts'

export interface StandInMood {
  /** How long every list is; also the value of every number. */
  readonly count: 0 | 1
  /** What `includes`, `has`, `some` and the like answer, and whether properties of one object equal each other. */
  readonly truth: boolean
  /** Properties with a value of their own, by name. */
  readonly fixed: ReadonlyMap<string, unknown>
}

/** Looks that one run may take at stand-ins: a loop that waits for an empty list ends here. */
const looksMax = 10_000

/** Makes a stand-in. It throws once it was looked at more often than any sensible function does. */
export function createStandIn(mood: StandInMood): unknown {
  const looks = { left: looksMax }
  return standIn(mood, looks)
}

interface Looks {
  left: number
}

const target = (): void => undefined

function standIn(mood: StandInMood, looks: Looks): unknown {
  const self: unknown = new Proxy(target, {
    get: (_, property) => {
      spend(looks)
      if (typeof property === 'symbol') return symbolValue(mood, property, next)
      if (mood.fixed.has(property)) return mood.fixed.get(property)
      const method = methods.get(property)
      return method ? method({ mood, next }) : next()
    },
    apply: () => {
      spend(looks)
      return next()
    },
    has: () => mood.truth,
    ownKeys: () => [],
    getOwnPropertyDescriptor: () => undefined,
    set: () => true,
  })
  const next = (): unknown => (mood.truth ? self : standIn(mood, looks))
  return self
}

function spend(looks: Looks): void {
  looks.left -= 1
  if (looks.left < 0)
    throw new DureError('INTERNAL_DEFECT', 'A function looked at made-up data without end.')
}

function symbolValue(mood: StandInMood, property: symbol, next: () => unknown): unknown {
  if (property === Symbol.toPrimitive) {
    return (hint: string) => (hint === 'string' ? String(mood.count) : mood.count)
  }
  if (property !== Symbol.iterator) return undefined
  return function* items() {
    for (let item = 0; item < mood.count; item += 1) yield next()
  }
}

interface Around {
  readonly mood: StandInMood
  readonly next: () => unknown
}

type Callback = (...values: readonly unknown[]) => unknown

const items = ({ mood, next }: Around): unknown[] => Array.from({ length: mood.count }, next)
const answer =
  ({ mood }: Around): Callback =>
  () =>
    mood.truth
const asked =
  (around: Around) =>
  (callback: Callback): boolean => {
    for (const item of items(around)) callback(item, 0)
    return around.mood.truth
  }

const visit =
  (around: Around) =>
  (callback: Callback): void =>
    void asked(around)(callback)
const count = ({ mood }: Around): number => mood.count
const number = (around: Around) => () => around.mood.count
const text = (around: Around) => () => String(around.mood.count)
const list = (around: Around) => () => items(around)
const pairs = (around: Around) => () => items(around).map((item) => [item, item])
const map = (around: Around) => (callback: Callback) =>
  items(around).map((item) => callback(item, 0))
const flatMap = (around: Around) => (callback: Callback) => map(around)(callback).flat()
const reduce = (around: Around) => (callback: Callback, first: unknown) =>
  items(around).reduce((sum, item) => callback(sum, item, 0), first)
const filter = (around: Around) => (callback: Callback) => {
  visit(around)(callback)
  return items(around)
}
// Without it `await` on a stand-in would call it and wait for ever.
const nothing = (): undefined => undefined

/** Properties that have to act like those of lists and text, so that callbacks run and loops end. */
const methods = new Map<string, (around: Around) => unknown>([
  ['then', nothing],
  ['toJSON', number],
  ['toString', text],
  ['valueOf', number],
  ['length', count],
  ['size', count],
  ['map', map],
  ['flatMap', flatMap],
  ['filter', filter],
  ['forEach', visit],
  ['reduce', reduce],
  ['some', asked],
  ['every', asked],
  ['includes', answer],
  ['has', answer],
  ['startsWith', answer],
  ['endsWith', answer],
  ['entries', pairs],
  ['keys', list],
  ['values', list],
])

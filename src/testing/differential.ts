import assert from 'node:assert/strict'
import type { Store, StoreProvider, Verdict } from '../log/store.port.ts'
import { createChances } from '../simulate/world/chance.ts'
import { drawBatch } from './differential/draw-commit.ts'
import { type DrawnRead, drawReads, readsOfAll } from './differential/draw-reads.ts'

export interface DifferentialOptions {
  /** What the run is drawn from: the same seed gives the same run. */
  readonly seed: number
  /** Into how many partitions the log is divided; the seed draws one to four without it. */
  readonly partitions?: number
  /** How often something is done; 12 times without it. */
  readonly steps?: number
  /** The command that runs this seed again: what fails says it. */
  readonly replay?: string
}

/** How often each verdict came: a conflict with what it was on. */
export type VerdictCounts = ReadonlyMap<string, number>

const service = 'stock'

/**
 * Gives two stores the same commits, drawn from a seed, and asks them the same questions: they must answer the same.
 *
 * Stores are closed and opened again, and erased, in between. Both providers have to be without this service's store
 * before, and are so after.
 *
 * @throws `AssertionError` at the first difference, with the seed, the step and the command that replays it.
 */
export async function differential(
  model: StoreProvider,
  other: StoreProvider,
  options: DifferentialOptions,
): Promise<VerdictCounts> {
  const { seed, steps = 12 } = options
  const chances = createChances(seed)
  const chance = chances.of('differential')
  const partitions = options.partitions ?? chances.of('partitions').between(1, 4)
  const counts = new Map<string, number>()
  const ask = chances.of('reads')
  let pair = await openBoth([model, other], partitions)

  for (let step = 1; step <= steps; step += 1) {
    const compare = createComparison(pair, { ...options, step, partitions })
    const kind = chance.next()
    if (kind < 0.12)
      pair = await reopen([model, other], pair, { partitions, isErased: kind < 0.02 })
    else {
      const batch = await drawBatch({ chance, model: pair[0], partitions })
      const verdicts = await compare({ name: 'commit', ask: (store) => store.commit(batch) })
      for (const verdict of verdicts as readonly Verdict[]) count(counts, verdict)
    }
    const after = createComparison(pair, { ...options, step, partitions })
    for (const read of drawReads(ask, partitions)) await after(read)
    for (const read of readsOfAll(partitions)) await after(read)
  }
  await closeBoth(pair)
  await Promise.all([model.erase(service), other.erase(service)])
  return counts
}

type Pair = readonly [model: Store, other: Store]
type Providers = readonly [model: StoreProvider, other: StoreProvider]

async function openBoth([model, other]: Providers, partitions: number): Promise<Pair> {
  return [await model.open(service, { partitions }), await other.open(service, { partitions })]
}

async function closeBoth(pair: Pair): Promise<void> {
  for (const store of pair) await store[Symbol.asyncDispose]()
}

async function reopen(
  providers: Providers,
  pair: Pair,
  { partitions, isErased }: { readonly partitions: number; readonly isErased: boolean },
): Promise<Pair> {
  await closeBoth(pair)
  if (isErased) for (const provider of providers) await provider.erase(service)
  return openBoth(providers, partitions)
}

interface Where extends DifferentialOptions {
  readonly step: number
  readonly partitions: number
}

/** Asks both and compares; gives what the model has answered. */
function createComparison(
  [model, other]: Pair,
  { seed, step, partitions, replay }: Where,
): (read: DrawnRead) => Promise<unknown> {
  return async ({ name, ask }) => {
    const expected = await ask(model)
    const actual = await ask(other)
    const where = `Seed ${seed}, ${partitions} ${partitions === 1 ? 'partition' : 'partitions'}, step ${step}: "${name}" differs.`
    const how = replay === undefined ? where : `${where}\nReplay it: ${replay}`
    try {
      assert.deepEqual(actual, expected)
    } catch (error) {
      const text = error instanceof Error ? error.message : ''
      throw new assert.AssertionError({ message: `${how}\n${text}`, actual, expected })
    }
    return expected
  }
}

function count(counts: Map<string, number>, verdict: Verdict): void {
  const kind = verdict.kind === 'conflict' ? `conflict ${verdict.on}` : verdict.kind
  counts.set(kind, (counts.get(kind) ?? 0) + 1)
}

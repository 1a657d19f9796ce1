// Two services that can tell the order of what they are told: the source counts for each key, the ledger notes what
// was counted, once by a policy and once in a view. For each key there has to be 1, 2, 3, ... and nothing else, so
// whatever is lost, repeated or reordered on the way is seen.
import { z } from 'zod'
import { memoryBroker } from '../../src/adapters/memory/broker.ts'
import { type VirtualClock, virtualClock } from '../../src/adapters/memory/clock.ts'
import { aggregate, contract, policy, type System, service, system, view } from '../../src/index.ts'
import type { StoreProvider } from '../../src/log/store.port.ts'
import type { Broker } from '../../src/messaging/broker.port.ts'
import type { RunningSystem } from '../../src/runtime/running-system.port.ts'
import { startSystem } from '../../src/runtime/start-system.ts'
import { untilIdle } from '../../src/testing/until-idle.ts'

const Key = z.object({ key: z.string() })
const Count = z.object({ key: z.string(), n: z.int() })

export const Source = contract('source', {
  commands: { count: { input: Key } },
  events: { Counted: Count },
})

const Counter = aggregate(Source, 'counter', {
  key: ({ key }) => key,
  initial: () => ({ n: 0 }),
  decide: { count: (counter, { key }) => Source.Counted({ key, n: counter.n + 1 }) },
  evolve: { Counted: (_counter, { n }) => ({ n }) },
})

export const Ledger = contract('ledger', {
  commands: { note: { input: Count } },
  events: { Noted: Count },
  queries: { seen: { input: Key, output: z.object({ numbers: z.array(z.int()) }) } },
})

const Page = aggregate(Ledger, 'page', {
  key: ({ key }) => key,
  initial: () => ({ noted: 0 }),
  decide: { note: (_page, count) => Ledger.Noted(count) },
  evolve: { Noted: (page) => ({ noted: page.noted + 1 }) },
})

const Seen = view('seen', { document: z.object({ numbers: z.array(z.int()) }) }).on(
  Source.Counted,
  {
    key: ({ key }) => key,
    evolve: (seen, { n }) => ({ numbers: [...(seen?.numbers ?? []), n] }),
  },
)

/** What cannot be noted: `key/n`. Whoever takes something out has mended it. */
export type Poison = Set<string>

/** The system of both, on which nothing is told of what cannot be noted. */
export function ledgerSystem(poison: Poison = new Set()): System {
  const copy = policy('copy').on(Source.Counted, (count) => {
    if (poison.has(`${count.key}/${count.n}`)) throw new TypeError('a bug in a policy')
    return Ledger.note(count)
  })
  const ledger = service(Ledger, {
    aggregates: [Page],
    policies: [copy],
    views: [Seen],
    queries: { seen: async ({ key }, { read }) => (await read.get(Seen, key)) ?? { numbers: [] } },
  })
  return system('ledgers', { services: [service(Source, { aggregates: [Counter] }), ledger] })
}

export interface LedgerOptions {
  readonly stores: StoreProvider
  readonly wrapBroker?: (broker: Broker) => Broker
  readonly poison?: Poison
  readonly startMs?: number
}

/** One life of the process. */
export interface LedgerLife {
  readonly running: RunningSystem
  readonly clock: VirtualClock
}

export async function startLedger(options: LedgerOptions): Promise<LedgerLife> {
  const { stores, poison = new Set(), startMs, wrapBroker } = options
  const clock = virtualClock(startMs === undefined ? {} : { startMs })
  const inner = memoryBroker({ clock })
  const broker = wrapBroker?.(inner) ?? inner
  return { clock, running: await startSystem(ledgerSystem(poison), { stores, broker, clock }) }
}

export const ledgerKeys = ['a', 'b', 'c'] as const

/** Who counts: each command under an id of its own, again when it was not answered. */
export interface Teller {
  /** Counts each key up to a number, one command after the other. */
  countTo(life: LedgerLife, times: number): Promise<void>
  readonly counted: ReadonlyMap<string, number>
}

/** Creates a teller of some keys. */
export function teller(keys: readonly string[] = ledgerKeys): Teller {
  const counted = new Map(keys.map((key) => [key, 0]))
  return {
    counted,
    async countTo({ running, clock }, times) {
      for (let n = 1; n <= times; n += 1) {
        for (const key of keys) {
          if ((counted.get(key) ?? 0) >= n) continue
          const answer = running.execute(Source.count({ key }), { id: `${key}/${n}` })
          void answer.then(
            () => counted.set(key, n),
            () => undefined,
          )
          await clock.advance(1)
        }
      }
    },
  }
}

/** Lets a system finish what it has to do. What it never finishes is the business of the judge. */
export async function settleLedger({ running, clock }: LedgerLife): Promise<void> {
  await untilIdle(running, clock, 30_000).catch(() => undefined)
}

/** What is wrong with a ledger that was told to count so far. Empty: nothing. */
export async function judgeLedger(
  { running }: LedgerLife,
  stores: StoreProvider,
  counted: ReadonlyMap<string, number>,
): Promise<readonly string[]> {
  const problems: string[] = []
  const seen = new Map<string, readonly number[]>()
  for (const key of counted.keys()) {
    const answer = await running.query(Ledger.seen({ key }))
    if (answer.ok) seen.set(key, (answer.output as { numbers: number[] }).numbers)
  }
  await running.stop()
  const logs = [await numbersOf(stores, 'source'), await numbersOf(stores, 'ledger')]
  const all = { counted: logs[0], noted: logs[1], seen }
  for (const [what, numbers] of Object.entries(all)) {
    for (const [key, times] of counted) {
      problems.push(...judgeNumbers(`${key} as ${what}`, numbers?.get(key) ?? [], times))
    }
  }
  return problems
}

/** What the events of a log say, by key, in the order of the log. */
export async function numbersOf(
  stores: StoreProvider,
  service: string,
): Promise<ReadonlyMap<string, readonly number[]>> {
  await using store = await stores.open(service, { partitions: 1 })
  const numbers = new Map<string, number[]>()
  for (const { kind, data } of await store.read({ partition: 0, after: 0, limit: 100_000 })) {
    if (kind !== 'event') continue
    // Why the cast: every event of these services is a count.
    const { key, n } = JSON.parse(data) as { key: string; n: number }
    numbers.set(key, [...(numbers.get(key) ?? []), n])
  }
  return numbers
}

/** Judges that numbers are 1, 2, 3, ... up to the last one. */
export function judgeNumbers(
  what: string,
  numbers: readonly number[],
  last: number,
): readonly string[] {
  const problems: string[] = []
  for (let n = 1; n <= last; n += 1) {
    const times = numbers.filter((each) => each === n).length
    if (times === 0) problems.push(`${what} skips ${n}`)
    if (times > 1) problems.push(`${what} repeats ${n}`)
  }
  for (const [index, n] of numbers.entries()) {
    const before = numbers[index - 1] ?? 0
    if (n < before) problems.push(`${what} has ${n} after ${before}`)
    if (n > last) problems.push(`${what} has ${n}, which nobody counted`)
  }
  return problems
}

/** Counts, lets everything be noted, and judges. */
export async function liveLedger(
  options: LedgerOptions,
  times: number = 20,
): Promise<readonly string[]> {
  const life = await startLedger(options)
  const counting = teller()
  await counting.countTo(life, times)
  await settleLedger(life)
  return judgeLedger(life, options.stores, counting.counted)
}

// A source counts for each key, a router passes each number on with a policy, and a ledger notes it: some numbers at
// once, others after it has asked an auditor. What is lost, repeated or reordered on the way is seen.
import { z } from 'zod'
import {
  aggregate,
  bind,
  contract,
  DureError,
  type PortAdapter,
  policy,
  port,
  type System,
  service,
  system,
  view,
} from '../../src/index.ts'
import { action, type Scenario, scenario } from '../../src/simulate/scenario.ts'

const Key = z.object({ key: z.string() })
const Count = z.object({ key: z.string(), n: z.int() })

const Source = contract('source', {
  commands: { count: { input: Key } },
  events: { Counted: Count },
})

const Counter = aggregate(Source, 'counter', {
  key: ({ key }) => key,
  initial: () => ({ n: 0 }),
  decide: { count: (counter, { key }) => Source.Counted({ key, n: counter.n + 1 }) },
  evolve: { Counted: (_counter, { n }) => ({ n }) },
})

const Auditor = port('auditor', { check: { input: Count, output: z.object({}) } })

const Ledger = contract('ledger', {
  commands: { note: { input: Count }, check: { input: Count } },
  events: { Noted: Count },
})

const Page = aggregate(Ledger, 'page', {
  key: ({ key }) => key,
  initial: () => ({ noted: 0 }),
  prepare: { check: (count, { use }) => use(Auditor).check(count) },
  decide: {
    note: (_page, count) => Ledger.Noted(count),
    check: (_page, count) => Ledger.Noted(count),
  },
  evolve: { Noted: (page) => ({ noted: page.noted + 1 }) },
})

const Seen = view('seen', { document: z.object({ numbers: z.array(z.int()) }) }).on(Ledger.Noted, {
  key: ({ key }) => key,
  evolve: (seen, { n }) => ({ numbers: [...(seen?.numbers ?? []), n] }),
})

const Router = contract('router', {})

export interface CountingOptions {
  /** Numbers that the router cannot pass on. */
  readonly poison?: readonly number[]
  /** How often it fails at each of them; for ever without it. */
  readonly failures?: number
  /** Every which number is audited; 0: none. */
  readonly audited?: number
  /** Whether the auditor refuses each number at first. */
  readonly isBusy?: boolean
}

/** An auditor that may have no time for a number when it sees it first. */
function auditor(isBusy: boolean): PortAdapter<typeof Auditor> {
  const seen = new Set<string>()
  return {
    async check({ key, n }) {
      const isNew = !seen.has(`${key}/${n}`)
      seen.add(`${key}/${n}`)
      if (isBusy && isNew) throw new DureError('COMMAND_PREPARE_FAILED', 'Try again later.')
      return {}
    },
  }
}

function counting({ poison = [], failures, audited = 0, isBusy = false }: CountingOptions): System {
  const failed = new Map<string, number>()
  const fails = ({ key, n }: { readonly key: string; readonly n: number }): boolean => {
    if (!poison.includes(n)) return false
    const times = failed.get(`${key}/${n}`) ?? 0
    failed.set(`${key}/${n}`, times + 1)
    return times < (failures ?? Number.POSITIVE_INFINITY)
  }
  const route = policy('route').on(Source.Counted, (count) => {
    if (fails(count)) throw new TypeError('a bug in a policy')
    return audited > 0 && count.n % audited === 0 ? Ledger.check(count) : Ledger.note(count)
  })
  return system('counting', {
    services: [
      service(Source, { aggregates: [Counter] }),
      service(Router, { policies: [route] }),
      service(Ledger, { aggregates: [Page], views: [Seen], ports: [Auditor] }),
    ],
    adapters: [bind(Auditor, auditor(isBusy))],
  })
}

/** Clients that count two keys. */
export function countingScenario(options: CountingOptions = {}): Scenario {
  return scenario('counting', {
    system: () => counting(options),
    count: 30,
    mayPark: (options.poison ?? []).length > 0,
    actions: [
      action('count', async (client) => {
        await client.insist(Source.count({ key: client.pick(['a', 'b']) }))
      }),
    ],
  })
}

// A saga with all that the language has beside a list and branches: a choice, sagas inside it before and after its pivot,
// and steps that are sent again while somebody is busy. What becomes of an instance is part of its input.
import { z } from 'zod'
import {
  aggregate,
  choreographed,
  contract,
  orchestrated,
  type Saga,
  saga,
  type Service,
  service,
  type System,
  system,
} from '../../src/index.ts'
import type { Facts } from '../../src/simulate/invariants/facts.ts'
import { action, atEnd, type Scenario, scenario } from '../../src/simulate/scenario.ts'
import type { Style } from './small-saga.ts'

const ways = ['card', 'papers', 'nothing'] as const

const Request = z.object({
  id: z.string(),
  way: z.enum(ways),
  refused: z.array(z.string()),
  /** When those who are busy have time again, in milliseconds since 1970 UTC. */
  freeAtMs: z.number(),
})
type Request = z.infer<typeof Request>
const Work = z.object({ id: z.string(), step: z.string(), no: z.boolean(), freeAtMs: z.number() })
const Done = z.object({ id: z.string(), step: z.string() })

/** Why no name in the type: the offices are of one type, so that they can be told apart by a value. */
function office(name: string) {
  return contract(name, {
    commands: {
      work: { input: Work, output: Done, rejects: { No: z.object({}), Busy: z.object({}) } },
      finish: { input: Done, output: Done },
      undo: { input: Done },
    },
    events: { Worked: Done, Undone: Done },
  })
}

export const Bank = office('bank')
export const Scribe = office('scribe')
export const Store = office('store')
const offices = [Bank, Scribe, Store] as const

/** One office has no time before the request says so. */
function officeService(of: typeof Bank): Service {
  const Desk = aggregate(of, 'desk', {
    key: () => 'one',
    initial: () => ({}),
    decide: {
      work: (_desk, { id, step, no, freeAtMs }, { reject, reply, atMs }) => {
        if (atMs < freeAtMs) return reject.Busy({})
        return no ? reject.No({}) : reply({ id, step }, of.Worked({ id, step }))
      },
      finish: (_desk, done, { reply }) => reply(done, of.Worked(done)),
      undo: (_desk, done) => of.Undone(done),
    },
    evolve: {},
  })
  return service(of, { aggregates: [Desk] })
}

export const Door = contract('door', {
  commands: { ask: { input: Request.omit({ freeAtMs: true }).extend({ busyMs: z.number() }) } },
  events: { Asked: Request },
})
const Asking = aggregate(Door, 'asking', {
  key: ({ id }) => id,
  initial: () => ({}),
  decide: {
    ask: (_asking, { busyMs, ...asked }, { atMs }) =>
      Door.Asked({ ...asked, freeAtMs: busyMs === 0 ? 0 : atMs + busyMs }),
  },
  evolve: {},
})

const work = (
  { id, refused }: Request,
  { step, freeAtMs = 0 }: { readonly step: string; readonly freeAtMs?: number },
): z.infer<typeof Work> => ({ id, step, no: refused.includes(step), freeAtMs })
const NestedInput = z.object({ request: Request, label: z.string() })
const nested = { input: NestedInput, key: ({ label }: z.infer<typeof NestedInput>) => label }

/** Two steps, the first of which is sent again while the bank is busy. */
const Charge = saga('charge', nested)
  .step('authorize', {
    run: ({ input: { request, label } }) =>
      Bank.work(work(request, { step: `${label}-authorize`, freeAtMs: request.freeAtMs })),
    undo: ({ result }) => Bank.undo(result),
    retry: { on: ['Busy'], times: 3, afterMs: 100 },
  })
  .step('capture', {
    // It sees the step before it by the name that it has here.
    run: ({ input: { request }, authorize }) =>
      Store.work(work(request, { step: authorize.step.replace('authorize', 'capture') })),
    undo: ({ result }) => Store.undo(result),
  })

/** Only forward: its commands are never rejected. */
const Delivery = saga('delivery', nested)
  .step('pack', {
    run: ({ input: { request, label } }) => Store.finish({ id: request.id, step: `${label}-pack` }),
    effect: 'none',
  })
  .choice('carrier', {
    of: ({ input: { request } }) => (request.way === 'nothing' ? 'walk' : 'ride'),
    ways: (branch) => ({
      walk: branch,
      ride: branch.step('ride', {
        run: ({ pack }) => Scribe.finish({ id: pack.id, step: `${pack.step}-ride` }),
        effect: 'none',
      }),
    }),
  })

/** How long the saga may take before its pivot, in milliseconds. */
export const deadlineMs = 2_000

export const Rich = saga('rich', { input: Request, key: ({ id }) => id, deadlineMs })
  .startsOn(Door.Asked, (request) => request)
  .step('note', {
    run: ({ input }) => Scribe.work(work(input, { step: 'note' })),
    undo: ({ result }) => Scribe.undo(result),
  })
  .choice('payment', {
    of: ({ input }) => input.way,
    ways: (branch) => ({
      card: branch.saga('charge', Charge, ({ input }) => ({ request: input, label: 'charge' })),
      papers: branch.parallel('both', (papers) => ({
        written: papers.step('write', {
          run: ({ input }) => Scribe.work(work(input, { step: 'write', freeAtMs: input.freeAtMs })),
          undo: ({ result }) => Scribe.undo(result),
          // The deadline of the saga may come first.
          retry: { times: 3, afterMs: 1_500, factor: 1 },
        }),
        kept: papers.step('keep', {
          run: ({ input }) => Store.work(work(input, { step: 'keep' })),
          undo: ({ result }) => Store.undo(result),
        }),
      })),
      nothing: branch,
    }),
  })
  .pivot('decide', {
    // Looking at the way tells the compiler which results there are.
    run: (context) => {
      const { input } = context
      const suffix = context.payment === 'card' ? `-${context.charge.capture.step}` : ''
      const { freeAtMs } = input
      return Bank.work({ ...work(input, { step: 'decide', freeAtMs }), step: `decide${suffix}` })
    },
    retry: { on: ['Busy'], times: 2, afterMs: 1_500 },
  })
  .saga('delivery', Delivery, ({ input, decide }) => ({ request: input, label: decide.step }))

/** The same without a deadline: how it ends depends on its input alone. */
export const PatientRich: Saga = { ...Rich, deadlineMs: undefined }

export function richSystem(style: Style, definition: Saga = Rich): System {
  return system('rich', {
    services: [service(Door, { aggregates: [Asking] }), ...offices.map(officeService)],
    sagas: [
      style === 'choreographed'
        ? choreographed(definition)
        : orchestrated(definition, { by: Door }),
    ],
  })
}

/** What was done and undone for an instance, in no order between services. */
export function deedsOf(
  facts: Facts,
  id: string,
): { readonly done: string[]; readonly undone: string[] } {
  const of = (events: readonly { readonly data: z.infer<typeof Done> }[]): string[] =>
    events.filter(({ data }) => data.id === id).map(({ data }) => data.step)
  return {
    done: offices.flatMap(({ Worked }) => of(facts.events(Worked))).toSorted(),
    undone: offices.flatMap(({ Undone }) => of(facts.events(Undone))).toSorted(),
  }
}

const whole: Readonly<Record<(typeof ways)[number], readonly string[]>> = {
  card: [
    'charge-authorize',
    'charge-capture',
    'decide-charge-capture',
    'decide-charge-capture-pack',
    'decide-charge-capture-pack-ride',
    'note',
  ],
  papers: ['decide', 'decide-pack', 'decide-pack-ride', 'keep', 'note', 'write'],
  nothing: ['decide', 'decide-pack', 'note'],
}

/** Every instance has done all that is on its way, or nothing that is left. */
export const endsWell = atEnd('a saga has done all of one way or left nothing', (facts) => {
  for (const { data } of facts.events(Door.Asked)) {
    const { done, undone } = deedsOf(facts, data.id)
    const status = facts.sagas(Rich).find(({ key }) => key === data.id)?.status
    const wanted =
      status === 'completed' ? [whole[data.way].join(), ''] : [undone.join(), done.join()]
    if (status !== 'completed' && status !== 'compensated') return `${data.id} is ${status}`
    if (done.join() !== wanted[0] || undone.join() !== wanted[1])
      return `${data.id} is ${status}, has done ${done.join()}, and undone ${undone.join()}`
  }
  return true
})

/** What becomes of the first of two instances. */
export interface First extends Omit<Request, 'id' | 'freeAtMs'> {
  readonly busyMs: number
}

/** Two instances at once. */
export function richScenario(style: Style, first: First): Scenario {
  return scenario('rich', {
    system: () => richSystem(style),
    count: 1,
    clients: 1,
    faultsMs: 1_000,
    actions: [
      action('ask', async (client) => {
        const asked = client.insist(Door.ask({ id: 's1', ...first }))
        const other = { id: 's2', busyMs: 0, refused: [] }
        await Promise.all([asked, client.insist(Door.ask({ ...other, way: 'card' }))])
      }),
    ],
    invariants: [endsWell],
  })
}

export const richSteps = ['note', 'charge-authorize', 'charge-capture', 'write', 'keep', 'decide']
export { ways as richWays }

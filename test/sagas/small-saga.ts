// A saga over three services, small enough to try everything that can happen to it: a list, three branches, one of
// them of two services, a pivot, and a step behind it. Which of its steps say no is part of its input.
import { z } from 'zod'
import {
  aggregate,
  choreographed,
  contract,
  orchestrated,
  type Saga,
  type Service,
  type System,
  saga,
  service,
  system,
} from '../../src/index.ts'
import { type Facts } from '../../src/simulate/invariants/facts.ts'
import { action, atEnd, type Scenario, scenario } from '../../src/simulate/scenario.ts'

export type Style = 'orchestrated' | 'choreographed'

const Work = z.object({ id: z.string(), step: z.string(), no: z.boolean() })
const Done = z.object({ id: z.string(), step: z.string() })

/** Why no name in the type: the workers are of one type, so that they can be told apart by a value. */
function worker(name: string) {
  return contract(name, {
    commands: {
      work: { input: Work, output: Done, rejects: { No: z.object({}) } },
      finish: { input: Done },
      undo: { input: Done },
    },
    events: { Worked: Done, Undone: Done },
  })
}

export const Left = worker('left')
export const Right = worker('right')
export const Middle = worker('middle')
export const workers = [Left, Right, Middle] as const

/** All that a worker does is on one key: the instances of the saga meet there. */
export function workerService(
  contractOf: typeof Left,
  check: (step: string) => void = () => undefined,
): Service {
  const Desk = aggregate(contractOf, 'desk', {
    key: () => 'one',
    initial: () => ({ open: 0 }),
    decide: {
      work(_desk, { id, step, no }, { reject, reply }) {
        check(step)
        return no ? reject.No({}) : reply({ id, step }, contractOf.Worked({ id, step }))
      },
      finish: (_desk, done) => contractOf.Worked(done),
      undo: (_desk, done) => contractOf.Undone(done),
    },
    evolve: {
      Worked: ({ open }) => ({ open: open + 1 }),
      Undone: ({ open }) => ({ open: open - 1 }),
    },
  })
  return service(contractOf, { aggregates: [Desk] })
}

const Request = z.object({ id: z.string(), refused: z.array(z.string()) })
export const Desk = contract('desk', {
  commands: { ask: { input: Request } },
  events: { Asked: Request },
})
export const Asking = aggregate(Desk, 'asking', {
  key: ({ id }) => id,
  initial: () => ({}),
  decide: { ask: (_asking, request) => Desk.Asked(request) },
  evolve: { Asked: (asking) => asking },
})

/** How long the saga may take before its pivot, in milliseconds. */
export const deadlineMs = 300

/** The steps that may say no. */
export const steps = ['pair', 'short', 'long', 'longer', 'side', 'decide'] as const

export const Small = saga('small', { input: Request, key: ({ id }) => id, deadlineMs })
  .startsOn(Desk.Asked, (request) => request)
  .each('pair', {
    of: () => ['a', 'b'],
    max: 2,
    run: ({ input, item }) =>
      item === 'a'
        ? Left.work(workOf(input, 'pair'))
        : Right.work({ id: input.id, step: 'pair-b', no: false }),
    undo: ({ item, result }) => (item === 'a' ? Left.undo(result) : Right.undo(result)),
  })
  .parallel('both', (branch) => ({
    near: branch.step('short', {
      run: ({ input }) => Left.work(workOf(input, 'short')),
      undo: ({ result }) => Left.undo(result),
    }),
    far: branch
      .step('long', {
        run: ({ input }) => Right.work(workOf(input, 'long')),
        undo: ({ result }) => Right.undo(result),
      })
      .step('longer', {
        run: ({ input }) => Middle.work(workOf(input, 'longer')),
        undo: ({ result }) => Middle.undo(result),
      }),
    aside: branch.step('side', {
      run: ({ input }) => Middle.work(workOf(input, 'side')),
      undo: ({ result }) => Middle.undo(result),
    }),
  }))
  .pivot('decide', { run: ({ input }) => Middle.work(workOf(input, 'decide')) })
  .step('after', { run: ({ input }) => Right.finish({ id: input.id, step: 'after' }) })

function workOf({ id, refused }: z.infer<typeof Request>, step: string): z.infer<typeof Work> {
  return { id, step, no: refused.includes(step) }
}

/** The same without a deadline: how it ends depends on its steps alone. */
export const Patient: Saga = { ...Small, deadlineMs: undefined }

export function smallSystem(style: Style, definition: Saga = Small): System {
  return system('small', {
    services: [
      service(Desk, { aggregates: [Asking] }),
      ...workers.map((each) => workerService(each)),
    ],
    sagas: [
      style === 'choreographed'
        ? choreographed(definition)
        : orchestrated(definition, { by: Desk }),
    ],
  })
}

interface Deed {
  readonly id: string
  readonly step: string
}

/** What was done and undone for an instance, in no order between services. */
export function deedsOf(
  facts: Facts,
  id: string,
): { readonly done: string[]; readonly undone: string[] } {
  const of = (events: readonly { readonly data: Deed }[]): string[] =>
    events.filter(({ data }) => data.id === id).map(({ data }) => data.step)
  return {
    done: workers.flatMap(({ Worked }) => of(facts.events(Worked))).toSorted(),
    undone: workers.flatMap(({ Undone }) => of(facts.events(Undone))).toSorted(),
  }
}

const whole = ['after', 'decide', 'long', 'longer', 'pair', 'pair-b', 'short', 'side']

/** Every instance has done everything, or nothing that is left. */
export const endsWell = atEnd('a saga has done all or left nothing', (facts) => {
  for (const { data } of facts.events(Desk.Asked)) {
    const { done, undone } = deedsOf(facts, data.id)
    const status = facts.sagas(Small).find(({ key }) => key === data.id)?.status
    const wanted = status === 'completed' ? [whole.join(), ''] : [undone.join(), done.join()]
    if (status !== 'completed' && status !== 'compensated') return `${data.id} is ${status}`
    if (done.join() !== wanted[0] || undone.join() !== wanted[1])
      return `${data.id} is ${status}, has done ${done.join()}, and undone ${undone.join()}`
  }
  return true
})

/** Two instances at once; of the first these steps say no. */
export function smallScenario(style: Style, refused: readonly string[]): Scenario {
  return scenario('small', {
    system: () => smallSystem(style),
    count: 1,
    clients: 1,
    faultsMs: 1_000,
    actions: [
      action('ask', async (client) => {
        const first = client.insist(Desk.ask({ id: 's1', refused: [...refused] }))
        await Promise.all([first, client.insist(Desk.ask({ id: 's2', refused: [] }))])
      }),
    ],
    invariants: [endsWell],
  })
}

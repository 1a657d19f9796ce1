// One saga in two versions. The second asks for one thing more before the pivot, tells somebody at the end, and wants
// to know more from the start; its instances can be moved from the first, or end by that.
import { z } from 'zod'
import {
  choreographed,
  orchestrated,
  type Saga,
  type System,
  saga,
  service,
  system,
} from '../../src/index.ts'
import type { Facts } from '../../src/simulate/invariants/facts.ts'
import {
  Asking,
  Desk,
  Left,
  Middle,
  Right,
  type Style,
  workers,
  workerService,
} from './small-saga.ts'

const Request = z.object({ id: z.string(), refused: z.array(z.string()) })
const Second = z.object({ ...Request.shape, tone: z.string() })

function work(
  { id, refused }: z.infer<typeof Request>,
  step: string,
): { readonly id: string; readonly step: string; readonly no: boolean } {
  return { id, step, no: refused.includes(step) }
}

const deadlineMs = 60_000

export const OrderV1 = saga('order', { input: Request, key: ({ id }) => id, deadlineMs })
  .startsOn(Desk.Asked, (request) => request)
  .each('goods', {
    of: () => ['a', 'b'],
    max: 2,
    run: ({ input, item }) => Left.work(work(input, `goods-${item}`)),
    undo: ({ result }) => Left.undo(result),
  })
  .step('seat', {
    run: ({ input }) => Right.work(work(input, 'seat')),
    undo: ({ result }) => Right.undo(result),
  })
  .pivot('pay', { run: ({ input }) => Middle.work(work(input, 'pay')) })
  .step('ticket', { run: ({ input }) => Right.finish({ id: input.id, step: 'ticket' }) })

function secondPlan() {
  return saga('order', {
    version: 2,
    input: Second,
    key: ({ id }) => id,
    deadlineMs: 2 * deadlineMs,
  })
    .startsOn(Desk.Asked, (request) => ({ ...request, tone: 'new' }))
    .each('goods', {
      of: () => ['a', 'b'],
      max: 2,
      run: ({ input, item }) => Left.work(work(input, `goods-${item}`)),
      undo: ({ result }) => Left.undo(result),
    })
    .step('cover', {
      run: ({ input }) => Middle.work(work(input, 'cover')),
      undo: ({ result }) => Middle.undo(result),
    })
    .step('seat', {
      run: ({ input }) => Right.work(work(input, 'seat')),
      undo: ({ result }) => Right.undo(result),
    })
    .pivot('pay', { run: ({ input }) => Middle.work(work(input, 'pay')) })
    .step('ticket', { run: ({ input }) => Right.finish({ id: input.id, step: 'ticket' }) })
    .step('thanks', {
      run: ({ input }) => Left.finish({ id: input.id, step: `thanks-${input.tone}` }),
    })
}

// #region replaces
/** What began by the first version ends by it. */
export const OrderV2 = secondPlan().replaces(OrderV1)

/** What began by the first version moves. What is past the place of `cover` goes on without it. */
export const MovingOrderV2 = secondPlan().replaces(OrderV1, {
  map: ({ input, done, key }) => ({
    input: { ...input, tone: 'moved' },
    ...(done.includes('seat') && {
      skip: ['cover'],
      results: { cover: { id: key, step: 'cover' } },
    }),
  }),
})

// #endregion replaces
/** A mapping that forgets that `cover` comes before what may be done. */
export const ForgetfulOrderV2 = secondPlan().replaces(OrderV1, {
  map: ({ input }) => ({ input: { ...input, tone: 'moved' } }),
})

/** The system; the steps in `broken` fail as long as they are in there. */
export function orderSystem(
  style: Style,
  plan: Saga,
  broken: ReadonlySet<string> = new Set(),
): System {
  const check = (step: string): void => {
    if (broken.has(step)) throw new RangeError(`${step} is broken`)
  }
  return system('orders', {
    services: [
      service(Desk, { aggregates: [Asking] }),
      ...workers.map((each) => workerService(each, check)),
    ],
    sagas: [style === 'choreographed' ? choreographed(plan) : orchestrated(plan, { by: Desk })],
  })
}

/** What has been done for an instance and is not undone, in no order between services. */
export function leftOf(facts: Facts, id: string): readonly string[] {
  const of = (events: readonly { readonly data: { id: string; step: string } }[]): string[] =>
    events.filter(({ data }) => data.id === id).map(({ data }) => data.step)
  const undone = workers.flatMap(({ Undone }) => of(facts.events(Undone)))
  const done = workers.flatMap(({ Worked }) => of(facts.events(Worked)))
  return done.filter((step) => !undone.includes(step)).toSorted()
}

const first = ['goods-a', 'goods-b', 'pay', 'seat', 'ticket']

/** What a completed instance can have left: all of the first plan, all of the second, or what moving leaves. */
export const wholes = {
  first: first.join(),
  second: [...first, 'cover', 'thanks-new'].toSorted().join(),
  movedEarly: [...first, 'cover', 'thanks-moved'].toSorted().join(),
  movedLate: [...first, 'thanks-moved'].toSorted().join(),
} as const

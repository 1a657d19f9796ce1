// Instances are begun all the time, while a system goes from the first version of a saga to the second.
import type { Saga } from '../../src/index.ts'
import { action, atEnd, type Scenario, scenario, sometimes } from '../../src/simulate/scenario.ts'
import { Desk, type Style } from './small-saga.ts'
import { leftOf, OrderV1, orderSystem, wholes } from './two-versions.ts'

const refusals = ['goods-b', 'seat', 'cover', 'pay']

type Whole = keyof typeof wholes

/** A system that is upgraded while things fail. `wanted`: what completed instances can have left, and do in some world. */
export function upgrade(style: Style, plan: Saga, wanted: readonly Whole[]): Scenario {
  const allowed = wanted.map((each) => wholes[each])
  const completed = (left: string): ReturnType<typeof sometimes> =>
    sometimes(`some instance is completed with ${left}`, (facts) =>
      facts
        .sagas(plan)
        .some(({ key, status }) => status === 'completed' && leftOf(facts, key).join() === left),
    )
  return scenario('upgrade', {
    system: () => orderSystem(style, plan),
    upgradesFrom: () => orderSystem(style, OrderV1),
    // An old process does not know what a new one has begun: that is parked there until it is upgraded, too.
    mayPark: true,
    mayCancel: true,
    count: 12,
    clients: 4,
    faultsMs: 20_000,
    actions: [
      action('ask', async (client) => {
        const id = `o${client.chance.between(1, 1e9)}`
        const refused = refusals.filter(() => client.chance.happens(0.1))
        await client.insist(Desk.ask({ id, refused }))
      }),
    ],
    invariants: [
      atEnd('an instance has done all of one plan, or left nothing', (facts) => {
        for (const { key, status } of facts.sagas(plan)) {
          const left = leftOf(facts, key).join()
          if (status === 'completed' ? !allowed.includes(left) : left !== '')
            return `${key} is ${status}, and has left ${left}`
        }
        return facts.sagas(plan).length === facts.events(Desk.Asked).length
      }),
      ...allowed.map(completed),
      sometimes('some instance is compensated', (facts) =>
        facts.sagas(plan).some(({ status, version }) => status === 'compensated' && version === 1),
      ),
    ],
  })
}

// A till that counts twice what is paid in on a bad day, and the same till without the bug.
import { z } from 'zod'
import { aggregate, contract, service, system } from '../../../src/index.ts'
import { action, atEnd, type Scenario, scenario } from '../../../src/simulate/scenario.ts'

const Till = contract('till', {
  commands: { put: { input: z.object({ cents: z.int() }) } },
  events: { Put: z.object({ cents: z.int() }) },
})

function tillScenario(times: number): Scenario {
  const Drawer = aggregate(Till, 'drawer', {
    key: () => 'drawer',
    initial: () => ({ cents: 0 }),
    decide: { put: (_drawer, command) => Till.Put(command) },
    evolve: {
      Put: (drawer, { cents }) => ({ cents: drawer.cents + (cents > 5 ? times : 1) * cents }),
    },
  })
  return scenario('till', {
    system: () => system('tills', { services: [service(Till, { aggregates: [Drawer] })] }),
    actions: [
      action('put', async (client) => {
        await client.insist(Till.put({ cents: client.chance.between(1, 6) }))
      }),
    ],
    invariants: [
      atEnd('nobody has more than was put in', (facts) => {
        const put = facts.events(Till.Put).reduce((sum, { data }) => sum + data.cents, 0)
        const { cents = 0 } = facts.states(Drawer).get('drawer') ?? {}
        return cents <= put || `${put} were put in, it's ${cents} now`
      }),
    ],
  })
}

export const brokenTill = tillScenario(2)
export const mendedTill = tillScenario(1)

// A system whose parts reach past their ports, one of them at a time. The lines that do have the marks that tests look
// for.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { aggregate, bind, contract, port, service, type System, system } from '../../src/index.ts'

const Mint = contract('mint', {
  commands: { strike: { input: z.object({ id: z.string() }) } },
  events: { Struck: z.object({ id: z.string(), at: z.number() }) },
})

const Press = port('press', {
  heat: { input: z.object({}), output: z.object({ degrees: z.number() }) },
})

export const strike = Mint.strike

/** Where the system may reach past its ports. */
export const leaks = {
  decide: () => Date.now(), // leak: decide
  date: () => new Date().getTime(), // leak: date
  evolve: () => Math.random(), // leak: evolve
  prepare: () => setTimeout(() => undefined, 0).hasRef(), // leak: prepare
  adapter: () => fetch('http://localhost:1/'), // leak: adapter
  named: () => randomUUID(), // leak: named
  file: () => readFileSync('/etc/hostname'), // leak: file
} as const

export type Leak = keyof typeof leaks

/** Where in the system each leak is tried. */
const places: Readonly<Record<Leak, 'decide' | 'evolve' | 'prepare' | 'adapter'>> = {
  decide: 'decide',
  date: 'decide',
  evolve: 'evolve',
  prepare: 'prepare',
  adapter: 'adapter',
  named: 'decide',
  file: 'adapter',
}

/** The system with a leak, or without any. `isSwallowed`: its code catches what it is thrown. */
export function leakySystem(leak?: Leak, isSwallowed = false): System {
  const pass = (place: (typeof places)[Leak]): void => {
    if (leak === undefined || places[leak] !== place) return
    try {
      void leaks[leak]()
    } catch (error) {
      if (!isSwallowed) throw error
    }
  }
  const Coin = aggregate(Mint, 'coin', {
    key: ({ id }) => id,
    initial: () => ({ struck: 0 }),
    prepare: {
      strike: (_command, { use }) => {
        pass('prepare')
        return use(Press).heat({})
      },
    },
    decide: {
      strike: (_coin, { id }) => {
        pass('decide')
        return Mint.Struck({ id, at: new Date(0).getTime() })
      },
    },
    evolve: {
      Struck: (coin) => {
        pass('evolve')
        return { struck: coin.struck + 1 }
      },
    },
  })
  return system('coins', {
    services: [service(Mint, { aggregates: [Coin], ports: [Press] })],
    adapters: [
      bind(Press, {
        heat: async () => {
          pass('adapter')
          return { degrees: 900 }
        },
      }),
    ],
  })
}

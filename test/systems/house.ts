import * as z from 'zod'
import {
  type Command,
  aggregate,
  contract,
  orchestrated,
  type Saga,
  saga,
  service,
  system,
  type System,
} from 'dure'
import { checkSystem } from '../../src/graph/index.ts'

type SystemSpec = Parameters<typeof system>[1]

export const Nothing = z.object({})
export const Key = z.object({ id: z.string() })

export const Lamp = contract('lamp', {
  commands: {
    light: { input: Key, rejects: { Broken: Nothing } },
    dim: { input: Key },
  },
  events: { Lit: Key, Dimmed: Key },
  queries: { lamp: { input: Key, output: Nothing } },
})

export const Bulb = aggregate(Lamp, 'bulb', {
  key: ({ id }) => id,
  initial: () => ({}),
  decide: { light: (_, command) => Lamp.Lit(command), dim: (_, command) => Lamp.Dimmed(command) },
  evolve: { Lit: (state) => state, Dimmed: (state) => state },
})

export const queries = { lamp: async (): Promise<Record<string, never>> => ({}) }
export const lamp = service(Lamp, { aggregates: [Bulb], queries })

/** A service that nobody puts into the system. */
export const Absent = contract('absent', {
  commands: { call: { input: Nothing } },
  events: { Called: Nothing },
})

type LooseStep = Record<string, unknown>

export interface LooseSaga extends Saga {
  readonly step: (name: string, spec: LooseStep) => LooseSaga
  readonly each: (name: string, spec: LooseStep) => LooseSaga
  readonly pivot: (name: string, spec: LooseStep) => LooseSaga
  readonly ensure: (name: string, test: () => boolean) => LooseSaga
  readonly parallel: (
    name: string,
    branches: (branch: LooseSaga) => Record<string, LooseSaga>,
  ) => LooseSaga
  readonly otherwise: (notice: () => Command) => LooseSaga
}

/** A saga as a program without the compiler would write it. */
export function looseSaga(
  options: { readonly deadlineMs?: number } = { deadlineMs: 1_000 },
): LooseSaga {
  const started = saga('evening', { input: Key, key: ({ id }) => id, ...options }).startsOn(
    Lamp.Lit,
    (event) => event,
  )
  return started as unknown as LooseSaga
}

/** A house with a lamp in it. */
export function house(spec: Partial<SystemSpec>): System {
  return system('house', { services: [lamp], ...spec })
}

export function findingsOf(spec: Partial<SystemSpec>): readonly string[] {
  return checkSystem(house(spec)).map(({ code, where }) => `${code} in ${where}`)
}

export function sagaFindings(definition: Saga): readonly string[] {
  return findingsOf({ sagas: [orchestrated(definition, { by: Lamp })] })
}

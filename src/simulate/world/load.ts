// What clients do, and when: spread, in bursts with idle spells between them, all at once, on hot keys or not.
import { assertThat, messageOf } from '../../language/errors.ts'
import type { Action, Scenario, SimulatedClient } from '../scenario.ts'
import type { Chances } from './chance.ts'
import type { Scheduler } from './scheduler.ts'
import type { WorldCase } from './world-result.ts'

export interface LoadOptions {
  readonly scenario: Scenario
  readonly scheduler: Scheduler
  readonly chances: Chances
  /** How long actions begin, in milliseconds. */
  readonly durationMs: number
  /** Which actions are done, by number, and by how many clients at most: all without it. */
  readonly world: Pick<WorldCase, 'actions' | 'clients'>
  /** Makes the client of an action. `heat` says how much it prefers the first of several things. */
  readonly client: (name: string, place: string, heat: number) => SimulatedClient
  /** Does the work of a client; never rejects. */
  readonly act: (name: string, work: () => Promise<void>) => Promise<void>
}

export const loadDefaults = { count: 20, clients: 4 } as const

/** Puts all actions of a world on the schedule. What is left out of a case keeps its place, and does nothing. */
export function scheduleLoad(options: LoadOptions): void {
  const { scenario, scheduler, chances, durationMs, world, client, act } = options
  const { count = loadDefaults.count, clients = loadDefaults.clients } = scenario
  const chance = chances.of('load')
  const heat = chance.pick([1, 1, 2, 6] as const)
  const bursts = chance.pick([0, 1, 3] as const)
  const drawn = chance.between(1, clients)
  const lanes = Array.from({ length: Math.min(drawn, world.clients ?? drawn) }, noWork)
  const startMs = scheduler.nowMs
  for (let number = 0; number < count; number += 1) {
    const own = chances.of(`action ${number}`)
    const spread = bursts === 0 ? own.next() : Math.floor(own.next() * bursts) / bursts
    const lane = own.between(0, lanes.length - 1)
    const chosen = pickAction(scenario.actions, own.next())
    const name = `client ${lane + 1}`
    const caller = client(name, `action ${number}`, heat)
    const isLeftOut = world.actions?.includes(number) === false
    const run = (): void => {
      if (isLeftOut) return
      // One client does one thing after the other.
      lanes[lane] = (lanes[lane] ?? Promise.resolve()).then(() =>
        act(chosen.name, () => chosen.run(caller)),
      )
    }
    const dueMs = startMs + spread * durationMs
    scheduler.at({ dueMs, label: `${chosen.name} of ${name}`, run })
  }
}

/** What clients do, as it is done. */
export interface Acts {
  /** Does the work of a client; never rejects. */
  run(name: string, work: () => Promise<void>): Promise<void>
  /** Tells of work that was begun and has not ended. */
  judgeAtRest(): void
}

/** `onWrong` is told of work that throws or never ends, by its name. */
export function createActs(onWrong: (name: string, text: string) => void): Acts {
  const begun = new Map<symbol, string>()
  return {
    async run(name, work) {
      const own = Symbol(name)
      begun.set(own, name)
      try {
        await work()
      } catch (error) {
        onWrong(name, messageOf(error))
      }
      begun.delete(own)
    },
    judgeAtRest() {
      for (const name of begun.values())
        onWrong(name, 'It never ends: it waits for what nobody gives it.')
    },
  }
}

async function noWork(): Promise<void> {
  return undefined
}

function pickAction(actions: readonly Action[], draw: number): Action {
  let left = draw * actions.reduce((sum, { weight }) => sum + weight, 0)
  const found = actions.find(({ weight }) => {
    left -= weight
    return left < 0
  })
  const chosen = found ?? actions[0]
  assertThat(chosen !== undefined, 'A scenario has no actions.')
  return chosen
}

// The outside world behind driven ports: slow, failing, or acting without saying so.
import type { PortBinding } from '../../language/port.ts'
import type { System } from '../../language/system.ts'
import { drawnFailure } from '../faults/drawn-failure.ts'
import { patienceMs, type Surroundings } from './surroundings.ts'
import { later } from './store.ts'

/** Longest that the outside takes when it is slow, in milliseconds: longer than a call may last. */
const slowMs = 12_000

/** The system with its driven ports in the world. */
export function inWorld(system: System, core: Surroundings): System {
  return Object.freeze({ ...system, adapters: system.adapters.map((each) => wrap(each, core)) })
}

function wrap(binding: PortBinding, core: Surroundings): PortBinding {
  const operations = Object.entries(binding.adapter).map(([name, run]) => {
    const place = `${binding.port.name}.${name}`
    const call: typeof run = async (input, asked) => {
      const { faults, chances, calm } = core
      const slow = faults.strikes('port slow', place)
        ? slowMs * calm * chances.of(`slow ${place}`).next()
        : 0
      const afterMs = core.delay('port', place) + slow
      const wait = { label: place, afterMs }
      if (faults.strikes('port failed', place)) return later(core, wait, () => refuse(place))
      const answer = await later(core, wait, () => run(input, asked))
      if (!faults.strikes('port answer lost', place)) return answer
      return later(core, { label: place, afterMs: patienceMs }, () => refuse(place))
    }
    return [name, call] as const
  })
  return Object.freeze({ ...binding, adapter: Object.fromEntries(operations) })
}

function refuse(place: string): Promise<never> {
  return Promise.reject(drawnFailure('COMMAND_PREPARE_FAILED', `${place} did not answer.`))
}

import type { Aggregate } from '../../../language/aggregate.ts'
import type { Service } from '../../../language/service.ts'
import { type EventTypes, eventMeta, readEventData } from '../../../log/stored-event.ts'
import type { Entry } from '../../../log/store.port.ts'
import type { ServiceLedger } from '../../world/ledger.ts'
import type { JudgeMaker } from '../judge.ts'
import { typesOf } from './readers.ts'
import { isSameJson } from './same.ts'

/** A state that is stored is what the events of its stream make of it, up to its version. */
export const judgeStates: JudgeMaker = ({ system, ledger }) => ({
  name: 'a stored state is what its events make of it',
  atRest() {
    const types = typesOf(system)
    return system.services.flatMap((service) =>
      judgeService(types, service, ledger.of(service.name)),
    )
  },
})

function judgeService(types: EventTypes, service: Service, ledger: ServiceLedger): string[] {
  if (ledger.states.size === 0) return []
  const streams = eventsByStream(ledger)
  const wrong: string[] = []
  for (const [stream, { version, state }] of ledger.states) {
    const aggregate = aggregateOf(service, stream)
    if (!aggregate) continue
    let made: unknown = aggregate.initial()
    for (const entry of streams.get(stream)?.slice(0, version) ?? []) {
      const evolve = aggregate.evolve[entry.type]
      const meta = eventMeta(service.name, entry)
      if (evolve) made = evolve(made, readEventData(types, entry), meta)
    }
    if (isSameJson(state, made)) continue
    wrong.push(
      `${stream} of ${service.name} is stored as ${state}; its events make it ${JSON.stringify(made)}.`,
    )
  }
  return wrong
}

/** The events of the streams whose states are stored. */
function eventsByStream({ logs, states }: ServiceLedger): ReadonlyMap<string, readonly Entry[]> {
  const streams = new Map<string, Entry[]>()
  for (const stream of states.keys()) streams.set(stream, [])
  for (const log of logs) {
    for (const entry of log) streams.get(entry.stream ?? '')?.push(entry)
  }
  return streams
}

function aggregateOf({ aggregates }: Service, stream: string): Aggregate | undefined {
  return aggregates.find(({ name }) => stream.startsWith(`${name}/`))
}

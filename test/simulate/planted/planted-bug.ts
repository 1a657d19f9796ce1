// Bugs that people have put into platforms like this one, put into this one on purpose: the simulator has to see each.
import type { Broker } from '../../../src/messaging/broker.port.ts'
import type { Scenario } from '../../../src/simulate/scenario.ts'
import type { Sabotage } from '../../../src/simulate/world/process.ts'

export interface PlantedBug {
  /** What somebody would call it. */
  readonly name: string
  readonly scenario: Scenario
  /** Puts it into the processes of one world; absent where the scenario's own system has it. */
  readonly sabotage?: () => Sabotage
}

/** A broker of which some methods are changed. */
export function changedBroker(inner: Broker, change: Partial<Broker>): Broker {
  return {
    supports: inner.supports,
    publish: (batch) => inner.publish(batch),
    wanted: (topic, incarnation) => inner.wanted(topic, incarnation),
    watch: (topic, wake) => inner.watch(topic, wake),
    subscribe: (request) => inner.subscribe(request),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
    ...change,
  }
}

// The two engines of sagas, side by side in each service.
import type { Saga } from '../language/saga/saga-plan.ts'
import type { System } from '../language/system.ts'
import type { Store } from '../log/store.port.ts'
import { type Choreographer, createChoreographer } from './choreography/choreographer.ts'
import {
  type Coordinator,
  createCoordinator,
  documentOf,
  type DecideLocally,
  type SagaAddress,
  type SagaBegin,
  type SagaIntervening,
  sagaView,
} from './coordinator.ts'
import type { SagaState } from './saga-state.ts'
import type { Draft } from '../runtime/draft.ts'

export interface SagaEngines {
  readonly coordinator: Coordinator
  readonly choreographer: Choreographer
  /** Starts an instance in the way in which the system runs its saga. */
  start(draft: Draft, begin: SagaBegin): void
  /** Does to an instance what an operator decided. @throws `SAGA_*`. */
  intervene(draft: Draft, intervening: SagaIntervening): SagaState
  /** The deadline of an instance, or of one of its steps. */
  deadline(draft: Draft, address: SagaAddress): void
}

export interface SagaEnginesOptions {
  readonly system: System
  readonly service: string
  readonly store: Store
  readonly decideLocally: DecideLocally
  /** The incarnation of the log of a service, as far as it is known. */
  readonly incarnationOf: (service: string) => string | undefined
}

/**
 * Why all, in each service: an instance stays where it was begun, and as it was begun, whoever would start it today.
 */
export function allSagas({ sagas }: System): readonly Saga[] {
  return sagas.map(({ saga }) => saga)
}

/** Creates the engines of a service. */
export function createSagaEngines(options: SagaEnginesOptions): SagaEngines {
  const { system, service, store, decideLocally } = options
  const { incarnation, partitions } = store
  const common = { service, incarnation, partitions, decideLocally }
  const coordinator = createCoordinator({ ...common, sagas: allSagas(system) })
  const choreographer = createChoreographer({
    ...common,
    sagas: system.sagas,
    incarnationOf: options.incarnationOf,
    services: system.services.map(({ name }) => name),
  })
  return {
    coordinator,
    choreographer,
    start(draft, begin) {
      const engine = choreographer.starts(begin.saga) ? choreographer : coordinator
      engine.start(draft, begin)
    },
    intervene(draft, intervening) {
      const { saga, key } = intervening
      // Why the cast: the engines write these documents.
      const kept = documentOf(draft, sagaView(saga), key).value as SagaState | undefined
      return kept?.isPassedOn
        ? choreographer.intervene(draft, intervening, kept)
        : coordinator.intervene(draft, intervening)
    },
    // Each takes what is its own.
    deadline(draft, address) {
      choreographer.deadline(draft, address)
      coordinator.deadline(draft, address)
    },
  }
}

import type { System } from '../../language/system.ts'
import type { Draft } from '../../runtime/draft.ts'
import type { InterventionPreview } from '../../runtime/running-system.port.ts'
import type { SagaStatus } from '../saga-state.ts'
import { checkRequest } from './check-request.ts'
import {
  asDecisionError,
  buildIntervention,
  interveneDurably,
  type Keeper,
  type NamedRequest,
} from './intervene.ts'
import { listSagas } from './list-sagas.ts'
import { preview } from './preview.ts'
import { keeperOf, type SagaPlaces } from './saga-places.ts'
import type { SagaOperations, SagaRequest } from './saga-operations.ts'
import { tellSaga } from './saga-story.ts'
import { DureError } from '../../language/errors.ts'

export interface SagaDeskOptions {
  readonly system: System
  /** The parts of a service; undefined when it runs elsewhere. */
  readonly partsOf: (service: string) => (Keeper & SagaStoreOf) | undefined
  readonly newId: () => string
}

interface SagaStoreOf {
  readonly store: NonNullable<ReturnType<SagaPlaces['storeOf']>>
}

/** The operator's desk for the sagas of one process. */
export interface SagaDesk extends Required<SagaOperations> {
  previewIntervention(request: SagaRequest): Promise<InterventionPreview>
}

/** Sets up the desk. */
export function sagaDesk({ system, partsOf, newId }: SagaDeskOptions): SagaDesk {
  const places: SagaPlaces = { system, storeOf: (name) => partsOf(name)?.store }
  const keeper = ({ saga }: SagaRequest): Keeper => {
    const by = keeperOf(places, saga)
    const found = partsOf(by)
    if (found) return found
    throw new DureError(
      'SAGA_UNKNOWN',
      `Saga ${saga} is kept by service "${by}", which runs in another process. Ask there.`,
    )
  }
  const named = (given: SagaRequest): NamedRequest => {
    const request = checkRequest(given)
    return { ...request, id: request.id ?? newId() }
  }
  return {
    sagas: (filter = {}) => listSagas(places, filter),
    saga: (name, key) => tellSaga(places, name, key),
    async intervene(given) {
      const request = named(given)
      return interveneDurably(keeper(request), request)
    },
    async previewIntervention(given) {
      const request = named(given)
      const { engines, workspace } = keeper(request)
      let status: SagaStatus = 'parked'
      const build = (draft: Draft): void => {
        ;({ status } = buildIntervention(engines, draft, request))
      }
      const seen = await preview(workspace, build).catch((thrown: unknown) => {
        throw asDecisionError(request, thrown)
      })
      return { status, ...seen }
    },
  }
}

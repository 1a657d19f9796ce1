// What a service keeps of the choreographed sagas that it has started: that they are on their way, since when, and how
// they ended. On the way they need none of it.
import type { Saga } from '../../language/saga/saga-plan.ts'
import { plansOf } from '../../language/saga/saga-versions.ts'
import { documentOf, sagaView } from '../coordinator.ts'
import { cancelDeadline, setDeadline } from '../saga-timers.ts'
import type { DocumentChange, Draft } from '../../runtime/draft.ts'
import { assertThat } from '../../language/errors.ts'
import { interventionsMax, isOpen, type SagaIntervention, type SagaState } from '../saga-state.ts'

type Kept = SagaState & {
  /** Whether the participants were told to stop. */
  readonly isStopped?: true
}

/** What an operator cancels, and why. */
export interface Cancelling {
  readonly key: string
  readonly intervention: SagaIntervention
}

export class InitiatedSagas {
  /** Whether there is an instance of this key already. */
  has(draft: Draft, saga: Saga, key: string): boolean {
    return keptOf(draft, saga, key).value !== undefined
  }

  /** Notes that an instance has begun, and its deadline. False when there is one of this key already. */
  begin(draft: Draft, saga: Saga, key: string): boolean {
    const change = keptOf(draft, saga, key)
    if (change.value !== undefined) return false
    this.#keep(draft, change, stubOf(saga, { key, startedAtMs: draft.atMs }))
    const { name, deadlineMs } = saga
    if (deadlineMs !== undefined) setDeadline(draft, { name, key, step: '' }, deadlineMs)
    return true
  }

  /** Notes that the participants are told to stop. False when there is nothing to stop. */
  stop(draft: Draft, saga: Saga, key: string): boolean {
    const change = keptOf(draft, saga, key)
    const kept = onItsWay(change)
    if (!kept || kept.isStopped) return false
    this.#keep(draft, change, { ...kept, isStopped: true })
    return true
  }

  /** Notes that an operator cancels an instance that is on its way. */
  cancel(
    draft: Draft,
    saga: Saga,
    { key, intervention }: Cancelling,
  ): { readonly next: SagaState; readonly wasStopped: boolean } {
    const change = keptOf(draft, saga, key)
    const kept = onItsWay(change)
    assertThat(kept !== undefined, `Saga ${saga.name} ${key} is not on its way.`)
    const interventions = [...(kept.interventions ?? []), intervention].slice(-interventionsMax)
    const next: Kept = { ...kept, interventions, isStopped: true }
    this.#keep(draft, change, next)
    return { next, wasStopped: kept.isStopped === true }
  }

  /** Notes that an operator has changed an instance that was parked: it is on its way again, or has ended. */
  resume(draft: Draft, saga: Saga, state: SagaState): void {
    const { interventions = [] } = state
    const next: Kept = isOpen(state)
      ? { ...stubOf({ name: saga.name, version: state.version }, state), interventions }
      : { ...state, isPassedOn: true }
    this.#keep(draft, keptOf(draft, saga, state.key), next)
  }

  /** Notes how an instance has ended. Says whether its participants were told to stop. */
  end(draft: Draft, saga: Saga, state: SagaState): boolean {
    const change = keptOf(draft, saga, state.key)
    const kept = onItsWay(change)
    if (!kept) return false
    const { interventions } = kept
    // A pivot that answers "cancelled" knows of no operator.
    this.#keep(draft, change, {
      ...(interventions && { interventions }),
      ...state,
      isPassedOn: true,
    })
    if (plansOf(saga).some(({ deadlineMs }) => deadlineMs !== undefined))
      cancelDeadline(draft, { name: saga.name, key: state.key, step: '' })
    return kept.isStopped === true
  }

  #keep(draft: Draft, change: DocumentChange, next: Kept): void {
    draft.write(change, next, sagaView(next.saga))
  }
}

function stubOf(
  { name: saga, version }: Pick<Saga, 'name' | 'version'>,
  { key, startedAtMs }: Pick<SagaState, 'key' | 'startedAtMs'>,
): Kept {
  return {
    saga,
    version,
    key,
    status: 'running',
    startedAtMs,
    input: null,
    results: {},
    steps: {},
    order: [],
    pivotPassed: false,
    isPassedOn: true,
  }
}

function keptOf(draft: Draft, saga: Saga, key: string): DocumentChange {
  return documentOf(draft, sagaView(saga.name), key)
}

/** An instance that a coordinator keeps is none of these. */
function onItsWay({ value }: DocumentChange): Kept | undefined {
  // Why the cast: the engines of sagas write these documents.
  const kept = value as Kept | undefined
  return kept?.isPassedOn && isOpen(kept) ? kept : undefined
}

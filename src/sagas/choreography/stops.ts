// What a participant keeps of the sagas that it was told to stop: none of their steps may be taken any more.
import { assertThat } from '../../language/errors.ts'
import type { DocumentChange, Draft } from '../../runtime/draft.ts'
import type { SagaIntervention, SagaState } from '../saga-state.ts'

const stopView = '$saga-stops'

type Instance = Pick<SagaState, 'saga' | 'key'>

/** Why a saga is stopped. */
export interface Stop {
  /** Absent: its deadline has passed. */
  readonly intervention?: SagaIntervention
}

/** Whether an instance is stopped, and why. */
export function stopOf(draft: Draft, instance: Instance): Stop | undefined {
  // Why the cast: this file writes these documents.
  return documentOf(draft, instance).value as Stop | undefined
}

export function noteStop(draft: Draft, instance: Instance, { intervention }: Stop): void {
  draft.write(documentOf(draft, instance), intervention ? { intervention } : {})
}

export function forgetStop(draft: Draft, instance: Instance): void {
  draft.write(documentOf(draft, instance), undefined)
}

function documentOf(draft: Draft, { saga, key }: Instance): DocumentChange {
  const [change] = draft.documents(stopView, [`${saga}/${key}`])
  assertThat(change !== undefined, `A draft gave no document for saga ${key}.`)
  return change
}

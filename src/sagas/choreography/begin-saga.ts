// The beginning of a choreographed saga, before anything of it is written down.
import type { EventMeta } from '../../language/message.ts'
import { isStarting, type Saga, type SagaStart } from '../../language/saga/saga-plan.ts'
import type { EntryMeta } from '../../log/store.port.ts'
import { cellsMissing, type Draft } from '../../runtime/draft.ts'
import { startSaga } from '../advance-saga.ts'
import { checkInput, keyOf } from '../coordinator.ts'
import { isOpen, type SagaAdvance } from '../saga-state.ts'

/** An instance that sets out, and what to note of everything that it leads to. */
export interface Begun {
  readonly begun: SagaAdvance
  readonly meta: EntryMeta
}

/** The first steps of an instance. @throws `COMMAND_INPUT_INVALID`, and whatever its plan throws. */
export function beginSaga(saga: Saga, input: unknown, atMs: number): SagaAdvance {
  const checked = checkInput(saga, input)
  return startSaga(saga, { key: keyOf(saga, checked), input: checked, atMs })
}

/** Whether an event starts a saga, as far as the plan can tell now: what fails is asked again with the message. */
export function isStartingSurely(start: SagaStart, event: unknown, meta: EventMeta): boolean {
  try {
    return isStarting(start, event, meta)
  } catch {
    return false
  }
}

/**
 * Begins an instance, where it can be in the commit of the event that starts the saga: nothing fails, and nothing is decided
 * here. Why: what fails would take the event with it.
 */
export function beginAtOnce(
  saga: Saga,
  input: () => unknown,
  at: { readonly service: string; readonly atMs: number },
): SagaAdvance | undefined {
  try {
    const begun = beginSaga(saga, input(), at.atMs)
    const isElsewhere = begun.effects.every(
      (effect) => effect.kind !== 'send' || effect.command.service !== at.service,
    )
    return isElsewhere && isOpen(begun.state) ? begun : undefined
  } catch {
    // It fails again where the event is taken as a message: there it can be parked, and mended.
    return undefined
  }
}

/**
 * Sends the first commands of a saga in the commit of its event. False when that fails: then none is sent. Why: what is
 * too large to be sent would take the event with it.
 */
export function sendsAll(draft: Draft, send: () => void): boolean {
  const before = draft.entries.length
  try {
    send()
    return true
  } catch (thrown) {
    if (thrown === cellsMissing) throw thrown
    draft.entries.splice(before)
    return false
  }
}

import type { Command, Outcome } from '../language/message.ts'
import type { SagaFailure } from '../language/saga/saga-plan.ts'

/** What became of one command of a saga. */
export type StepStatus =
  /** Sent; the answer is awaited. */
  | 'sent'
  /** Accepted. */
  | 'done'
  /** Rejected, and sent again after a while. */
  | 'waiting'
  /** Rejected, and the saga goes on (`collect`). */
  | 'rejected'
  /** Sent, but the saga has turned back: a late "done" will be undone. */
  | 'abandoned'
  /** Its undo was sent. */
  | 'undoing'
  | 'undone'
  /** Its undo was rejected: the saga is parked until an operator settles it. */
  | 'undo-rejected'

export interface StepState {
  readonly status: StepStatus
  readonly result?: unknown
  /** For steps of an `each`: the item. */
  readonly item?: unknown
  readonly rejected?: string
  readonly data?: unknown
  /** How often the command, or its undo, was sent anew, after a while or by an operator. */
  readonly attempt?: number
  /** How often it was sent again after a while. */
  readonly retries?: number
}

export type SagaStatus = 'running' | 'compensating' | 'completed' | 'compensated' | 'parked'

/** The state of one instance: plain data, kept by the coordinator. */
export interface SagaState {
  readonly saga: string
  readonly version: number
  readonly key: string
  readonly status: SagaStatus
  readonly startedAtMs: number
  readonly endedAtMs?: number
  readonly input: unknown
  /** Answers by the names of steps. */
  readonly results: Readonly<Record<string, unknown>>
  /** Commands by step id: `payment`, or `stock/0` for the first item of an `each`. */
  readonly steps: Readonly<Record<string, StepState>>
  /** Step ids in the order in which they were done: undone from the end. */
  readonly order: readonly string[]
  readonly pivotPassed: boolean
  /** Why it turned back. */
  readonly failure?: SagaFailure
  /** It is passed on by its participants: this is only what its initiator keeps of it. */
  readonly isPassedOn?: true
  /** Why it is parked. */
  readonly refusal?: SagaFailure
  /** What operators did, oldest first: the last `interventionsMax`. */
  readonly interventions?: readonly SagaIntervention[]
}

/** Interventions that an instance remembers. */
export const interventionsMax = 100

/** What an operator can do to an instance. */
export type SagaOrder =
  /** A running instance turns back. */
  | { readonly act: 'cancel' }
  /** A parked instance sends again what was refused, under fresh command ids. */
  | { readonly act: 'retry' }
  /** A parked instance before its pivot goes back; what was refused is sent again. */
  | { readonly act: 'compensate' }
  /** A parked instance has ended: the operator has seen to the rest. */
  | { readonly act: 'resolve'; readonly as: 'completed' | 'compensated' }
  /** One refused step counts as done, with this output, or as undone. */
  | { readonly act: 'resolve'; readonly step: string; readonly output?: unknown }

/** What an operator did to an instance, and why. */
export type SagaIntervention = SagaOrder & {
  readonly reason: string
  readonly by?: string
  readonly atMs: number
}

/** What a saga wants to happen next. */
export type SagaEffect =
  | {
      readonly kind: 'send'
      readonly step: string
      readonly undo: boolean
      readonly command: Command
      /** Part of the command's id when it is sent anew: the old id would give the old answer. */
      readonly attempt?: number
    }
  | { readonly kind: 'setTimer'; readonly step: string; readonly afterMs: number }
  | { readonly kind: 'cancelTimer'; readonly step: string }

/** What can happen to a saga. */
export type SagaInput =
  | {
      readonly kind: 'reply'
      readonly step: string
      readonly undo: boolean
      readonly outcome: Outcome
      /** Set when the command was not carried out, and may not be any more: it is not sent again. */
      readonly isFinal?: true
    }
  /** The deadline of a step, or of the whole saga when `step` is empty; or the time to send a step again. */
  | { readonly kind: 'deadline'; readonly step: string }

export interface SagaAdvance {
  readonly state: SagaState
  readonly effects: readonly SagaEffect[]
}

export function isOpen(state: SagaState): boolean {
  return state.status === 'running' || state.status === 'compensating'
}

/** Whether an instance takes nothing more. A parked one still learns of answers, for whoever has to settle it. */
export function isSettled(state: SagaState): boolean {
  return state.status === 'completed' || state.status === 'compensated'
}

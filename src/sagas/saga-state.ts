import type { Command, Outcome } from '../language/message.ts'
import type { SagaFailure } from '../language/saga.ts'

/** What became of one command of a saga. */
export type StepStatus =
  /** Sent; the answer is awaited. */
  | 'sent'
  /** Accepted. */
  | 'done'
  /** Rejected, and the saga goes on (`collect`). */
  | 'rejected'
  /** Sent, but the saga has turned back: a late "done" will be undone. */
  | 'abandoned'
  /** Its undo was sent. */
  | 'undoing'
  | 'undone'

export interface StepState {
  readonly status: StepStatus
  readonly result?: unknown
  /** For steps of an `each`: the item. */
  readonly item?: unknown
  readonly rejected?: string
  readonly data?: unknown
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
  readonly failure?: SagaFailure
}

/** What a saga wants to happen next. */
export type SagaEffect =
  | {
      readonly kind: 'send'
      readonly step: string
      readonly undo: boolean
      readonly command: Command
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
    }
  /** The deadline of a step, or of the whole saga when `step` is empty. */
  | { readonly kind: 'deadline'; readonly step: string }

export interface SagaAdvance {
  readonly state: SagaState
  readonly effects: readonly SagaEffect[]
}

export function isOpen(state: SagaState): boolean {
  return state.status === 'running' || state.status === 'compensating'
}

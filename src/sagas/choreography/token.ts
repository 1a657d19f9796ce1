// What travels in the messages of a choreographed saga. There is no other record of it on the way: who holds a token
// knows all that the saga knows.
import type { Command } from '../../language/message.ts'
import type { SagaInput, SagaIntervention, SagaState } from '../saga-state.ts'

/** What can happen to a saga on its way: an operator may cancel it. */
export type TokenInput =
  | SagaInput
  | { readonly kind: 'cancel'; readonly step: ''; readonly intervention: SagaIntervention }

/** A command of a saga that is still to be carried out. */
export interface TokenSend {
  readonly step: string
  readonly undo: boolean
  /** Set when an operator had it sent again: under an id of its own. */
  readonly attempt?: number
  readonly command: Command
}

/** Where a saga went several ways at once, as one of the ways knows it. */
export interface TokenFork {
  /** The first step that was sent there: no other fork of the instance has it. */
  readonly id: string
  /** The service that collects the ways: that of the step behind them. */
  readonly at: string
  /** How many ways there are. */
  readonly ways: number
  /** What has happened on this way. */
  readonly inputs: readonly TokenInput[]
}

export interface SagaToken {
  /** The service that started the saga. */
  readonly from: string
  /** Part of command ids: they never come again after a log was erased. */
  readonly run: string
  readonly state: SagaState
  /** The innermost one last. */
  readonly forks: readonly TokenFork[]
  /** What is to be carried out after the command that the token came with. */
  readonly rest: readonly TokenSend[]
  /** The log that its receiver had when it was sent: one that was erased since reads it again, and must not act on it. */
  readonly life?: string
  /** When it was sent, in milliseconds since 1970 UTC. */
  readonly sentAtMs: number
}

/** What a message of a choreographed saga carries beside its data. */
export type SagaMail =
  | { readonly kind: 'step'; readonly token: SagaToken }
  /** A way has come to its end. `pending` has turned the saga back, and waits for the other ways. */
  | { readonly kind: 'joined'; readonly token: SagaToken; readonly pending: readonly TokenInput[] }
  /** It rests at a service until its steps are due, at these times in milliseconds since 1970 UTC. */
  | {
      readonly kind: 'resting'
      readonly token: SagaToken
      readonly dues: Readonly<Record<string, number>>
    }
  | { readonly kind: 'ended'; readonly state: SagaState }
  /** No step may be taken any more; of a saga that has passed its pivot nothing changes. */
  | { readonly kind: 'stop'; readonly intervention?: SagaIntervention }
  | { readonly kind: 'forget' }

/** Reads what a message carries. */
export function readMail(text: string): SagaMail {
  // Why the cast: only the choreographer of some service of the same system writes this.
  return JSON.parse(text) as SagaMail
}

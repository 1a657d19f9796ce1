// The plan of a saga as data, types erased: what the engines, the judges, the checks and the pictures read.
import type { AnyEventType } from '../contract.ts'
import type { Command, EventMeta } from '../message.ts'
import type { Schema } from '../schema.ts'

export type AnyCommand = Command<string, unknown, unknown, string>

/** One node of a saga's plan. */
export type SagaNode =
  | {
      readonly node: 'step'
      readonly name: string
      readonly pivot: boolean
      readonly run: (context: unknown) => AnyCommand
      readonly undo: ((context: unknown) => AnyCommand) | undefined
      readonly effect: 'none' | undefined
      readonly deadlineMs: number | undefined
    }
  | {
      readonly node: 'each'
      readonly name: string
      readonly of: (context: unknown) => readonly unknown[]
      readonly run: (context: unknown) => AnyCommand
      readonly undo: ((context: unknown) => AnyCommand) | undefined
      readonly effect: 'none' | undefined
      readonly rejection: 'fail' | 'collect'
      readonly max: number | undefined
      readonly deadlineMs: number | undefined
    }
  | {
      readonly node: 'parallel'
      readonly name: string
      readonly branches: readonly { readonly name: string; readonly nodes: readonly SagaNode[] }[]
    }
  | {
      readonly node: 'ensure'
      readonly name: string
      readonly test: (context: unknown) => boolean
    }

export interface SagaStart {
  readonly event: AnyEventType
  readonly input: (event: unknown, meta: EventMeta) => unknown
}

/** A saga as the platform sees it, types erased. */
export interface Saga {
  readonly kind: 'saga'
  readonly name: string
  readonly version: number
  readonly input: Schema
  readonly key: (input: unknown) => string
  readonly deadlineMs: number | undefined
  readonly nodes: readonly SagaNode[]
  readonly starts: readonly SagaStart[]
  /** The command that tells of the failure once everything is undone. */
  readonly notice:
    | ((context: { readonly input: unknown; readonly failure: SagaFailure }) => AnyCommand)
    | undefined
}

/** Why a saga turned back. */
export interface SagaFailure {
  /** The step that failed, or `deadline` or `cancel`. */
  readonly step: string
  /** The rejection, or `DeadlineExceeded`, `Cancelled` or `NotEnsured`. */
  readonly rejected: string
  readonly data: unknown
}

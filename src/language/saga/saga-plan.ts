// The plan of a saga as data, types erased: what the engines, the judges, the checks and the pictures read.
import type { AnyEventType } from '../contract.ts'
import type { Command, EventMeta } from '../message.ts'
import type { Schema } from '../schema.ts'

export type AnyCommand = Command<string, unknown, unknown, string>

/** Makes the command of a step. */
export type MakeCommand = (context: unknown) => AnyCommand

/** When a step that was rejected is sent again. */
export interface StepRetry {
  /** The rejections after which it is; absent: any. */
  readonly on: readonly string[] | undefined
  readonly times: number
  readonly afterMs: number
  readonly factor: number
}

interface CommandNodeBase {
  /** That of a step of a nested saga begins with the name under which it is nested: `refund.pay`. */
  readonly name: string
  readonly run: MakeCommand
  readonly undo: MakeCommand | undefined
  readonly effect: 'none' | undefined
  readonly deadlineMs: number | undefined
  readonly retry: StepRetry | undefined
}

export interface StepNode extends CommandNodeBase {
  readonly node: 'step'
  readonly pivot: boolean
}

export interface EachNode extends CommandNodeBase {
  readonly node: 'each'
  readonly of: (context: unknown) => readonly unknown[]
  readonly rejection: 'fail' | 'collect'
  readonly max: number | undefined
  /** Set when the items are sent one after the other, ordered by this text. */
  readonly inOrderOf: ((item: unknown) => string) | undefined
}

/** Steps that may run beside others, or instead of them. */
export interface SagaWay {
  readonly name: string
  readonly nodes: readonly SagaNode[]
}

export interface ParallelNode {
  readonly node: 'parallel'
  readonly name: string
  readonly branches: readonly SagaWay[]
}

export interface ChoiceNode {
  readonly node: 'choice'
  readonly name: string
  /** The name of the way that is gone. */
  readonly of: (context: unknown) => string
  readonly branches: readonly SagaWay[]
}

export interface EnsureNode {
  readonly node: 'ensure'
  readonly name: string
  readonly test: (context: unknown) => boolean
}

/** One node of a saga's plan. */
export type SagaNode = StepNode | EachNode | ParallelNode | ChoiceNode | EnsureNode

/** The ways that begin at a node; none where the plan goes straight on. */
export function waysOf(node: SagaNode): readonly SagaWay[] {
  return node.node === 'parallel' || node.node === 'choice' ? node.branches : []
}

export interface SagaStart {
  readonly event: AnyEventType
  readonly input: (event: unknown, meta: EventMeta) => unknown
  readonly when: ((event: unknown, meta: EventMeta) => boolean) | undefined
}

/** Whether an event of its type starts a saga: by value, where the plan says so. */
export function isStarting({ when }: SagaStart, event: unknown, meta: EventMeta): boolean {
  return when === undefined || when(event, meta)
}

/** An earlier version of a saga, whose instances may still run. */
export interface EarlierSaga {
  readonly saga: Saga
  /** Moves an instance over; without it instances end by their own plan. */
  readonly map: ((instance: unknown) => unknown) | undefined
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
  /** The versions that this one replaces. */
  readonly earlier: readonly EarlierSaga[]
}

/** Why a saga turned back. */
export interface SagaFailure {
  /** The step that failed, or `deadline` or `cancel`. */
  readonly step: string
  /** The rejection, or `DeadlineExceeded`, `Cancelled`, `NotEnsured`, `TooManyItems` or `UnknownWay`. */
  readonly rejected: string
  readonly data: unknown
}

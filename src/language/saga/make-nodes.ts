// Makes the nodes of a plan of what a user has written.
import { definitionError } from '../errors.ts'
import type { MakeCommand, Saga, SagaNode, SagaWay, StepRetry } from './saga-plan.ts'

/** What a user has written of a step: its types were checked by the builder, and are erased. */
export type LooseSpec = Readonly<Record<string, unknown>>

/** The longest wait before a step is sent again, in milliseconds: a day. */
export const retryWaitMsMax = 86_400_000

/** Checks how long something may take. @throws `LANGUAGE_DEFINITION_INVALID`. */
export function assertDeadline(what: string, deadlineMs: number | undefined): void {
  if (deadlineMs === undefined || (Number.isSafeInteger(deadlineMs) && deadlineMs >= 1)) return
  throw definitionError(
    `${what} cannot have deadlineMs ${deadlineMs}: give a whole number of milliseconds, 1 or more, or none at all.`,
  )
}

/** A step, or the pivot. */
export function stepNode(name: string, spec: LooseSpec, pivot: boolean): SagaNode {
  return { node: 'step', name, pivot, ...commandPart(name, spec) }
}

export function eachNode(name: string, spec: LooseSpec): SagaNode {
  const max = spec['max'] as number | undefined
  if (max !== undefined && !(Number.isSafeInteger(max) && max >= 1))
    throw definitionError(`Step "${name}" cannot have max ${max}: give a whole number, 1 or more.`)
  return {
    node: 'each',
    name,
    of: spec['of'] as (context: unknown) => readonly unknown[],
    rejection: (spec['rejection'] as 'fail' | 'collect' | undefined) ?? 'fail',
    max,
    inOrderOf: spec['inOrderOf'] as ((item: unknown) => string) | undefined,
    ...commandPart(name, spec),
  }
}

function commandPart(name: string, spec: LooseSpec): CommandPart {
  // Why the casts: the builder's types have checked these functions; the plan keeps them untyped.
  const deadlineMs = spec['deadlineMs'] as number | undefined
  assertDeadline(`Step "${name}"`, deadlineMs)
  return {
    run: spec['run'] as MakeCommand,
    undo: spec['undo'] as MakeCommand | undefined,
    effect: spec['effect'] as 'none' | undefined,
    deadlineMs,
    retry: retryOf(name, spec['retry'] as Partial<StepRetry> | undefined),
  }
}

type CommandPart = Pick<
  Extract<SagaNode, { node: 'step' }>,
  'run' | 'undo' | 'effect' | 'deadlineMs' | 'retry'
>

function retryOf(name: string, spec: Partial<StepRetry> | undefined): StepRetry | undefined {
  if (spec === undefined) return undefined
  const { on, times = 0, afterMs = 0, factor = 2 } = spec
  const retry: StepRetry = { on, times, afterMs, factor }
  if (makesSense(retry)) return retry
  throw definitionError(
    `Step "${name}" cannot be retried like this: give times (1 or more), afterMs (0 or more) and, if you like, factor (1 or more) and the rejections to retry "on" (no empty list).`,
  )
}

function makesSense({ on, times, afterMs, factor }: StepRetry): boolean {
  const isSent = Number.isInteger(times) && times >= 1 && on?.length !== 0
  return isSent && isFrom(0, afterMs) && isFrom(1, factor)
}

function isFrom(least: number, value: number): boolean {
  return value >= least && Number.isFinite(value)
}

export function parallelNode(name: string, branches: Ways): SagaNode {
  return { node: 'parallel', name, branches: waysOfSpec(branches) }
}

export function choiceNode(name: string, of: unknown, ways: Ways): SagaNode {
  // Why the cast: the builder's types have checked the function.
  return {
    node: 'choice',
    name,
    of: of as (context: unknown) => string,
    branches: waysOfSpec(ways),
  }
}

/** What a user has written of the ways at a branching, by their names. */
export type Ways = Readonly<Record<string, Pick<Saga, 'nodes'>>>

function waysOfSpec(ways: Ways): readonly SagaWay[] {
  return Object.entries(ways).map(([name, { nodes }]) => ({ name, nodes }))
}

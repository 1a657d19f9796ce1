// Makes the nodes of a plan of what a user has written.
import type { AnyCommand, Saga, SagaNode } from './saga-plan.ts'

/** What a user has written of a step: its types were checked by the builder, and are erased. */
export type LooseSpec = Readonly<Record<string, unknown>>

/** A step, or the pivot. */
export function stepNode(name: string, spec: LooseSpec, pivot: boolean): SagaNode {
  return {
    node: 'step',
    name,
    pivot,
    // Why the casts: the builder's types have checked these functions; the plan keeps them untyped.
    run: spec['run'] as (context: unknown) => AnyCommand,
    undo: spec['undo'] as ((context: unknown) => AnyCommand) | undefined,
    effect: spec['effect'] as 'none' | undefined,
    deadlineMs: spec['deadlineMs'] as number | undefined,
  }
}

export function eachNode(name: string, spec: LooseSpec): SagaNode {
  return {
    node: 'each',
    name,
    of: spec['of'] as (context: unknown) => readonly unknown[],
    run: spec['run'] as (context: unknown) => AnyCommand,
    undo: spec['undo'] as ((context: unknown) => AnyCommand) | undefined,
    effect: spec['effect'] as 'none' | undefined,
    rejection: (spec['rejection'] as 'fail' | 'collect' | undefined) ?? 'fail',
    max: spec['max'] as number | undefined,
    deadlineMs: spec['deadlineMs'] as number | undefined,
  }
}

export function parallelNode(
  name: string,
  branches: Readonly<Record<string, Pick<Saga, 'nodes'>>>,
): SagaNode {
  return {
    node: 'parallel',
    name,
    branches: Object.entries(branches).map(([branch, { nodes }]) => ({ name: branch, nodes })),
  }
}

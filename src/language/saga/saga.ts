import { type AnyEventType, assertName } from '../contract.ts'
import { definitionError } from '../errors.ts'
import { freezeDefinition } from '../freeze.ts'
import type { CommandOutput, EventMeta } from '../message.ts'
import type { OutputOf, Schema } from '../schema.ts'
import { eachNode, type LooseSpec, parallelNode, stepNode } from './make-nodes.ts'
import type { AnyCommand, Saga, SagaFailure, SagaNode, SagaStart } from './saga-plan.ts'
import {
  type EachForwardSpec,
  type EachResult,
  type EachSpec,
  type ForwardSpec,
  type FreshName,
  type PivotSpec,
  type SagaContext,
  sagaWords,
  type StepSpec,
  type UndoRule,
} from './saga-steps.ts'

export type BranchResults<B> = {
  readonly [K in keyof B]: B[K] extends SagaBranch<unknown, infer R, string> ? R : never
}

type Merge<U> = (U extends unknown ? (value: U) => void : never) extends (value: infer I) => void
  ? I
  : never

/** What a branch of `parallel` can hold: steps that see the results before the branching, and their own. */
export interface SagaBranch<Input, R, Phase extends string> {
  readonly '~input'?: Input
  readonly '~results'?: R
  readonly '~phase'?: Phase
  readonly nodes: readonly SagaNode[]
}

export interface SagaBefore<Input, R> extends Saga, SagaBranch<Input, R, 'before'> {
  /** Starts an instance whenever this event happens. */
  startsOn<E extends AnyEventType>(
    event: E,
    input: (event: OutputOf<E['schema']>, meta: EventMeta) => Input,
  ): SagaBefore<Input, R>
  /** A step that can be undone. */
  step<const N extends string, Cmd extends AnyCommand, U extends AnyCommand>(
    name: N & FreshName<N, R>,
    spec: StepSpec<Input, R, Cmd, U>,
  ): SagaBefore<Input, R & { readonly [P in N]: CommandOutput<Cmd> }>
  /** One command for each item of a list, all at once. */
  each<
    const N extends string,
    Item,
    Cmd extends AnyCommand,
    U extends AnyCommand,
    M extends 'fail' | 'collect' = 'fail',
  >(
    name: N & FreshName<N, R>,
    spec: EachSpec<Input, R, Item, Cmd, U, M>,
  ): SagaBefore<Input, R & { readonly [P in N]: EachResult<Item, Cmd, M> }>
  /** Branches that run side by side; the saga goes on when all are done. */
  parallel<const B extends Readonly<Record<string, SagaBranch<Input, unknown, 'before'>>>>(
    name: string,
    branches: (branch: SagaBefore<Input, R>) => B,
  ): SagaBefore<Input, R & Merge<BranchResults<B>[keyof B]>>
  /** Turns the saga back, with the failure `NotEnsured`, when the test is false. Pure. */
  ensure(name: string, test: (context: SagaContext<Input, R>) => boolean): SagaBefore<Input, R>
  /** The step that decides: when it is done the saga only goes forward. */
  pivot<const N extends string, Cmd extends AnyCommand>(
    name: N & FreshName<N, R>,
    spec: PivotSpec<Input, R, Cmd>,
  ): SagaAfter<Input, R & { readonly [P in N]: CommandOutput<Cmd> }>
  /** A last command, once everything is undone: it tells somebody of the failure. */
  otherwise<Cmd extends AnyCommand>(
    notice: (context: {
      readonly input: Input
      readonly failure: SagaFailure
    }) => Cmd & UndoRule<Cmd>,
  ): SagaBefore<Input, R>
}

export interface SagaAfter<Input, R> extends Saga, SagaBranch<Input, R, 'after'> {
  startsOn<E extends AnyEventType>(
    event: E,
    input: (event: OutputOf<E['schema']>, meta: EventMeta) => Input,
  ): SagaAfter<Input, R>
  /** A step after the pivot: it can only be retried. */
  step<const N extends string, Cmd extends AnyCommand>(
    name: N & FreshName<N, R>,
    spec: ForwardSpec<Input, R, Cmd>,
  ): SagaAfter<Input, R & { readonly [P in N]: CommandOutput<Cmd> }>
  each<const N extends string, Item, Cmd extends AnyCommand>(
    name: N & FreshName<N, R>,
    spec: EachForwardSpec<Input, R, Item, Cmd>,
  ): SagaAfter<Input, R & { readonly [P in N]: readonly CommandOutput<Cmd>[] }>
  parallel<const B extends Readonly<Record<string, SagaBranch<Input, unknown, 'after'>>>>(
    name: string,
    branches: (branch: SagaAfter<Input, R>) => B,
  ): SagaAfter<Input, R & Merge<BranchResults<B>[keyof B]>>
  otherwise<Cmd extends AnyCommand>(
    notice: (context: {
      readonly input: Input
      readonly failure: SagaFailure
    }) => Cmd & UndoRule<Cmd>,
  ): SagaAfter<Input, R>
}

export interface SagaOptions<S extends Schema> {
  readonly input: S
  /** The identity of an instance: a second start with the same key is the same instance. */
  readonly key: (input: OutputOf<S>) => string
  /** How long the saga may take before its pivot, in milliseconds; then it turns back. */
  readonly deadlineMs?: number
  /** Raised by the writer when the plan changes. */
  readonly version?: number
}

/**
 * Defines a saga: steps in order, how each is undone, and the pivot after which it only goes forward.
 *
 * Ends in exactly one of completed, compensated, parked. Source: Garcia-Molina and Salem, "Sagas";
 * Richardson, "Saga" pattern.
 *
 * @throws `LANGUAGE_DEFINITION_INVALID` when two parts have one name.
 */
export function saga<S extends Schema>(
  name: string,
  options: SagaOptions<S>,
): SagaBefore<OutputOf<S>, Record<never, never>> {
  assertName('saga', name)
  const definition: Saga = {
    kind: 'saga',
    name,
    version: options.version ?? 1,
    input: options.input,
    // Why the cast: the key function is only called with inputs that the schema has checked.
    key: options.key as Saga['key'],
    deadlineMs: options.deadlineMs,
    nodes: [],
    starts: [],
    notice: undefined,
  }
  return build(definition, false) as unknown as SagaBefore<OutputOf<S>, Record<never, never>>
}

function build(definition: Saga, afterPivot: boolean): Saga {
  const add = (node: SagaNode, pivot = false): Saga => {
    assertFresh(definition, node.name)
    return build({ ...definition, nodes: [...definition.nodes, node] }, afterPivot || pivot)
  }
  const methods = {
    startsOn: (event: AnyEventType, input: SagaStart['input']) =>
      build({ ...definition, starts: [...definition.starts, { event, input }] }, afterPivot),
    step: (name: string, spec: LooseSpec) => add(stepNode(name, spec, false)),
    pivot: (name: string, spec: LooseSpec) => add(stepNode(name, spec, true), true),
    each: (name: string, spec: LooseSpec) => add(eachNode(name, spec)),
    ensure: (name: string, test: (context: unknown) => boolean) =>
      add({ node: 'ensure', name, test }),
    parallel: (name: string, branches: (branch: Saga) => Record<string, Saga>) =>
      add(parallelNode(name, branches(build({ ...definition, nodes: [] }, afterPivot)))),
    otherwise: (notice: NonNullable<Saga['notice']>) =>
      build({ ...definition, notice }, afterPivot),
  }
  return freezeDefinition({ ...definition, ...methods })
}

const stepPattern = /^[A-Za-z][A-Za-z0-9-]{0,62}$/

function assertFresh(definition: Saga, name: string): void {
  if (!stepPattern.test(name)) {
    throw definitionError(
      `Step name "${name.slice(0, 80)}" in saga "${definition.name}" is not usable: write letters, digits or hyphens.`,
    )
  }
  // Results are kept in an object by the names of steps: what every object has is no name.
  if (sagaWords.some((word) => word === name) || name in Object.prototype) {
    throw definitionError(
      `A step of saga "${definition.name}" is called "${name}", which is a word of the saga language. Rename it.`,
    )
  }
  if (!definition.nodes.some((node) => node.name === name)) return
  throw definitionError(
    `Saga "${definition.name}" has two steps named "${name}". Rename one: results are found by name.`,
  )
}

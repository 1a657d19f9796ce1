import { type AnyEventType, assertName } from '../contract.ts'
import { definitionError } from '../errors.ts'
import { freezeDefinition } from '../freeze.ts'
import type { CommandOutput, CommandRejects, EventMeta } from '../message.ts'
import type { OutputOf, Schema } from '../schema.ts'
import { assertNew } from './fresh-names.ts'
import {
  assertDeadline,
  choiceNode,
  eachNode,
  type LooseSpec,
  parallelNode,
  stepNode,
  type Ways,
} from './make-nodes.ts'
import { nestNodes } from './nest-saga.ts'
import type {
  AnyCommand,
  EarlierSaga,
  Saga,
  SagaFailure,
  SagaNode,
  SagaStart,
} from './saga-plan.ts'
import type {
  EachForwardSpec,
  EachResult,
  EachSpec,
  ForwardSpec,
  FreshName,
  NestedRule,
  PivotSpec,
  SagaContext,
  StepSpec,
  UndoRule,
} from './saga-steps.ts'
import { replacing, type SagaVersion } from './saga-versions.ts'

/** What a way of a branching can hold: steps that see the results before the branching, and their own. */
export interface SagaBranch<Input, R, Phase extends string, X extends string = string> {
  readonly '~input'?: Input
  readonly '~results'?: R
  readonly '~phase'?: Phase
  /** Only for the compiler: the names of the rejections that its commands declare. */
  readonly '~rejects'?: X
  readonly nodes: readonly SagaNode[]
}

type Branches<Input, Phase extends string> = Readonly<
  Record<string, SagaBranch<Input, unknown, Phase>>
>

type ResultsOf<B> = B extends SagaBranch<unknown, infer R, string> ? R : never

type RejectsOf<B> = B extends SagaBranch<unknown, unknown, string, infer X> ? X : never

type Merge<U> = (U extends unknown ? (value: U) => void : never) extends (value: infer I) => void
  ? I
  : never

/** What all ways have given. */
type ParallelResults<B> = Merge<{ readonly [K in keyof B]: ResultsOf<B[K]> }[keyof B]>

/** Which way was gone, and what it has given: looking at the one tells the compiler the other. */
type ChoiceResults<N extends string, B> = {
  readonly [K in keyof B & string]: { readonly [P in N]: K } & ResultsOf<B[K]>
}[keyof B & string]

export interface ChoiceSpec<Context, Branch, B> {
  /** The name of the way to go. Pure; asked once, of whoever has the data that it looks at. */
  readonly of: (context: Context) => NoInfer<keyof B & string>
  /** The ways, by their names; a way may be empty. */
  readonly ways: (branch: Branch) => B
}

type StartInput<E extends AnyEventType, Input> = (
  event: OutputOf<E['schema']>,
  meta: EventMeta,
) => Input

/** By value: which events of a type start this saga. Another one may take the rest. */
export interface StartOptions<E extends AnyEventType> {
  readonly when?: (event: OutputOf<E['schema']>, meta: EventMeta) => boolean
}

export interface SagaBefore<Input, R, X extends string = never>
  extends SagaVersion<Input, R>,
    SagaBranch<Input, R, 'before', X> {
  /** Starts an instance whenever this event happens; with `when`, only for those events of which it says so. */
  startsOn<E extends AnyEventType>(
    event: E,
    input: StartInput<E, Input>,
    options?: StartOptions<E>,
  ): SagaBefore<Input, R, X>
  /** A step that can be undone. */
  step<const N extends string, Cmd extends AnyCommand, U extends AnyCommand>(
    name: N & FreshName<N, R>,
    spec: StepSpec<Input, R, Cmd, U>,
  ): SagaBefore<Input, R & { readonly [P in N]: CommandOutput<Cmd> }, X | CommandRejects<Cmd>>
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
  ): SagaBefore<Input, R & { readonly [P in N]: EachResult<Item, Cmd, M> }, X | CommandRejects<Cmd>>
  /** Branches that run side by side; the saga goes on when all are done. */
  parallel<const B extends Branches<Input, 'before'>>(
    name: string,
    branches: (branch: SagaBefore<Input, R>) => B,
  ): SagaBefore<Input, R & ParallelResults<B>, X | RejectsOf<B[keyof B]>>
  /** One of several ways. Where it turns back, only what was done on that way is undone. */
  choice<const N extends string, const B extends Branches<Input, 'before'>>(
    name: N & FreshName<N, R>,
    spec: ChoiceSpec<SagaContext<Input, R>, SagaBefore<Input, R>, B>,
  ): SagaBefore<Input, R & ChoiceResults<N, B>, X | RejectsOf<B[keyof B]>>
  /** The steps of another saga, as a part of this one; its results are found under this name. */
  saga<const N extends string, I, S, Y extends string>(
    name: N & FreshName<N, R>,
    nested: SagaBefore<I, S, Y>,
    input: (context: SagaContext<Input, R>) => NoInfer<I>,
  ): SagaBefore<Input, R & { readonly [P in N]: S }, X | Y>
  /** A saga with a pivot brings the pivot. */
  saga<const N extends string, I, S>(
    name: N & FreshName<N, R>,
    nested: SagaAfter<I, S>,
    input: (context: SagaContext<Input, R>) => NoInfer<I>,
  ): SagaAfter<Input, R & { readonly [P in N]: S }>
  /** Turns the saga back, with the failure `NotEnsured`, when the test is false. Pure. */
  ensure(name: string, test: (context: SagaContext<Input, R>) => boolean): SagaBefore<Input, R, X>
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
  ): SagaBefore<Input, R, X>
}

export interface SagaAfter<Input, R>
  extends SagaVersion<Input, R>,
    SagaBranch<Input, R, 'after', never> {
  startsOn<E extends AnyEventType>(
    event: E,
    input: StartInput<E, Input>,
    options?: StartOptions<E>,
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
  parallel<const B extends Branches<Input, 'after'>>(
    name: string,
    branches: (branch: SagaAfter<Input, R>) => B,
  ): SagaAfter<Input, R & ParallelResults<B>>
  choice<const N extends string, const B extends Branches<Input, 'after'>>(
    name: N & FreshName<N, R>,
    spec: ChoiceSpec<SagaContext<Input, R>, SagaAfter<Input, R>, B>,
  ): SagaAfter<Input, R & ChoiceResults<N, B>>
  saga<const N extends string, I, S, Y extends string>(
    name: N & FreshName<N, R>,
    nested: SagaBefore<I, S, Y> & NestedRule<Y>,
    input: (context: SagaContext<Input, R>) => NoInfer<I>,
  ): SagaAfter<Input, R & { readonly [P in N]: S }>
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
  /** Raised when the plan changes while instances may run: an instance names it. 1 without it. */
  readonly version?: number
}

/**
 * Defines a saga: steps in order, how each is undone, and the pivot after which it only goes forward.
 *
 * Ends in exactly one of completed, compensated, parked. Source: Garcia-Molina and Salem, "Sagas";
 * Richardson, "Saga" pattern.
 *
 * @throws `LANGUAGE_DEFINITION_INVALID` when two parts have one name, or a number in it makes no sense.
 */
export function saga<S extends Schema>(
  name: string,
  options: SagaOptions<S>,
): SagaBefore<OutputOf<S>, Record<never, never>> {
  assertName('saga', name)
  assertDeadline(`Saga "${name}"`, options.deadlineMs)
  const { version = 1 } = options
  assertVersion(name, version)
  const definition: Saga = {
    kind: 'saga',
    name,
    version,
    input: options.input,
    // Why the cast: the key function is only called with inputs that the schema has checked.
    key: options.key as Saga['key'],
    deadlineMs: options.deadlineMs,
    nodes: [],
    starts: [],
    notice: undefined,
    earlier: [],
  }
  return build(definition, false) as unknown as SagaBefore<OutputOf<S>, Record<never, never>>
}

function assertVersion(name: string, version: number): void {
  if (Number.isSafeInteger(version) && version >= 1) return
  throw definitionError(
    `Saga "${name}" cannot have version ${version}: give a whole number, 1 or more.`,
  )
}

function build(definition: Saga, afterPivot: boolean): Saga {
  const add = (name: string, ...nodes: readonly SagaNode[]): Saga => {
    assertNew(definition, name, nodes)
    const hasPivot = nodes.some((node) => node.node === 'step' && node.pivot)
    return build({ ...definition, nodes: [...definition.nodes, ...nodes] }, afterPivot || hasPivot)
  }
  const waysOf = (ways: (branch: Saga) => Ways): Ways =>
    ways(build({ ...definition, nodes: [] }, afterPivot))
  const methods = {
    startsOn: (
      event: AnyEventType,
      input: SagaStart['input'],
      { when }: Partial<Pick<SagaStart, 'when'>> = {},
    ) =>
      build({ ...definition, starts: [...definition.starts, { event, input, when }] }, afterPivot),
    step: (name: string, spec: LooseSpec) => add(name, stepNode(name, spec, false)),
    pivot: (name: string, spec: LooseSpec) => add(name, stepNode(name, spec, true)),
    each: (name: string, spec: LooseSpec) => add(name, eachNode(name, spec)),
    ensure: (name: string, test: (context: unknown) => boolean) =>
      add(name, { node: 'ensure', name, test }),
    parallel: (name: string, ways: (branch: Saga) => Ways) =>
      add(name, parallelNode(name, waysOf(ways))),
    choice: (name: string, { of, ways }: { of: unknown; ways: (branch: Saga) => Ways }) =>
      add(name, choiceNode(name, of, waysOf(ways))),
    saga: (name: string, nested: Saga, input: (context: unknown) => unknown) =>
      add(name, ...nestNodes(definition, nested, { name, input })),
    otherwise: (notice: NonNullable<Saga['notice']>) =>
      build({ ...definition, notice }, afterPivot),
    replaces: (saga: Saga, { map }: { map?: EarlierSaga['map'] } = {}) =>
      build({ ...definition, earlier: replacing(definition, { saga, map }) }, afterPivot),
  }
  return freezeDefinition({ ...definition, ...methods })
}

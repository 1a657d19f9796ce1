import { type AnyEventType, assertName } from './contract.ts'
import { definitionError } from './errors.ts'
import { freezeDefinition } from './freeze.ts'
import type { Command, CommandOutput, CommandRejects, EventMeta, Outcome } from './message.ts'
import type { OutputOf, Schema } from './schema.ts'

type AnyCommand = Command<string, unknown, unknown, string>

/** A type that no value fits: the compiler prints its sentence. */
export interface Problem<Sentence extends string> {
  readonly '~problem': Sentence
}

type Unrejectable<Cmd, Sentence extends string> = [CommandRejects<Cmd>] extends [never]
  ? unknown
  : Problem<Sentence>

type UndoRule<U> = Unrejectable<
  U,
  'An undo can only be retried: its command must not declare rejections.'
>
type ForwardRule<Cmd> = Unrejectable<
  Cmd,
  'After the pivot a saga only goes forward: this command declares rejections. Move the step before the pivot.'
>
/** Words that the code of a saga sees, or that name its notice: no step is called so. */
const sagaWords = ['input', 'result', 'item', 'failure', 'otherwise'] as const
type SagaWord = (typeof sagaWords)[number]
type FreshName<N extends string, R> = N extends keyof R | SagaWord
  ? Problem<'A step of this saga, or a word of the saga language, has this name already.'>
  : unknown

/** What the code of a step sees: the input, and the answers of the steps before it by their names. */
export type SagaContext<Input, R> = { readonly input: Input } & R

/** Why a saga turned back. */
export interface SagaFailure {
  /** The step that failed, or `deadline` or `cancel`. */
  readonly step: string
  /** The rejection, or `DeadlineExceeded`, `Cancelled` or `NotEnsured`. */
  readonly rejected: string
  readonly data: unknown
}

interface StepTiming {
  /** How long to wait for the answer, in milliseconds. Before the pivot its passing turns the saga back. */
  readonly deadlineMs?: number
}

export type StepSpec<Input, R, Cmd extends AnyCommand, U extends AnyCommand> = StepTiming & {
  /** The command of the step. Pure: it may run again. */
  readonly run: (context: SagaContext<Input, R>) => Cmd
} & (
    | {
        readonly undo: (
          context: { readonly result: CommandOutput<NoInfer<Cmd>> } & SagaContext<Input, R>,
        ) => U & UndoRule<U>
        readonly effect?: never
      }
    | {
        /** Says that the step changes nothing, so that nothing has to be undone. */
        readonly effect: 'none'
        readonly undo?: never
      }
  )

export interface ForwardSpec<Input, R, Cmd extends AnyCommand> extends StepTiming {
  readonly run: (context: SagaContext<Input, R>) => Cmd & ForwardRule<Cmd>
}

export interface PivotSpec<Input, R, Cmd extends AnyCommand> extends StepTiming {
  readonly run: (context: SagaContext<Input, R>) => Cmd
}

interface EachBase<Input, R, Item> extends StepTiming {
  /** The list, known from the data so far. */
  readonly of: (context: SagaContext<Input, R>) => readonly Item[]
  /** The longest list that is let through; a longer one fails the saga before anything is sent. */
  readonly max?: number
}

export type EachSpec<Input, R, Item, Cmd extends AnyCommand, U extends AnyCommand, M> = EachBase<
  Input,
  R,
  Item
> & {
  readonly run: (context: { readonly item: Item } & SagaContext<Input, R>) => Cmd
  /** `fail` (default): one rejection turns the saga back. `collect`: rejections are results like others. */
  readonly rejection?: M
} & (
    | {
        readonly undo: (
          context: {
            readonly item: Item
            readonly result: CommandOutput<NoInfer<Cmd>>
          } & SagaContext<Input, R>,
        ) => U & UndoRule<U>
        readonly effect?: never
      }
    | { readonly effect: 'none'; readonly undo?: never }
  )

export type EachForwardSpec<Input, R, Item, Cmd extends AnyCommand> = EachBase<Input, R, Item> & {
  readonly run: (context: { readonly item: Item } & SagaContext<Input, R>) => Cmd & ForwardRule<Cmd>
}

type EachResult<Item, Cmd, M> = M extends 'collect'
  ? readonly ({ readonly item: Item } & Outcome<
      CommandOutput<Cmd>,
      Cmd extends Command<string, unknown, unknown, infer X> ? X : never
    >)[]
  : readonly CommandOutput<Cmd>[]

/** One node of a saga's plan, types erased: what the engines and the pictures read. */
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

type LooseSpec = Readonly<Record<string, unknown>>

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

function stepNode(name: string, spec: LooseSpec, pivot: boolean): SagaNode {
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

function eachNode(name: string, spec: LooseSpec): SagaNode {
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

function parallelNode(name: string, branches: Record<string, Saga>): SagaNode {
  return {
    node: 'parallel',
    name,
    branches: Object.entries(branches).map(([branch, { nodes }]) => ({ name: branch, nodes })),
  }
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

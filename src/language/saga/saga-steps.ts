// What a step of a saga has to be, as types: a wrong step does not compile, and the compiler prints a sentence.
import type { Command, CommandOutput, CommandRejects, Outcome } from '../message.ts'
import type { AnyCommand } from './saga-plan.ts'

/** A type that no value fits: the compiler prints its sentence. */
export interface Problem<Sentence extends string> {
  readonly '~problem': Sentence
}

/**
 * Why any text passes: so the compiler sees a command that it could not make out because something else is wrong, and it
 * is that which it has to tell. `dure check` looks at the contract.
 */
type Unrejectable<Cmd, Sentence extends string> = [CommandRejects<Cmd>] extends [never]
  ? unknown
  : string extends CommandRejects<Cmd>
    ? unknown
    : Problem<Sentence>

export type UndoRule<U> = Unrejectable<
  U,
  'An undo can only be retried: its command must not declare rejections.'
>
type ForwardRule<Cmd> = Unrejectable<
  Cmd,
  'After the pivot a saga only goes forward: this command declares rejections. Move the step before the pivot.'
>
/** What a saga may not do that is nested after the pivot. */
export type NestedRule<Rejects> = [Rejects] extends [never]
  ? unknown
  : Problem<'After the pivot a saga only goes forward: the nested saga sends commands that declare rejections. Nest it before the pivot.'>

/** Words that the code of a saga sees, or that name its notice: no step is called so. */
export const sagaWords = ['input', 'result', 'item', 'failure', 'otherwise'] as const
type SagaWord = (typeof sagaWords)[number]
export type FreshName<N extends string, R> = N extends keyof R | SagaWord
  ? Problem<'A step of this saga, or a word of the saga language, has this name already.'>
  : unknown

/** What the code of a step sees: the input, and the answers of the steps before it by their names. */
export type SagaContext<Input, R> = { readonly input: Input } & R

/** When a step that was rejected is sent again, before its rejection counts. */
export interface RetrySpec<Rejects extends string> {
  /** The rejections after which it is; without it any. */
  readonly on?: readonly Rejects[]
  /** How often it is sent again at most. */
  readonly times: number
  /** How long to wait before it is sent again for the first time, in milliseconds. */
  readonly afterMs: number
  /** How many times as long each wait is as the one before: 2 unless told. No wait is longer than a day. */
  readonly factor?: number
}

/** The retry of a command that may be rejected. */
type RetryOf<Cmd> = [CommandRejects<Cmd>] extends [never]
  ? Problem<'This command is never rejected, so there is nothing to retry: what is not delivered is delivered again by itself.'>
  : RetrySpec<CommandRejects<Cmd>>

interface Retried<Cmd> {
  readonly retry?: RetryOf<NoInfer<Cmd>>
}

interface StepTiming {
  /**
   * How long to wait for the answer, each time that the command is sent, in milliseconds. Before the pivot its passing
   * turns the saga back.
   */
  readonly deadlineMs?: number
}

type NeedsUndo =
  'Before the pivot a step needs `undo`; or `effect: "none"`, when it changes nothing.'

/** How a step is undone. The compiler prints the sentence where a step says neither this nor that it changes nothing. */
interface Undone<Sentence extends string, Context, U> {
  readonly undo: (context: Context) => U & UndoRule<U>
  readonly effect?: never
  readonly '~sentence'?: Sentence
}

interface Changeless<Sentence extends string> {
  /** Says that the step changes nothing, so that nothing has to be undone. */
  readonly effect: 'none'
  readonly undo?: never
  readonly '~sentence'?: Sentence
}

type UndoneOrChangeless<Context, U> = Undone<NeedsUndo, Context, U> | Changeless<NeedsUndo>

export type StepSpec<Input, R, Cmd extends AnyCommand, U extends AnyCommand> = StepTiming &
  Retried<Cmd> & {
    /** The command of the step. Pure: it may run again. */
    readonly run: (context: SagaContext<Input, R>) => Cmd
  } & UndoneOrChangeless<
    { readonly result: CommandOutput<NoInfer<Cmd>> } & SagaContext<Input, R>,
    U
  >

export interface ForwardSpec<Input, R, Cmd extends AnyCommand> extends StepTiming {
  readonly run: (context: SagaContext<Input, R>) => Cmd & ForwardRule<Cmd>
}

export interface PivotSpec<Input, R, Cmd extends AnyCommand> extends StepTiming, Retried<Cmd> {
  readonly run: (context: SagaContext<Input, R>) => Cmd
}

interface EachBase<Input, R, Item> extends StepTiming {
  /** The list, known from the data so far. */
  readonly of: (context: SagaContext<Input, R>) => readonly Item[]
  /** The longest list that is let through; a longer one fails the saga before anything is sent. */
  readonly max?: number
  /**
   * Sends the items one after the other, ordered by this text, and not all at once. Sagas that take several instances of
   * a lock take them so in one order, and cannot wait for each other.
   */
  readonly inOrderOf?: (item: NoInfer<Item>) => string
}

export type EachSpec<Input, R, Item, Cmd extends AnyCommand, U extends AnyCommand, M> = EachBase<
  Input,
  R,
  Item
> &
  Retried<Cmd> & {
    readonly run: (context: { readonly item: Item } & SagaContext<Input, R>) => Cmd
    /** `fail` (default): one rejection turns the saga back. `collect`: rejections are results like others. */
    readonly rejection?: M
  } & UndoneOrChangeless<
    { readonly item: Item; readonly result: CommandOutput<NoInfer<Cmd>> } & SagaContext<Input, R>,
    U
  >

export type EachForwardSpec<Input, R, Item, Cmd extends AnyCommand> = EachBase<Input, R, Item> & {
  readonly run: (context: { readonly item: Item } & SagaContext<Input, R>) => Cmd & ForwardRule<Cmd>
}

export type EachResult<Item, Cmd, M> = M extends 'collect'
  ? readonly ({ readonly item: Item } & Outcome<
      CommandOutput<Cmd>,
      Cmd extends Command<string, unknown, unknown, infer X> ? X : never
    >)[]
  : readonly CommandOutput<Cmd>[]

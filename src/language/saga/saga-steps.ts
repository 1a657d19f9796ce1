// What a step of a saga has to be, as types: a wrong step does not compile, and the compiler prints a sentence.
import type { Command, CommandOutput, CommandRejects, Outcome } from '../message.ts'
import type { AnyCommand } from './saga-plan.ts'

/** A type that no value fits: the compiler prints its sentence. */
export interface Problem<Sentence extends string> {
  readonly '~problem': Sentence
}

type Unrejectable<Cmd, Sentence extends string> = [CommandRejects<Cmd>] extends [never]
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
/** Words that the code of a saga sees, or that name its notice: no step is called so. */
export const sagaWords = ['input', 'result', 'item', 'failure', 'otherwise'] as const
type SagaWord = (typeof sagaWords)[number]
export type FreshName<N extends string, R> = N extends keyof R | SagaWord
  ? Problem<'A step of this saga, or a word of the saga language, has this name already.'>
  : unknown

/** What the code of a step sees: the input, and the answers of the steps before it by their names. */
export type SagaContext<Input, R> = { readonly input: Input } & R

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

export type EachResult<Item, Cmd, M> = M extends 'collect'
  ? readonly ({ readonly item: Item } & Outcome<
      CommandOutput<Cmd>,
      Cmd extends Command<string, unknown, unknown, infer X> ? X : never
    >)[]
  : readonly CommandOutput<Cmd>[]

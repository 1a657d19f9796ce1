// Versions of a plan: what a later one replaces, and how an instance moves over. As types: a wrong mapping does not
// compile, and the compiler prints a sentence.
import { definitionError } from '../errors.ts'
import { planSteps } from './plan-steps.ts'
import type { EarlierSaga, Saga } from './saga-plan.ts'
import type { Problem } from './saga-steps.ts'
import { whyNoMapping } from './why-no-mapping.ts'

type InputOfPlan<S> = S extends { readonly '~input'?: infer Input } ? Input : unknown
type ResultsOfPlan<S> = S extends { readonly '~results'?: infer R } ? R : unknown

/** What an instance knows by the plan that is replaced. Nothing of it is on its way. */
export interface EarlierInstance<S> {
  readonly key: string
  readonly input: InputOfPlan<S>
  /** The answers of the steps that are done, by their names. */
  readonly results: Partial<ResultsOfPlan<S>>
  /** The names of the steps that are done. */
  readonly done: readonly string[]
}

/** What a mapping gives: what the instance has to know by the new plan. */
interface Moved {
  /** The input of the new plan. */
  readonly input: unknown
  /** The answers that are others by the new plan. What is not named here stays as it is. */
  readonly results?: object
  /** Steps that only the new plan has, and that count as done: they are neither carried out nor undone. */
  readonly skip?: readonly string[]
}

type Misspelt<M> = Exclude<keyof M & string, keyof Moved>

type InputRule<M, Input> = M extends { readonly input: Input }
  ? unknown
  : Problem<'The input that the mapping gives is not the input of the new plan. Give every field that its schema wants.'>

/** The steps of a plan. Which of them an instance knows may depend on the way that it has gone. */
type StepsOf<R> = R extends unknown ? keyof R & string : never
type AnswerOf<R, K> = R extends { readonly [P in K & string]: infer Answer } ? Answer : never

/** Steps of both plans whose answers have another type in the new one. */
type Changed<Old, New> = {
  [K in StepsOf<Old> & StepsOf<New>]: [AnswerOf<Old, K>] extends [AnswerOf<New, K>] ? never : K
}[StepsOf<Old> & StepsOf<New>]

type ResultsOfMove<M> = M extends { readonly results: infer Given } ? Given : Record<never, never>

type Missing<M, Old, New> = Exclude<Changed<Old, New>, keyof ResultsOfMove<M>>

type Unfitting<Given, New> = {
  [K in keyof Given & string]: K extends StepsOf<New>
    ? Given[K] extends AnswerOf<New, K> | undefined
      ? never
      : K
    : K
}[keyof Given & string]

type ResultsRule<M, Old, New> = [Missing<M, Old, New>] extends [never]
  ? [Unfitting<ResultsOfMove<M>, New>] extends [never]
    ? unknown
    : Problem<`The mapping gives "${Unfitting<ResultsOfMove<M>, New>}" a result that is not its answer in the new plan. Give what its command answers there.`>
  : Problem<`The answer of step "${Missing<M, Old, New>}" is another one in the new plan. Give it in results, or undefined where the step is not done.`>

type SkippedOf<M> = M extends { readonly skip: readonly (infer N extends string)[] } ? N : never
type Unskippable<M, Old, New> = Exclude<SkippedOf<M>, Exclude<StepsOf<New>, StepsOf<Old>>>

type SkipRule<M, Old, New> = [Unskippable<M, Old, New>] extends [never]
  ? unknown
  : Problem<`"${Unskippable<M, Old, New>}" cannot be skipped: only steps that the new plan has and the old one has not can.`>

type NameRule<M> = [Misspelt<M>] extends [never]
  ? unknown
  : Problem<`A mapping gives input, results and skip, and no "${Misspelt<M>}".`>

/** What a mapping has to be. */
export type MapRule<M, Input, New, Earlier> = InputRule<M, Input> &
  ResultsRule<M, ResultsOfPlan<Earlier>, New> &
  SkipRule<M, ResultsOfPlan<Earlier>, New> &
  NameRule<M>

/** How the running instances of an earlier version move over. */
export interface Moving<Earlier, Input, R, M> {
  /** Gives what an instance has to know by the new plan, from what it knows by the old one. Pure: it may run again. */
  readonly map: (instance: EarlierInstance<Earlier>) => M & MapRule<M, Input, R, Earlier>
}

/** The plan that takes the place of others. */
export interface SagaVersion<Input, R> extends Saga {
  readonly '~input'?: Input
  readonly '~results'?: R
  /** Says which other version the plan replaces. */
  replaces<Earlier extends Saga, const M = undefined>(
    earlier: Earlier,
    moving?: Moving<Earlier, Input, R, M>,
  ): SagaVersion<Input, R>
}

/**
 * Adds a version that a plan replaces.
 *
 * @throws `LANGUAGE_DEFINITION_INVALID` when it is no earlier version of this saga, is not the only one of its number, or
 *   its instances cannot move as they should.
 */
export function replacing(saga: Saga, replaced: EarlierSaga): Saga['earlier'] {
  const { saga: earlier, map } = replaced
  const { name, version } = saga
  if (earlier.name !== name) {
    throw definitionError(
      `Saga "${name}" cannot replace saga "${earlier.name}": versions of one plan have one name. Instances of another saga end by that.`,
    )
  }
  if (version <= earlier.version) {
    throw definitionError(
      `Saga "${name}" is version ${version}, and replaces version ${earlier.version}. Give it version ${earlier.version + 1} or higher.`,
    )
  }
  const known = [saga, ...saga.earlier.flatMap((each) => plansOf(each.saga))]
  for (const plan of plansOf(earlier)) {
    if (!known.some((each) => each.version === plan.version && each !== plan)) continue
    throw definitionError(
      `Saga "${name}" has two plans of version ${plan.version}. Give each plan a version of its own: an instance names its plan by it.`,
    )
  }
  const why = map && whyNoMapping(planSteps(earlier.nodes), planSteps(saga.nodes))
  if (why !== undefined) {
    throw definitionError(
      `Instances of version ${earlier.version} of saga "${name}" cannot move to version ${version}: ${why} Leave the mapping out: they then end by their own plan.`,
    )
  }
  return [...saga.earlier, replaced]
}

/** How instances of a version move: from which plan to which, and by which mapping. */
export interface Move {
  readonly from: Saga
  readonly to: Saga
  readonly map: NonNullable<EarlierSaga['map']>
}

/** How instances of a version move on; undefined when they end by their own plan. */
export function moveFrom(newest: Saga, version: number): Move | undefined {
  for (const to of plansOf(newest)) {
    for (const { saga: from, map } of to.earlier) {
      if (from.version === version && map) return { from, to, map }
    }
  }
  return undefined
}

/** A plan and all that it replaces, the newest first. */
export function plansOf(saga: Saga): readonly Saga[] {
  if (saga.earlier.length === 0) return [saga]
  const plans = [saga, ...saga.earlier.flatMap((each) => plansOf(each.saga))]
  return [...new Set(plans)].toSorted((one, other) => other.version - one.version)
}

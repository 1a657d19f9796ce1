// Specifications by example: given what has happened, when something is asked, then this follows. They run in memory,
// at once, and at a clock that stands still.
// Source: Emmett and Axon, "given, when, then" for event-sourced domains; Adzic, "Specification by Example".
import type { Aggregate, TypedAggregate } from '../language/aggregate.ts'
import type { Policy } from '../language/policy.ts'
import type { Saga } from '../language/saga/saga-plan.ts'
import type { Service } from '../language/service.ts'
import type { System } from '../language/system.ts'
import type { View } from '../language/view.ts'
import { type GivenAggregate, givenAggregate } from './given/given-aggregate.ts'
import { type GivenPolicy, givenPolicy } from './given/given-policy.ts'
import { type GivenSaga, givenSaga } from './given/given-saga.ts'
import { type GivenSystem, givenSystem, type GivenSystemOptions } from './given/given-system.ts'
import { type GivenView, givenView } from './given/given-view.ts'
import type { GivenPast } from './given/past.ts'
import type { GivenEvent } from './given/recorded.ts'

/** The input of a saga, as its `otherwise` hands it on. */
type InputOfSaga<S> = S extends {
  readonly otherwise: (
    notice: (context: infer Context extends { input: unknown }) => never,
  ) => unknown
}
  ? Context['input']
  : unknown

/**
 * Begins a specification.
 *
 * Of an aggregate: the events of one instance, then `when(command)` and `then([events])`, `thenRejected`,
 * `thenOutput`, `thenState`. Of a view: events, then `thenDocument`, `thenFound`. Of a policy: `when(event)` and
 * `thenCommands`. Of a saga: its input, then `thenCommands`, `reply`, `undone`, `deadline`, `upgrade`, `thenEnded`.
 * Of a service or a system: events and commands, then `when(command)`, and the same words as of an aggregate,
 * `thenCommands`, `thenAnswer(query)`, `passing(time)`; it runs on the runtime: `await ... .run()`.
 *
 * What is compared fails as an assertion of `node:assert` does. States and documents are frozen: code that changes
 * them in place fails.
 *
 * @throws `LANGUAGE_DEFINITION_INVALID` when the specification itself cannot be true.
 * @example given(StockItem, [Stock.Supplied({ item: 'tea', quantity: 1 })]).when(Stock.reserve(two)).thenRejected('OutOfStock')
 */
export function given<State>(
  aggregate: TypedAggregate<State>,
  events?: readonly GivenEvent[],
): GivenAggregate<State>
export function given<V extends View>(view: V, events?: readonly GivenEvent[]): GivenView<V>
export function given(policy: Policy): GivenPolicy
export function given<S extends Saga>(saga: S, input: InputOfSaga<S>): GivenSaga
export function given(
  subject: Service | System,
  past?: GivenPast,
  options?: GivenSystemOptions,
): GivenSystem
export function given(
  subject: Aggregate | View | Policy | Saga | Service | System,
  past?: unknown,
  options?: GivenSystemOptions,
): GivenAggregate<unknown> | GivenView<View> | GivenPolicy | GivenSaga | GivenSystem {
  // Why the casts: the overloads say which past belongs to which subject.
  const events = (past ?? []) as readonly GivenEvent[]
  switch (subject.kind) {
    case 'aggregate':
      return givenAggregate(subject, events)
    case 'view':
      return givenView(subject, events)
    case 'policy':
      return givenPolicy(subject)
    case 'saga':
      return givenSaga(subject, past)
    case 'service':
    case 'system':
      return givenSystem(subject, (past ?? []) as GivenPast, options)
  }
}

import assert from 'node:assert/strict'
import type { Aggregate, TypedAggregate } from '../../language/aggregate.ts'
import { definitionError } from '../../language/errors.ts'
import type {
  Command,
  CommandOutput,
  CommandRejects,
  Event,
  Outcome,
} from '../../language/message.ts'
import { checkSchema } from '../../language/schema.ts'
import type { Service } from '../../language/service.ts'
import type { System } from '../../language/system.ts'
import type { Cell } from '../../runtime/cells.ts'
import { decideInto, instanceKey } from '../../runtime/decide.ts'
import { Draft } from '../../runtime/draft.ts'
import { invalidInput } from '../../runtime/execute.ts'
import { createServiceModel, type ServiceModel } from '../../runtime/service-model.ts'
import { frozenPlain } from './plain.ts'
import { asStored, assertEventOf, type GivenEvent, givenAtMs, recorded } from './recorded.ts'

/** What a specification may say of a command beside its data. */
export interface CommandFacts {
  readonly id?: string
  readonly atMs?: number
  readonly actor?: string
  readonly tenant?: string
  /** What the `prepare` step of the command gave. */
  readonly prepared?: unknown
}

/** What was decided, to be compared with what was expected. */
export interface ThenDecided<State, C extends Command> {
  /** Compares the output that the caller is answered with. */
  thenOutput(output: CommandOutput<C>): ThenDecided<State, C>
  /** Compares the state after the events. */
  thenState(state: State): ThenDecided<State, C>
  /** Goes on with another command, after the events of this one. */
  when<Next extends Command>(command: Next, facts?: CommandFacts): WhenDecided<State, Next>
}

export interface WhenDecided<State, C extends Command> extends ThenDecided<State, C> {
  /** Compares the events. An empty list: the command was accepted and changed nothing. */
  then(events: readonly Event[]): ThenDecided<State, C>
  /** Compares the rejection and, when given, its data. A rejected command records no event. */
  thenRejected(name: CommandRejects<C>, data?: unknown): ThenDecided<State, C>
}

export interface GivenAggregate<State> {
  /**
   * Decides a command.
   *
   * @throws `COMMAND_*` as the runtime would.
   */
  when<C extends Command>(command: C, facts?: CommandFacts): WhenDecided<State, C>
}

/** Begins the specification of an aggregate instance to which these events have happened. */
export function givenAggregate<State>(
  aggregate: TypedAggregate<State>,
  events: readonly GivenEvent[],
): GivenAggregate<State> {
  const { contract } = aggregate
  for (const each of events) assertEventOf(contract, 'kind' in each ? each : each[0])
  const model = modelOf(strict(aggregate))
  return { when: (command, facts = {}) => decide<State>({ model, events }, command, facts) }
}

interface Past {
  readonly model: ServiceModel
  readonly events: readonly GivenEvent[]
}

function decide<State>(
  { model, events }: Past,
  command: Command,
  facts: CommandFacts,
): WhenDecided<State, Command> {
  const handler = model.commands.get(command.type)
  if (!handler) throw definitionError(`The aggregate does not decide ${command.type}.`)
  const data = checkedData(handler.spec.input, command)
  const { id = 'command', atMs = givenAtMs, actor, tenant, prepared } = facts
  const key = instanceKey(handler, command.type, data)
  const draft = new Draft(cellsOf(handler.aggregate, key, events), atMs)
  const meta = { command: id, ...(actor && { actor }), ...(tenant && { tenant }) }
  const outcome = decideInto(model, draft, { type: command.type, data, key, id, prepared, meta })
  const { name } = handler.aggregate
  const decided = draft.entries.map(({ type, data: json }) => ({
    kind: 'event' as const,
    service: model.name,
    type,
    data: JSON.parse(json) as unknown,
  }))
  const state = draft.stream(handler.aggregate, `${name}/${key}`).state
  const after = {
    model,
    events: [...events, ...decided.map((each) => [each, { key, atMs }] as const)],
  }
  return compare<State>({ outcome, events: decided, state }, (next, nextFacts) =>
    decide<State>(after, next, nextFacts),
  )
}

interface Decided {
  readonly outcome: Outcome
  readonly events: readonly Event[]
  readonly state: unknown
}

function compare<State>(
  { outcome, events, state }: Decided,
  next: (command: Command, facts: CommandFacts) => WhenDecided<State, Command>,
): WhenDecided<State, Command> {
  const checked: ThenDecided<State, Command> = {
    thenOutput(output) {
      assertAccepted(outcome)
      assert.deepEqual(asStored(outcome.output), asStored(output))
      return checked
    },
    thenState(expected) {
      assert.deepEqual(asStored(state), asStored(expected))
      return checked
    },
    when: (command, facts = {}) => next(command, facts),
  }
  return {
    ...checked,
    // Why the name, though it makes the value look like a promise: given, when, then are the words of the method.
    // oxlint-disable-next-line unicorn/no-thenable -- a specification is synchronous, and refuses to be awaited
    then(expected) {
      // Whoever awaits the specification hands functions in.
      if (!Array.isArray(expected))
        throw definitionError('A specification is synchronous: neither await nor return it.')
      assertAccepted(outcome)
      assert.deepEqual(events.map(facts), expected.map(facts))
      return checked
    },
    thenRejected(name, ...data) {
      assert.deepEqual({ ok: outcome.ok, events: events.map(facts) }, { ok: false, events: [] })
      assert.ok(!outcome.ok)
      assert.equal(outcome.rejected, name)
      if (data.length > 0) assert.deepEqual(asStored(outcome.data), asStored(data[0]))
      return checked
    },
  }
}

function assertAccepted(outcome: Outcome): asserts outcome is Extract<Outcome, { ok: true }> {
  if (!outcome.ok)
    assert.fail(`It was rejected: ${outcome.rejected} ${JSON.stringify(outcome.data)}`)
}

function facts({ type, data }: Event): unknown {
  return { type, data: asStored(data) }
}

/** The same aggregate, whose states cannot be changed in place and have to survive JSON. */
function strict(aggregate: Aggregate): Aggregate {
  const what = `The state of "${aggregate.name}"`
  const evolve = Object.entries(aggregate.evolve).map(([type, step]) => {
    const strictStep: typeof step = (...all) => frozenPlain(what, step(...all))
    return [type, strictStep] as const
  })
  return {
    ...aggregate,
    initial: () => frozenPlain(what, aggregate.initial()),
    evolve: Object.fromEntries(evolve),
  }
}

/** A service that has nothing but this aggregate: it decides as any service does. */
function modelOf(aggregate: Aggregate): ServiceModel {
  const { contract } = aggregate
  const parts = { views: [], policies: [], ports: [], queries: {} }
  const name = contract.$name
  const service: Service = { kind: 'service', name, contract, aggregates: [aggregate], ...parts }
  const system: System = {
    kind: 'system',
    name: 'specification',
    services: [service],
    sagas: [],
    elsewhere: [],
    gateways: [],
    adapters: [],
  }
  return createServiceModel(system, service, { partitions: 1, viewName: ({ name }) => name })
}

function cellsOf(
  aggregate: Aggregate,
  key: string,
  events: readonly GivenEvent[],
): ConstructorParameters<typeof Draft>[0] {
  const past = recorded(events.map((each) => ('kind' in each ? [each, { key }] : each)))
  const cell: Cell = {
    id: `${aggregate.name}/${key}`,
    version: past.length,
    value: aggregate.initial(),
    stateAt: 0,
    atMs: 0,
    pending: 0,
  }
  for (const [index, { type, data, meta }] of past.entries()) {
    const own = { ...meta, id: `${cell.id}#${index + 1}`, key, version: index + 1 }
    const evolve = aggregate.evolve[type]
    if (evolve) cell.value = evolve(cell.value, data, own)
  }
  return { stream: () => cell, document: () => undefined }
}

function checkedData(schema: Parameters<typeof checkSchema>[0], command: Command): unknown {
  const checked = checkSchema(schema, command.data)
  if (checked instanceof Promise)
    throw definitionError(`The input schema of ${command.type} is asynchronous.`)
  if (checked.ok) return checked.value
  throw invalidInput('COMMAND_INPUT_INVALID', command.type, checked.issues)
}

// Given, when, then for aggregates: calls `decide` and `evolve` as they are, without any runtime.
import type { Aggregate, Command, Event } from 'dure'

/** What a decision came to. */
export interface Decided {
  readonly events: readonly { readonly type: string; readonly data: unknown }[]
  readonly output?: unknown
  readonly rejected?: string
  readonly data?: unknown
  /** The state after the events. */
  readonly state: unknown
}

export interface WhenOptions {
  readonly prepared?: unknown
  readonly atMs?: number
}

interface Given {
  /** Decides a command on the state that the given events made. */
  when(command: Command, options?: WhenOptions): Decided
}

interface DecisionLike {
  readonly kind?: string
  readonly events?: readonly Event[]
  readonly output?: unknown
  readonly rejected?: string
  readonly data?: unknown
}

/** Begins a specification of an aggregate with what has happened before, one millisecond apart. */
export function given(aggregate: Aggregate, ...history: readonly Event[]): Given {
  const before = history.reduce(
    (state, event, index) => evolver(aggregate, index + 1)(state, event),
    aggregate.initial(),
  )

  return {
    when(command, { prepared, atMs = 1_000 } = {}) {
      const spec = aggregate.contract.$spec.commands?.[command.type.split('.')[1] ?? '']
      const rejections = Object.keys(spec?.rejects ?? {}).map((name): [string, unknown] => [
        name,
        (data: unknown) => ({ kind: 'rejection', rejected: name, data }),
      ])
      const decision = aggregate.decide[command.type]?.(before, command.data, {
        reject: Object.fromEntries(rejections),
        reply: (output: unknown, ...events: Event[]) => ({ kind: 'accepted', output, events }),
        prepared,
        id: 'command-1',
        atMs,
        key: aggregate.key(command.data),
      })
      return toDecided(decision, before, evolver(aggregate, atMs))
    },
  }
}

type Evolve = (state: unknown, event: Event) => unknown

function toDecided(decision: unknown, before: unknown, evolve: Evolve): Decided {
  const { kind, events: given, output, rejected, data } = asDecision(decision)
  if (kind === 'rejection') {
    return { events: [], data, state: before, ...(rejected !== undefined && { rejected }) }
  }
  const events = given ?? []
  const state = events.reduce(evolve, before)
  return { events: events.map((event) => ({ type: event.type, data: event.data })), output, state }
}

function asDecision(decision: unknown): DecisionLike {
  if (Array.isArray(decision)) return { kind: 'accepted', events: decision as readonly Event[] }
  const value = decision as DecisionLike
  return value.kind === 'event' ? { kind: 'accepted', events: [decision as Event] } : value
}

/** Evolves states as the runtime does: with events as the log keeps them, which is JSON. */
function evolver(aggregate: Aggregate, atMs: number): Evolve {
  return (state, event) => {
    const meta = { id: `event-${atMs}`, source: event.service, atMs, key: 'key', version: 1 }
    const stored: unknown = JSON.parse(JSON.stringify(event.data))
    return aggregate.evolve[event.type]?.(state, stored, meta) ?? state
  }
}

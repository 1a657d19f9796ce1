// What invariants look at: documents, states, logs, sagas and the history of the clients, as the ledger has them.
import type { Aggregate } from '../../language/aggregate.ts'
import type { AnyEventType } from '../../language/contract.ts'
import type { EventMeta } from '../../language/message.ts'
import type { Saga } from '../../language/saga/saga-plan.ts'
import type { OutputOf } from '../../language/schema.ts'
import type { System } from '../../language/system.ts'
import type { DocumentOf, View } from '../../language/view.ts'
import { type EventTypes, eventMeta, readEventData } from '../../log/stored-event.ts'
import type { Entry } from '../../log/store.port.ts'
import type { SagaState } from '../../sagas/saga-state.ts'
import type { AppliedCommit, Ledger, ServiceLedger } from '../world/ledger.ts'
import { typesOf } from './built-in/readers.ts'

/** One call of a client, or a fact that it noted. */
export interface Operation {
  readonly client: string
  readonly kind: 'command' | 'query' | 'note'
  /** Type of the command or query, or the name of the note. */
  readonly type: string
  readonly data: unknown
  readonly id?: string
  /** For whom it was sent. */
  readonly actor?: string
  readonly atMs: number
  /** When the client knew; absent while it waits. */
  endedAtMs?: number
  result?: 'ok' | 'rejected' | 'failed' | 'unknown'
  /** The answer, where there was one. */
  answer?: unknown
  /** Why it failed: the code of the error. */
  code?: string
}

export interface RecordedEvent<Data = unknown> {
  readonly service: string
  readonly type: string
  readonly data: Data
  readonly meta: EventMeta
  readonly position: number
}

/** Everything that is known of a world at a moment. */
export interface Facts {
  /** Milliseconds since 1970 UTC. */
  readonly nowMs: number
  /** Whether nothing fails any more. */
  readonly isQuiet: boolean
  /** The documents of a view, as they are stored now. */
  documents<V extends View>(view: V): ReadonlyMap<string, DocumentOf<V>>
  /** The states of an aggregate's instances, folded from what was stored. */
  states<State>(aggregate: Aggregate & { readonly '~state'?: State }): ReadonlyMap<string, State>
  /** Events of a type, in the order of the log. */
  events<E extends AnyEventType>(type: E): readonly RecordedEvent<OutputOf<E['schema']>>[]
  /** Instances of a saga. */
  sagas(saga: Saga): readonly SagaState[]
  /** How often processes were started: once more for each that came back. */
  readonly starts: number
  /** What clients did, and what they were told. */
  readonly history: readonly Operation[]
}

export interface FactsOptions {
  readonly system: System
  readonly ledger: Ledger
  readonly history: readonly Operation[]
  readonly nowMs: () => number
  readonly starts: () => number
  readonly isQuiet: () => boolean
  /** Told of each question; throws when somebody asks without end. */
  readonly onAsked?: () => void
}

/** Facts, and the door by which what was committed reaches them. */
export interface FactBook extends Facts {
  /** How often somebody has asked for something and found something. */
  readonly looks: number
  /** Takes a commit into account, after the ledger has. */
  applied(commit: AppliedCommit): void
  /** An entry of a log, as invariants see it. */
  eventOf(service: string, entry: Entry): RecordedEvent
  /** Whether a document that a service wrote under the stored name of a view is one of the present view. */
  isOf(view: View, written: { readonly service: string; readonly stored: string }): boolean
}

/** Opens the facts of a world. What nobody asks for costs nothing. */
export function createFacts(options: FactsOptions): FactBook {
  return new WorldFacts(options)
}

interface Fold {
  readonly aggregate: Aggregate
  readonly service: string
  readonly states: Map<string, unknown>
  /** How many entries of each partition are in it. */
  readonly read: number[]
}

interface EventList {
  readonly type: AnyEventType
  readonly events: RecordedEvent[]
  readonly read: number[]
}

class WorldFacts implements FactBook {
  looks = 0
  readonly #options: FactsOptions
  readonly #types: EventTypes
  readonly #folds = new Map<string, Fold>()
  readonly #lists = new Map<string, EventList>()
  readonly #events = new WeakMap<Entry, RecordedEvent>()
  readonly #views = new Map<string, ReadonlyMap<string, unknown>>()

  constructor(options: FactsOptions) {
    this.#options = options
    this.#types = typesOf(options.system)
  }

  get history(): readonly Operation[] {
    this.#options.onAsked?.()
    if (this.#options.history.length > 0) this.looks += 1
    return this.#options.history
  }

  get nowMs(): number {
    this.#options.onAsked?.()
    return this.#options.nowMs()
  }

  get starts(): number {
    return this.#options.starts()
  }

  get isQuiet(): boolean {
    return this.#options.isQuiet()
  }

  applied({ service, commit }: AppliedCommit): void {
    if (!commit.documents && !commit.clearViews) return
    for (const { view } of commit.documents ?? []) this.#views.delete(`${service} ${view}`)
    for (const view of commit.clearViews ?? []) this.#views.delete(`${service} ${view}`)
  }

  documents<V extends View>(view: V): ReadonlyMap<string, DocumentOf<V>> {
    this.#options.onAsked?.()
    const service = this.#ownerOf(view, ({ views }) => views)
    const ledger = this.#options.ledger.of(service)
    const found = this.#documentsOf(ledger, presentName(ledger, view.name))
    if (found.size > 0) this.looks += 1
    // Why the cast: the runtime writes what the view's `evolve` gave.
    return found as ReadonlyMap<string, DocumentOf<V>>
  }

  states<State>(aggregate: Aggregate & { readonly '~state'?: State }): ReadonlyMap<string, State> {
    this.#options.onAsked?.()
    const service = this.#ownerOf(aggregate, ({ aggregates }) => aggregates)
    const known = this.#folds.get(aggregate.name)
    const fold = known ?? { aggregate, service, states: new Map<string, unknown>(), read: [] }
    this.#folds.set(aggregate.name, fold)
    this.#foldOn(fold)
    if (fold.states.size > 0) this.looks += 1
    // Why the cast: states are what the aggregate's `evolve` gave.
    return fold.states as ReadonlyMap<string, State>
  }

  events<E extends AnyEventType>(type: E): readonly RecordedEvent<OutputOf<E['schema']>>[] {
    this.#options.onAsked?.()
    const [service = ''] = type.type.split('.')
    const list = this.#lists.get(type.type) ?? { type, events: [], read: [] }
    this.#lists.set(type.type, list)
    for (const entry of unread(this.#options.ledger.of(service), list.read)) {
      if (entry.type === type.type && entry.kind === 'event')
        list.events.push(this.eventOf(service, entry))
    }
    if (list.events.length > 0) this.looks += 1
    // Why the cast: what is stored was checked against the schema of the event.
    return list.events as readonly RecordedEvent<OutputOf<E['schema']>>[]
  }

  sagas(saga: Saga): readonly SagaState[] {
    this.#options.onAsked?.()
    const place = this.#options.system.sagas.find((each) => each.saga.name === saga.name)
    if (!place) return []
    const found = this.#documentsOf(this.#options.ledger.of(place.by), `saga:${saga.name}`)
    if (found.size > 0) this.looks += 1
    // Why the cast: the coordinator writes these documents.
    return [...found.values()] as SagaState[]
  }

  isOf(view: View, { service, stored }: Parameters<FactBook['isOf']>[1]): boolean {
    if (!stored.startsWith(`${view.name}@`)) return false
    if (this.#ownerOf(view, ({ views }) => views) !== service) return false
    return stored === presentName(this.#options.ledger.of(service), view.name)
  }

  #ownerOf<T>(wanted: T, parts: (service: System['services'][number]) => readonly T[]): string {
    const owner = this.#options.system.services.find((service) => parts(service).includes(wanted))
    return owner?.name ?? ''
  }

  #documentsOf(ledger: ServiceLedger, view: string): ReadonlyMap<string, unknown> {
    const name = `${ledger.service} ${view}`
    const known = this.#views.get(name)
    if (known) return known
    const documents = new Map<string, unknown>()
    for (const [key, document] of ledger.views.get(view) ?? []) {
      documents.set(key, document.data)
    }
    this.#views.set(name, documents)
    return documents
  }

  #foldOn({ aggregate, service, states, read }: Fold): void {
    const ledger = this.#options.ledger.of(service)
    if (aggregate.stored === 'state') {
      for (const [stream, { state }] of ledger.states) {
        const key = keyOf(aggregate, stream)
        if (key !== undefined) states.set(key, JSON.parse(state))
      }
      return
    }
    for (const entry of unread(ledger, read)) {
      const key = entry.stream === undefined ? undefined : keyOf(aggregate, entry.stream)
      const evolve = aggregate.evolve[entry.type]
      if (key === undefined || !evolve) continue
      const { data, meta } = this.eventOf(service, entry)
      states.set(key, evolve(states.get(key) ?? aggregate.initial(), data, meta))
    }
  }

  eventOf(service: string, entry: Entry): RecordedEvent {
    const known = this.#events.get(entry)
    if (known) return known
    const { type, position } = entry
    const data = readEventData(this.#types, entry)
    const event = { service, type, data, meta: eventMeta(service, entry), position }
    this.#events.set(entry, event)
    return event
  }
}

/** The entries that were not read yet; notes that they are now. */
function* unread({ logs }: ServiceLedger, read: number[]): Iterable<Entry> {
  for (const [partition, log] of logs.entries()) {
    for (let index = read[partition] ?? 0; index < log.length; index += 1) {
      const entry = log[index]
      if (entry) yield entry
    }
    read[partition] = log.length
  }
}

function keyOf({ name }: Aggregate, stream: string): string | undefined {
  return stream.startsWith(`${name}/`) ? stream.slice(name.length + 1) : undefined
}

/** The stored name of the present generation of a view. */
export function presentName({ views }: ServiceLedger, view: string): string {
  const record = views.get('$views')?.get(view)
  // Why the cast: the catalogue of views writes these documents.
  const { generation } = (record?.data ?? firstGeneration) as { readonly generation: number }
  return `${view}@${generation}`
}

const firstGeneration = { generation: 1 } as const

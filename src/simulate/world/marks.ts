// What a world has reached, as short texts: what was handled, in which state, and which faults had struck nearby just
// before. A search looks for worlds with marks that no world had before.

import type { System } from '../../language/system.ts'
import type { DocumentWrite, Entry } from '../../log/store.port.ts'
import type { FaultName } from '../faults/catalogue.ts'
import type { FaultInstance } from '../faults/plan.ts'
import type { Operation } from '../invariants/facts.ts'
import type { AppliedCommit, Ledger, LedgerEntry, ServiceLedger } from './ledger.ts'
import { oncePerSystem } from '../once-per-system.ts'
import type { Scheduler } from './scheduler.ts'
import type { ProcessShape } from './shape.ts'
import { patienceMs } from './surroundings.ts'

export interface WorldMarks {
  /** Messages that were handled, each time that they were. */
  readonly messages: number
  applied(commit: AppliedCommit): void
  struck(fault: FaultInstance): void
  /** All marks, when the world is over. */
  gather(history: readonly Operation[]): readonly string[]
}

export interface MarksOptions {
  readonly system: System
  readonly ledger: Ledger
  readonly processes: readonly ProcessShape[]
}

/** How long after a fault what is done nearby counts as done in its shadow, in milliseconds. */
export const shadowMs = patienceMs + 1_000
/** Stands where no fault had struck nearby. */
export const noFault = '-'
/** Stands where a timer, and no message, moved a saga. */
export const timerTrigger = 'timer'
/** The state of a saga that has none yet. */
export const newSaga = 'new'
const sagaMark = 'saga:'

/** Begins to collect. */
export function collectMarks(options: MarksOptions, clock: Pick<Scheduler, 'nowMs'>): WorldMarks {
  return new Marks(options, clock)
}

const inbox = 'inbox'
const none: readonly never[] = []
const calm = [noFault]

interface SagaMove {
  readonly write: DocumentWrite
  readonly handled: readonly Entry[]
  readonly faults: readonly string[]
}

class Marks implements WorldMarks {
  messages = 0
  readonly #options: MarksOptions
  readonly #clock: Pick<Scheduler, 'nowMs'>
  /** Events that each consumer wants, by service and consumer. */
  readonly #wanted: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>
  /** By the names in the place of a fault: until when its shadow lies there. */
  readonly #shadows = new Map<string, Map<FaultName, number>>()
  /** What was done, and in the shadow of which faults. */
  readonly #done = new Map<string, Set<string>>()
  readonly #marks = new Set<string>()
  readonly #statuses = new Map<string, string>()

  constructor(options: MarksOptions, clock: Pick<Scheduler, 'nowMs'>) {
    this.#options = options
    this.#clock = clock
    this.#wanted = wantedEvents(options.system)
  }

  struck({ kind, place, ...more }: FaultInstance): void {
    const lastsMs = 'lastsMs' in more && typeof more.lastsMs === 'number' ? more.lastsMs : 0
    const untilMs = this.#clock.nowMs + lastsMs + shadowMs
    const names = place.split(/[ /]/)
    for (const name of names) {
      const shadows = this.#shadows.get(name) ?? new Map<FaultName, number>()
      this.#shadows.set(name, shadows)
      shadows.set(kind, Math.max(untilMs, shadows.get(kind) ?? 0))
    }
    if (!kind.startsWith('crash')) return
    for (const service of this.#hitBy(kind, names)) this.#marks.add(`crash|${kind}|${service}`)
  }

  applied(applied: AppliedCommit): void {
    const { cursors, fireTimers, documents } = applied.commit
    if (!cursors && !fireTimers) return
    const handled = this.#handledBy(applied)
    const sagas = documents?.filter(({ view }) => view.startsWith(sagaMark)) ?? none
    if (handled.length === 0 && sagas.length === 0) return
    this.messages += handled.length
    const faults = this.#shadowsOn(applied)
    const { service } = applied
    for (const { type } of handled) this.#note(`message|${service}|${type}`, faults)
    for (const write of sagas) this.#noteSaga(applied, { write, handled, faults })
  }

  gather(history: readonly Operation[]): readonly string[] {
    const marks = new Set(this.#marks)
    for (const [done, faults] of this.#done) {
      for (const fault of faults) marks.add(`${done}|${fault}`)
    }
    for (const { kind, type, result } of history) {
      if (result === 'ok' || result === 'rejected') marks.add(`${kind}|${type}`)
    }
    for (const ledger of this.#options.ledger.services.values()) markService(marks, ledger)
    return [...marks]
  }

  /** The services that a crash has hit: the one at whose work it died, where that is known; all of the process. */
  #hitBy(kind: FaultName, names: readonly string[]): readonly string[] {
    const process = this.#options.processes.find(({ name }) => names.includes(name))
    const { services = [] } = process ?? {}
    const isOfAll = kind === 'crash' || kind === 'crash before acknowledgement'
    return isOfAll ? services : services.filter((service) => names.slice(1).includes(service))
  }

  #noteSaga(
    { entries }: AppliedCommit,
    { write: { view, key, index }, handled, faults }: SagaMove,
  ): void {
    const name = view.slice(sagaMark.length)
    const place = `${name}/${key}`
    const status = this.#statuses.get(place)
    const types = status === undefined ? this.#startsOf(name, handled) : repliesTo(handled, place)
    for (const type of types) this.#note(`saga|${name}|${status ?? newSaga}|${type}`, faults)
    const mark = `/${place}/`
    for (const entry of entries) {
      const step = stepIn(entry, mark)
      if (step !== undefined) this.#marks.add(`step|${name}|${step}`)
    }
    const next = index?.find(([field]) => field === 'status')?.[1]
    if (next === undefined) return
    this.#statuses.set(place, String(next))
    this.#marks.add(`end|${name}|${next}`)
  }

  #note(done: string, faults: readonly string[]): void {
    let known = this.#done.get(done)
    if (known === undefined) {
      known = new Set()
      this.#done.set(done, known)
    }
    for (const fault of faults) known.add(fault)
  }

  /** The messages that a commit has taken account of. */
  #handledBy({ service, commit }: AppliedCommit): readonly LedgerEntry[] {
    const handled: LedgerEntry[] = []
    for (const { consumer, source, partition, expected, position } of commit.cursors ?? none) {
      const wanted = this.#wanted.get(service)?.get(before(consumer, '@'))
      const log = this.#options.ledger.of(source).logs[partition]
      for (let index = expected; log && index < position; index += 1) {
        const entry = log[index]
        if (entry && isWanted(entry, service, wanted)) handled.push(entry)
      }
    }
    return handled
  }

  /** What started a saga. */
  #startsOf(name: string, handled: readonly Entry[]): readonly string[] {
    const types = handled.filter(({ kind }) => kind === 'event').map(({ type }) => type)
    const found = this.#options.system.sagas.find(({ saga }) => saga.name === name)
    return types.filter((type) => found?.saga.starts.some(({ event }) => event.type === type))
  }

  #shadowsOn({ service, process }: AppliedCommit): readonly string[] {
    const nowMs = this.#clock.nowMs
    const found = new Set<string>()
    for (const name of [service, process]) {
      for (const [kind, untilMs] of this.#shadows.get(name) ?? [])
        if (untilMs > nowMs) found.add(kind)
    }
    return found.size === 0 ? calm : [...found]
  }
}

/** A consumer of a service handles what is sent to it, and the events that it follows. */
function isWanted(
  { kind, to, type }: Entry,
  service: string,
  wanted: ReadonlySet<string> | undefined,
): boolean {
  return kind === 'event' ? (wanted?.has(type) ?? false) : to === service
}

const wantedEvents = oncePerSystem(({ services, sagas }) => {
  const wanted = new Map<string, ReadonlyMap<string, ReadonlySet<string>>>()
  for (const { name, policies, views } of services) {
    const own = sagas.filter(({ by }) => by === name).flatMap(({ saga }) => saga.starts)
    const events = [...policies.flatMap(({ events }) => events), ...own.map(({ event }) => event)]
    const byConsumer = new Map([[inbox, new Set(events.map(({ type }) => type))]])
    for (const view of views) {
      byConsumer.set(`view:${view.name}`, new Set(Object.keys(view.handlers)))
    }
    wanted.set(name, byConsumer)
  }
  return wanted
})

/** What moved a saga: answers to it; a timer, when there was none. */
function repliesTo(handled: readonly Entry[], place: string): readonly string[] {
  const replies = handled.filter(({ kind, key }) => kind === 'reply' && key === place)
  return replies.length === 0 ? [timerTrigger] : replies.map(({ type }) => type)
}

function markService(marks: Set<string>, { service, logs, streams, views }: ServiceLedger): void {
  for (const { kind, type } of logs.flat()) if (kind === 'event') marks.add(`event|${type}`)
  for (const stream of streams.keys()) marks.add(`aggregate|${service}|${before(stream, '/')}`)
  for (const [view, documents] of views) {
    const isOfUser = !view.startsWith(sagaMark) && !view.startsWith('$')
    if (isOfUser && documents.size > 0) marks.add(`view|${service}|${before(view, '@')}`)
  }
}

/** The step of a saga whose command an entry is, or follows from: `stock`, or `undo:stock`. */
function stepIn({ kind, origin }: LedgerEntry, mark: string): string | undefined {
  // The id of a saga's command is `.../<saga>/<key>/<step>`.
  const id = kind === 'event' ? origin.command : origin.id
  const start = id === undefined ? -1 : id.indexOf(mark)
  return id === undefined || start < 0 ? undefined : before(id.slice(start + mark.length), '/')
}

/** The part of a text before a sign; all of it without the sign. */
function before(text: string, sign: string): string {
  const index = text.indexOf(sign)
  return index < 0 ? text : text.slice(0, index)
}

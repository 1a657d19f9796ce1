// Every document against the fold of the log: the events that the view has taken, in the order in which it has.
import type { System } from '../../../language/system.ts'
import type { View } from '../../../language/view.ts'
import { type EventTypes, eventMeta, readEventData } from '../../../log/stored-event.ts'
import type { DocumentWrite, Entry } from '../../../log/store.port.ts'
import { type IndexRow, indexRows } from '../../../views/index-rows.ts'
import type { AppliedCommit, Ledger } from '../../world/ledger.ts'
import { presentName } from '../facts.ts'
import type { JudgeMaker } from '../judge.ts'
import { readersOf, typesOf, viewConsumer } from './readers.ts'
import { isSameJson } from './same.ts'
import { type Taken, takenBy, type TakenOptions } from './taken.ts'

/** An event, and the service whose log has it. */
interface Followed {
  readonly source: string
  readonly entry: Entry
}

/** What was seen of one stored view: the events that it took, and the rows under which its documents are found. */
interface Seen {
  readonly events: Followed[]
  readonly rows: Map<string, readonly IndexRow[]>
  /** Whether a message of it was parked: it then lacks something on purpose. */
  isParked: boolean
}

/** A document of a view is what its events make of it, each taken once; its index rows are those of the document. */
export const judgeViews: JudgeMaker = ({ system, ledger }) => {
  const book = new ViewBook(system, ledger)
  return {
    name: 'a view is what the log makes of it',
    applied(applied) {
      book.follow(applied)
      return undefined
    },
    atRest: () => book.judge(),
  }
}

const viewMark = viewConsumer('')

class ViewBook {
  readonly #system: System
  readonly #ledger: Ledger
  readonly #inline: Inline
  readonly #taking: TakenOptions
  readonly #seen = new Map<string, Seen>()

  constructor(system: System, ledger: Ledger) {
    this.#system = system
    this.#ledger = ledger
    this.#inline = new Inline(system, ledger)
    this.#taking = { world: ledger, readers: readersOf(system) }
  }

  follow(applied: AppliedCommit): void {
    const { service, commit } = applied
    for (const view of commit.clearViews ?? none) this.#seen.delete(`${service} ${view}`)
    this.#inline.follow(applied, (stored, entry) =>
      this.#of(service, stored).events.push({ source: service, entry }),
    )
    for (const taken of takenBy(applied, this.#taking)) this.#take(service, taken)
    for (const write of commit.documents ?? none) {
      if (write.index || write.unindex) noteRows(this.#of(service, write.view).rows, write)
    }
  }

  judge(): readonly string[] {
    const { services } = this.#system
    const types = typesOf(this.#system)
    const wrong: string[] = []
    for (const { name: service, views } of services) {
      for (const view of views) {
        const stored = presentName(this.#ledger.of(service), view.name)
        const viewed = { ledger: this.#ledger, service, view, stored, types }
        wrong.push(...judgeView(viewed, this.#of(service, stored)))
      }
    }
    return wrong
  }

  #take(service: string, { consumer, source, entry, isParked }: Taken): void {
    if (!consumer.startsWith(viewMark)) return
    const seen = this.#of(service, consumer.slice(viewMark.length))
    if (isParked) seen.isParked = true
    else seen.events.push({ source, entry })
  }

  #of(service: string, stored: string): Seen {
    const name = `${service} ${stored}`
    const known = this.#seen.get(name)
    if (known) return known
    const fresh = { events: [], rows: new Map<string, readonly IndexRow[]>(), isParked: false }
    this.#seen.set(name, fresh)
    return fresh
  }
}

/** The views that change together with the events of their own service. */
class Inline {
  readonly #views = new Map<string, readonly View[]>()
  readonly #ledger: Ledger

  constructor({ services }: System, ledger: Ledger) {
    this.#ledger = ledger
    for (const { name, views } of services) {
      this.#views.set(
        name,
        views.filter(({ consistency }) => consistency === 'inline'),
      )
    }
  }

  follow(
    { service, entries }: AppliedCommit,
    onFollowed: (stored: string, entry: Entry) => void,
  ): void {
    if (entries.length === 0) return
    for (const view of this.#views.get(service) ?? none) {
      const followed = entries.filter(
        ({ kind, type }) => kind === 'event' && Object.hasOwn(view.handlers, type),
      )
      if (followed.length === 0) continue
      const stored = presentName(this.#ledger.of(service), view.name)
      for (const entry of followed) onFollowed(stored, entry)
    }
  }
}

function noteRows(
  rows: Map<string, readonly IndexRow[]>,
  { key, index = none, unindex = none }: DocumentWrite,
): void {
  const before = rows.get(key) ?? none
  const own = before.filter((row) => !hasRow(unindex, row))
  for (const row of index) if (!hasRow(own, row)) own.push(row)
  rows.set(key, own)
}

function hasRow(rows: readonly IndexRow[], [name, value]: IndexRow): boolean {
  return rows.some((each) => each[0] === name && each[1] === value)
}

const none: readonly never[] = []

interface Viewed {
  readonly ledger: Ledger
  readonly service: string
  readonly view: View
  readonly stored: string
  readonly types: EventTypes
}

function judgeView(viewed: Viewed, { events, rows, isParked }: Seen): readonly string[] {
  if (isParked) return []
  const { ledger, service, view, stored } = viewed
  const wrong: string[] = []
  const folded = fold(viewed, events)
  const documents = ledger.of(service).views.get(stored) ?? new Map<string, { value: string }>()
  for (const key of new Set([...folded.keys(), ...documents.keys()])) {
    const [made, kept] = [folded.get(key), documents.get(key)?.value]
    const name = `${view.name} ${key} of ${service}`
    if (!isSameJson(kept, made)) {
      wrong.push(`${name} is ${kept}; the log makes it ${JSON.stringify(made)}.`)
    }
    const right = indexRows(view, made).map((row) => JSON.stringify(row))
    const found = (rows.get(key) ?? none).map((row) => JSON.stringify(row))
    if (right.toSorted().join() === found.toSorted().join()) continue
    wrong.push(`${name} is found by [${found.join()}], and should be by [${right.join()}].`)
  }
  return wrong
}

function fold({ view, types }: Viewed, events: readonly Followed[]): Map<string, unknown> {
  const documents = new Map<string, unknown>()
  for (const { source, entry } of events) {
    const handler = view.handlers[entry.type]
    if (!handler) continue
    const data = readEventData(types, entry)
    const meta = eventMeta(source, entry)
    const keys = handler.key(data, meta)
    for (const key of new Set(typeof keys === 'string' ? [keys] : keys)) {
      const document = handler.evolve(documents.get(key), data, { ...meta, documentKey: key })
      if (document === undefined) documents.delete(key)
      else documents.set(key, document)
    }
  }
  return documents
}

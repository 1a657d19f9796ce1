// What readers have still to take, from the ledger and the definitions alone. What leads to nothing may only have been
// looked at: the cursor behind it is stored with the next commit.
import type { View } from '../../../language/view.ts'
import { eventMeta, type EventTypes, readEventData } from '../../../log/stored-event.ts'
import { cursorName, type LedgerEntry, type ServiceLedger } from '../../world/ledger.ts'
import { presentName } from '../facts.ts'
import type { JudgeContext } from '../judge.ts'
import { judgeTaken } from './handled.ts'
import { inbox, type Readers, readersOf, typesOf, viewConsumer, type Wants } from './readers.ts'

/** An entry that a reader has not taken, in words. */
export type Untaken = string

interface Reader {
  readonly consumer: string
  readonly wants: Wants
  /** Whether a message that it wants has to lead to something, as things are now. */
  readonly leadsTo: (source: string, entry: LedgerEntry) => boolean
}

/** Gives, for a service, everything that its readers have still to take. */
export function untakenOf({
  system,
  ledger,
}: JudgeContext): (service: string) => Iterable<Untaken> {
  const all = readersOf(system)
  const types = typesOf(system)
  const sources = system.services.map(({ name }) => name)

  const inboxOf = (own: Readers): Reader => {
    const { name: service } = own.service
    const nothing = { service, process: '', processMs: 0, commit: {}, positions: [], entries: [] }
    const applied = { ...nothing, ledger: ledger.of(service) }
    const leadsTo = (source: string, entry: LedgerEntry): boolean => {
      const taken = { consumer: inbox, source, entry, by: 'cursor', isParked: false } as const
      return judgeTaken({ applied, system, readers: own, types }, taken) !== undefined
    }
    return { consumer: inbox, wants: own.inbox, leadsTo }
  }

  function* untakenBy(reader: Reader, own: ServiceLedger): Iterable<Untaken> {
    const { consumer } = reader
    for (const source of sources) {
      for (const [partition, log] of ledger.of(source).logs.entries()) {
        const from = own.cursors.get(cursorName({ consumer, source, partition }))?.position ?? 0
        for (const entry of log.slice(from).filter((each) => isFor(reader, source, each)))
          yield `${entry.type} at ${source}/${partition}/${entry.position}, which ${consumer} of ${own.service} has not taken`
      }
    }
  }

  return function* untaken(service) {
    const readers = all.get(service)
    if (!readers) return
    const own = ledger.of(service)
    yield* untakenBy(inboxOf(readers), own)
    for (const view of readers.views.values()) {
      if (view.consistency !== 'async') continue
      yield* untakenBy(followerOf(view, types, presentName(own, view.name)), own)
    }
  }
}

function isFor({ wants, leadsTo }: Reader, source: string, entry: LedgerEntry): boolean {
  return wants(entry) && leadsTo(source, entry)
}

function followerOf({ handlers }: View, types: EventTypes, storedName: string): Reader {
  return {
    consumer: viewConsumer(storedName),
    wants: ({ type }) => Object.hasOwn(handlers, type),
    leadsTo(source, entry) {
      const keys = handlers[entry.type]?.key(readEventData(types, entry), eventMeta(source, entry))
      return keys === undefined || keys.length > 0
    },
  }
}

import type { AnyContract, AnyEventType } from '../language/contract.ts'
import { DureError, messageOf } from '../language/errors.ts'
import type { EventMeta } from '../language/message.ts'
import type { Entry, EntryMeta, NewEntry } from './store.port.ts'

/** Event types by full name, from the contracts that a reader knows. */
export type EventTypes = ReadonlyMap<string, AnyEventType>

/** Collects the event types of contracts. */
export function eventTypesOf(contracts: Iterable<AnyContract>): EventTypes {
  const types = new Map<string, AnyEventType>()
  for (const contract of contracts) {
    for (const name of Object.keys(contract.$spec.events ?? {})) {
      // Why the cast: a contract holds an event type under the name of each of its events.
      const type = (contract as unknown as Readonly<Record<string, AnyEventType>>)[name]
      if (type) types.set(type.type, type)
    }
  }
  return types
}

/**
 * Brings stored data of an event to the version that the code knows, one upcaster after the other.
 *
 * @throws `LOG_EVENT_UNREADABLE` when the version is newer than the code, or an upcaster fails.
 */
export function upcast(type: AnyEventType, schemaVersion: number, stored: unknown): unknown {
  if (schemaVersion === type.version) return stored
  if (schemaVersion > type.version) {
    throw new DureError(
      'LOG_EVENT_UNREADABLE',
      `${type.type} was stored at version ${schemaVersion}; this code knows ${type.version}. Run the newer code.`,
      { details: { type: type.type, stored: schemaVersion, known: type.version } },
    )
  }
  let data = stored
  for (let version = schemaVersion; version < type.version; version += 1) {
    data = applyUpcaster(type, version, data)
  }
  return data
}

function applyUpcaster(type: AnyEventType, version: number, data: unknown): unknown {
  // Why the cast: the upcaster of a version is written for the data of that version.
  const step = type.upcast[version] as ((data: unknown) => unknown) | undefined
  try {
    const next = step?.(data)
    if (next !== undefined) return next
  } catch (cause) {
    throw new DureError(
      'LOG_EVENT_UNREADABLE',
      `The upcaster of ${type.type} from version ${version} failed: ${messageOf(cause)}. Correct it.`,
      { cause },
    )
  }
  throw new DureError(
    'LOG_EVENT_UNREADABLE',
    `The upcaster of ${type.type} from version ${version} gave nothing. It has to return the newer data.`,
  )
}

/** Reads the data of a stored event of a known contract, at its present version. */
export function readEventData(types: EventTypes, entry: Entry): unknown {
  const type = types.get(entry.type)
  if (!type) {
    throw new DureError(
      'LOG_EVENT_UNREADABLE',
      `The log holds ${entry.type}, which no contract here knows. Add the event to its contract, or run newer code.`,
      { details: { type: entry.type, position: entry.position } },
    )
  }
  return upcast(type, entry.schemaVersion, JSON.parse(entry.data))
}

/** The identity of an event: its stream and its number there. The same on every delivery and every rebuild. */
export function eventId(stream: string, version: number): string {
  return `${stream}#${version}`
}

/** What handlers see of where an event comes from. Nothing in it depends on when the event is read. */
export function eventMeta(source: string, entry: NewEntry): EventMeta {
  // Why the cast: entries hold what `JSON.stringify` made of their meta.
  return metaOfEntry(source, entry, JSON.parse(entry.meta) as EntryMeta)
}

/** The same, where the entry's meta is at hand. */
export function metaOfEntry(source: string, entry: NewEntry, meta: EntryMeta): EventMeta {
  const version = entry.streamVersion ?? 0
  return {
    id: eventId(entry.stream ?? '', version),
    source,
    atMs: entry.atMs,
    key: entry.key,
    version,
    actor: meta.actor,
    tenant: meta.tenant,
  }
}

import type { AnyContract } from '../../language/contract.ts'
import { definitionError } from '../../language/errors.ts'
import type { Event, EventMeta } from '../../language/message.ts'
import { eventId } from '../../log/stored-event.ts'

/** Where the clock of a specification stands: 2026-01-01, 00:00 UTC. */
export const givenAtMs = 1_767_225_600_000

/** What a specification may say of an event beside its data. */
export interface EventFacts {
  /** Key of the instance that recorded it; `key` without it. */
  readonly key?: string
  readonly atMs?: number
  readonly actor?: string
  readonly tenant?: string
}

/** An event, alone or with what else is to be known of it. */
export type GivenEvent = Event | readonly [event: Event, facts: EventFacts]

/** An event as handlers see it: as the log gives it back, with its place. */
export interface Recorded {
  readonly type: string
  readonly data: unknown
  readonly meta: EventMeta
}

/** Records events as a service would: numbered for each instance, their data as JSON. */
export function recorded(events: readonly GivenEvent[]): readonly Recorded[] {
  const versions = new Map<string, number>()
  return events.map((each) => {
    const [event, facts] = isPair(each) ? each : [each, {}]
    const { key = 'key', atMs = givenAtMs, actor, tenant } = facts
    const stream = `${event.service}/${key}`
    const version = (versions.get(stream) ?? 0) + 1
    versions.set(stream, version)
    const id = eventId(stream, version)
    const meta = { id, source: event.service, atMs, key, version, actor, tenant }
    return { type: event.type, data: asStored(event.data), meta }
  })
}

/** Why the guard: `Array.isArray` does not narrow readonly arrays. */
function isPair(given: GivenEvent): given is readonly [event: Event, facts: EventFacts] {
  return Array.isArray(given)
}

/** A value as it comes back from the log. */
export function asStored(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value))
}

/** Stops when an event is none of a contract. */
export function assertEventOf(contract: AnyContract, { service, type }: Event): void {
  const name = type.slice(contract.$name.length + 1)
  if (service === contract.$name && Object.hasOwn(contract.$spec.events ?? {}, name)) return
  throw definitionError(`${type} is no event of contract "${contract.$name}".`)
}

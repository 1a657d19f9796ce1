// What had happened to a service or a system before a specification begins.
import { definitionError } from '../../language/errors.ts'
import type { Command, Event } from '../../language/message.ts'
import type { Service } from '../../language/service.ts'
import type { System } from '../../language/system.ts'
import type { NewEntry, StoreProvider, StreamWrite } from '../../log/store.port.ts'
import { type EventFacts, type GivenEvent, givenAtMs } from './recorded.ts'

/** Events that were recorded, and after them commands that were carried out. */
export type GivenPast = readonly (Command | GivenEvent)[]

export function isCommand(given: GivenPast[number]): given is Command {
  return 'kind' in given && given.kind === 'command'
}

/** The events of a past. */
export function eventsOf(past: GivenPast): readonly Event[] {
  return recordedIn(past).map(([event]) => event)
}

function recordedIn(past: GivenPast): readonly (readonly [Event, EventFacts])[] {
  return past.flatMap((each) => {
    if (isCommand(each)) return []
    return ['kind' in each ? [each, {}] : each]
  })
}

/**
 * Writes the events of a past into the logs of their services.
 *
 * @throws `LANGUAGE_DEFINITION_INVALID` when nobody could have recorded one of them.
 */
export async function storePast(
  stores: StoreProvider,
  system: System,
  past: GivenPast,
): Promise<void> {
  for (const service of system.services) {
    const own = recordedIn(past).filter(([event]) => event.service === service.name)
    if (own.length === 0) continue
    await using store = await stores.open(service.name, { partitions: 1 })
    await store.commit([commitOf(service, own)])
  }
  const strange = eventsOf(past).find(
    (event) => !system.services.some(({ name }) => name === event.service),
  )
  if (strange) throw definitionError(`${strange.type} is an event of no service here.`)
}

function commitOf(
  service: Service,
  events: readonly (readonly [Event, EventFacts])[],
): { readonly entries: readonly NewEntry[]; readonly streams: readonly StreamWrite[] } {
  const versions = new Map<string, number>()
  const entries = events.map(([event, facts]): NewEntry => {
    const { key = 'key', atMs = givenAtMs, actor, tenant } = facts
    const stream = `${instanceOf(service, event)}/${key}`
    const streamVersion = (versions.get(stream) ?? 0) + 1
    versions.set(stream, streamVersion)
    const meta = { ...(actor && { actor }), ...(tenant && { tenant }) }
    return {
      kind: 'event',
      type: event.type,
      schemaVersion: versionOf(service, event),
      stream,
      streamVersion,
      key,
      partition: 0,
      data: JSON.stringify(event.data),
      meta: JSON.stringify(meta),
      atMs,
    }
  })
  const streams = Array.from(versions, ([stream, next]) => ({ stream, expected: 0, next }))
  return { entries, streams }
}

/** The aggregate that records an event: the one whose state it changes. */
function instanceOf({ name, aggregates }: Service, { type }: Event): string {
  const owner = aggregates.find(({ evolve }) => Object.hasOwn(evolve, type))
  if (owner?.stored === 'state') {
    throw definitionError(
      `"${owner.name}" of "${name}" keeps no events: give the commands that led to ${type}.`,
    )
  }
  return owner?.name ?? 'given'
}

function versionOf({ contract }: Service, { type }: Event): number {
  // Why the cast: a contract holds an event type under the name of each of its events.
  const events = contract as unknown as Readonly<Record<string, { readonly version?: number }>>
  return events[type.slice(contract.$name.length + 1)]?.version ?? 1
}

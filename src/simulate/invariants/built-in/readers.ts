// Who reads which messages, from the definitions of the system alone.
import type { Service } from '../../../language/service.ts'
import type { View } from '../../../language/view.ts'
import { eventTypesOf } from '../../../log/stored-event.ts'
import type { NewEntry } from '../../../log/store.port.ts'
import { oncePerSystem } from '../../once-per-system.ts'

export type Wants = (message: Pick<NewEntry, 'type' | 'to'>) => boolean

/** The readers of one service: its inbox, and its views that follow logs. */
export interface Readers {
  readonly service: Service
  readonly inbox: Wants
  readonly views: ReadonlyMap<string, View>
}

/** The consumer under whose name a service takes commands, replies and events. */
export const inbox = 'inbox'
const viewMark = 'view:'

/** The readers of all services of a system, by name. */
export const readersOf = oncePerSystem((system): ReadonlyMap<string, Readers> => {
  const readers = new Map<string, Readers>()
  for (const service of system.services) {
    const policies = service.policies.flatMap(({ events }) => events)
    const own = system.sagas.filter(({ by }) => by === service.name)
    const starts = own.flatMap(({ saga }) => saga.starts.map(({ event }) => event))
    const followed = new Set([...policies, ...starts].map(({ type }) => type))
    readers.set(service.name, {
      service,
      inbox: ({ type, to }) => to === service.name || followed.has(type),
      views: new Map(service.views.map((view) => [view.name, view])),
    })
  }
  return readers
})

/** What a consumer wants; undefined for one that no definition knows. */
export function wantsOf(readers: Readers | undefined, consumer: string): Wants | undefined {
  if (consumer === inbox) return readers?.inbox
  const view = readers?.views.get(viewOf(consumer) ?? '')
  return view && (({ type }) => Object.hasOwn(view.handlers, type))
}

/** The name of the view that a consumer follows logs for. */
export function viewOf(consumer: string): string | undefined {
  if (!consumer.startsWith(viewMark)) return undefined
  return consumer.slice(viewMark.length, consumer.lastIndexOf('@'))
}

/** The consumer of a view by the name under which it is stored. */
export function viewConsumer(storedName: string): string {
  return `${viewMark}${storedName}`
}

/** Whether any reader of the system wants a message. */
export const anyoneWants = oncePerSystem(({ services, sagas }): Wants => {
  const names = new Set(services.map(({ name }) => name))
  const views = services.flatMap((each) => each.views)
  const followed = [
    ...services.flatMap(({ policies }) => policies.flatMap(({ events }) => events)),
    ...views.flatMap(({ consistency, events }) => (consistency === 'async' ? events : [])),
    ...sagas.flatMap(({ saga }) => saga.starts.map(({ event }) => event)),
  ]
  const types = new Set(followed.map(({ type }) => type))
  return ({ type, to }) => types.has(type) || (to !== undefined && names.has(to))
})

/** The event types of all services of a system. */
export const typesOf = oncePerSystem(({ services }) =>
  eventTypesOf(services.map(({ contract }) => contract)),
)

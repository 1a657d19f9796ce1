import type { View } from '../language/view.ts'
import { type EventTypes, upcast } from '../log/stored-event.ts'
import type { Envelope } from '../messaging/envelope.ts'
import { metaOf } from '../messaging/send.ts'
import type { Draft } from '../runtime/draft.ts'
import { applyToView } from './inline-views.ts'

/** The consumer's name of a stored view. */
export function viewConsumer(storedName: string): string {
  return `${viewMark}${storedName}`
}

/** Whether a consumer follows a log for a view. */
export function isViewConsumer(consumer: string): boolean {
  return consumer.startsWith(viewMark)
}

const viewMark = 'view:'

/** Whether a view follows messages of this type. */
export function viewWants(view: View): (message: { readonly type: string }) => boolean {
  return ({ type }) => Object.hasOwn(view.handlers, type)
}

/** Turns an event that came as a message into changes of a view's documents. */
export function viewHandler(
  view: View,
  name: string,
  types: EventTypes,
): (draft: Draft, envelope: Envelope) => void {
  return (draft, envelope) => {
    const type = types.get(envelope.type)
    if (envelope.kind !== 'event' || !type) return
    const data = upcast(type, envelope.dataversion, envelope.data)
    applyToView(draft, { view, name }, { type: envelope.type, data, meta: metaOf(envelope) })
  }
}

/** The services whose events a view follows. */
export function viewSources(view: View): readonly string[] {
  return [...new Set(view.events.map(({ service }) => service))]
}

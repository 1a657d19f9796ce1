// Documents of a view after events: calls `key` and `evolve` as they are, without any runtime.
import type { Event, View } from 'dure'

/** A view's documents by key, after some events, the first at millisecond 1. */
export function documentsAfter(
  view: View,
  ...events: readonly Event[]
): ReadonlyMap<string, unknown> {
  const documents = new Map<string, unknown>()
  for (const [index, event] of events.entries()) {
    const handler = view.handlers[event.type]
    if (!handler) continue
    const data: unknown = JSON.parse(JSON.stringify(event.data))
    const atMs = index + 1
    const meta = { id: `event-${atMs}`, source: event.service, atMs, key: 'key', version: 1 }
    const keys = handler.key(data, meta)
    for (const documentKey of typeof keys === 'string' ? [keys] : keys) {
      const after = handler.evolve(documents.get(documentKey), data, { ...meta, documentKey })
      if (after === undefined) documents.delete(documentKey)
      else documents.set(documentKey, after)
    }
  }
  return documents
}

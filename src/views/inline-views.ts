import type { EventMeta } from '../language/message.ts'
import type { View } from '../language/view.ts'
import type { Draft } from '../runtime/draft.ts'

/** Documents that one event may change in one view. */
export const documentsPerEventMax = 1_000

/** Names under which views are stored: each rebuild has its own. */
export type ViewNames = (view: View) => string

/** Lets one event change the documents of a view, inside a draft. */
export function applyToView(
  draft: Draft,
  options: { readonly view: View; readonly name: string },
  event: { readonly type: string; readonly data: unknown; readonly meta: EventMeta },
): void {
  const { view, name } = options
  const handler = view.handlers[event.type]
  if (!handler) return
  const keys = documentKeys(handler.key(event.data, event.meta))
  for (const change of draft.documents(name, keys, view)) {
    const meta = { ...event.meta, documentKey: change.key }
    draft.write(change, handler.evolve(change.value, event.data, meta), view)
  }
}

function documentKeys(keys: string | readonly string[]): readonly string[] {
  if (typeof keys === 'string') return [keys]
  return keys.length > 1 ? [...new Set(keys)].slice(0, documentsPerEventMax) : keys
}

import { definitionError } from '../language/errors.ts'
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
  const keys = documentKeys(view, handler.key(event.data, event.meta))
  for (const change of draft.documents(name, keys, view)) {
    const meta = { ...event.meta, documentKey: change.key }
    draft.write(change, handler.evolve(change.value, event.data, meta), view)
  }
}

function documentKeys(view: View, keys: string | readonly string[]): readonly string[] {
  if (typeof keys === 'string') return [keys]
  if (keys.length <= 1) return keys
  const different = [...new Set(keys)]
  if (different.length <= documentsPerEventMax) return different
  throw definitionError(
    `One event changes ${different.length} documents of view "${view.name}"; ${documentsPerEventMax} are allowed. Key the view in another way.`,
  )
}

// Under which name a view's documents are stored. A rebuild writes under the next name beside the present one, and one
// commit makes it the present one: readers see the old documents until the new ones are complete.
import { DureError } from '../language/errors.ts'
import type { View } from '../language/view.ts'
import type { SnapshotStore } from '../log/store.port.ts'
import type { Draft } from '../runtime/draft.ts'

/** The view that keeps which generation of each view is the present one. */
const catalogueView = '$views'

export interface ViewRecord {
  readonly generation: number
  /** Version of the definition that the documents were made by. */
  readonly version: number
}

export interface ViewCatalogue {
  /** The stored name of the present generation. @throws `VIEW_UNKNOWN`. */
  nameOf(view: View): string
  record(view: View): ViewRecord
  /** Makes a generation the present one, once the draft is committed. */
  choose(draft: Draft, view: View, record: ViewRecord): void
  /** Views that were never seen before, and get their first generation. */
  readonly fresh: readonly View[]
}

export function storedName(view: View, generation: number): string {
  return `${view.name}@${generation}`
}

/** Reads the catalogue of a service. */
export async function loadViewCatalogue(
  store: SnapshotStore,
  views: readonly View[],
): Promise<ViewCatalogue> {
  const records = new Map<string, ViewRecord>()
  const names = new Map<string, string>()
  const note = (view: View, record: ViewRecord): void => {
    records.set(view.name, record)
    names.set(view.name, storedName(view, record.generation))
  }
  const reads = views.map(({ name }) => ({ kind: 'get', view: catalogueView, key: name }) as const)
  const answers = await store.snapshot(reads)
  const fresh: View[] = []
  for (const [index, view] of views.entries()) {
    const answer = answers[index]
    const found = answer?.kind === 'documents' ? answer.documents[0] : undefined
    if (!found) fresh.push(view)
    note(
      view,
      found ? (JSON.parse(found.value) as ViewRecord) : { generation: 1, version: view.version },
    )
  }
  return {
    fresh,
    nameOf(view) {
      const name = names.get(view.name)
      if (name !== undefined) return name
      throw new DureError(
        'VIEW_UNKNOWN',
        `View "${view.name}" is none of this service. Add it to "views": a service reads only its own.`,
      )
    },
    record: (view) => records.get(view.name) ?? { generation: 1, version: view.version },
    choose(draft, view, record) {
      const [change] = draft.documents(catalogueView, [view.name])
      // Another process of the service may have chosen the same already.
      if (change && !isSame(change.value, record)) draft.write(change, record)
      draft.afterCommit.push(() => note(view, record))
    },
  }
}

function isSame(stored: unknown, { generation, version }: ViewRecord): boolean {
  if (typeof stored !== 'object' || stored === null) return false
  // Why the cast: the catalogue is written here.
  const found = stored as ViewRecord
  return found.generation === generation && found.version === version
}

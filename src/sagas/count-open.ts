import type { Saga } from '../language/saga/saga-plan.ts'
import type { SnapshotRead, SnapshotStore } from '../log/store.port.ts'
import { sagaView } from './coordinator.ts'

export const openPageMax = 10_000

/** How many instances have not ended. `look` is shown each of them as it is stored. */
export async function countOpenSagas(
  store: SnapshotStore,
  sagas: readonly Saga[],
  look?: (saga: Saga, stored: readonly { readonly value: string }[]) => void,
): Promise<number> {
  let count = 0
  let pages = sagas.map((saga) => ({ saga, read: openPage(saga) }))
  while (pages.length > 0) {
    const answers = await store.snapshot(pages.map(({ read }) => read))
    pages = pages.flatMap(({ saga }, index) => {
      const answer = answers[index]
      const documents = answer?.kind === 'documents' ? answer.documents : []
      count += documents.length
      look?.(saga, documents)
      const last = documents.at(-1)
      return last && documents.length === openPageMax
        ? [{ saga, read: openPage(saga, last.key) }]
        : []
    })
  }
  return count
}

function openPage({ name }: Saga, after?: string): SnapshotRead {
  const view = sagaView(name).name
  const place = after === undefined ? {} : { after }
  return { kind: 'find', view, index: 'open', value: 1, limit: openPageMax, ...place }
}

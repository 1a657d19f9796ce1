import type { Saga } from '../language/saga/saga-plan.ts'
import type { SnapshotRead, SnapshotStore } from '../log/store.port.ts'
import { sagaView } from './coordinator.ts'

export const openPageMax = 10_000

/** How many instances have not ended. */
export async function countOpenSagas(
  store: SnapshotStore,
  sagas: readonly Saga[],
): Promise<number> {
  let count = 0
  let pages = sagas.map(({ name }) => openPage(sagaView(name).name))
  while (pages.length > 0) {
    const answers = await store.snapshot(pages)
    pages = pages.flatMap(({ view }, index) => {
      const answer = answers[index]
      const documents = answer?.kind === 'documents' ? answer.documents : []
      count += documents.length
      const last = documents.at(-1)
      return last && documents.length === openPageMax ? [openPage(view, last.key)] : []
    })
  }
  return count
}

function openPage(view: string, after?: string): Extract<SnapshotRead, { kind: 'find' }> {
  const place = after === undefined ? {} : { after }
  return { kind: 'find', view, index: 'open', value: 1, limit: openPageMax, ...place }
}

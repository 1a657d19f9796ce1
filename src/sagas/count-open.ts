import type { Saga } from '../language/saga.ts'
import type { SnapshotStore } from '../log/store.port.ts'
import { sagaView } from './coordinator.ts'

export const openPageMax = 10_000

/** How many instances have not ended. */
export async function countOpenSagas(
  store: SnapshotStore,
  sagas: readonly Saga[],
): Promise<number> {
  let count = 0
  for (const saga of sagas) {
    let after: string | undefined
    for (;;) {
      const page = { limit: openPageMax, ...(after === undefined ? {} : { after }) }
      const find = {
        kind: 'find',
        view: sagaView(saga.name).name,
        index: 'open',
        value: 1,
      } as const
      const [answer] = await store.snapshot([{ ...find, ...page }])
      const documents = answer?.kind === 'documents' ? answer.documents : []
      count += documents.length
      after = documents.at(-1)?.key
      if (documents.length < openPageMax || after === undefined) break
    }
  }
  return count
}

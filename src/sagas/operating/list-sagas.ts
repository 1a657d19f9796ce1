import type { SnapshotRead } from '../../log/store.port.ts'
import { sagaView } from '../coordinator.ts'
import { isOpen, type SagaState, type StepStatus } from '../saga-state.ts'
import type { SagaFilter, SagaPage, SagaSummary } from './saga-operations.ts'
import { keeperOf, type SagaPlaces } from './saga-places.ts'

const sagasPageUsual = 100

/** Instances of one page, at most. */
export const sagasPageMax = 1_000

/** Lists instances, ordered by saga and key. @throws `SAGA_UNKNOWN`. */
export async function listSagas(places: SagaPlaces, filter: SagaFilter): Promise<SagaPage> {
  const names = namesOf(places, filter)
  const limit = Math.min(sagasPageMax, Math.max(1, Math.floor(filter.limit ?? sagasPageUsual)))
  const begun = placeOf(filter.after)
  const found: SagaSummary[] = []
  for (const name of names) {
    if (begun && name < begun.saga) continue
    const after = begun?.saga === name ? begun.key : undefined
    // One more than is asked for: it tells whether there is another page.
    const page = { after, limit: limit + 1 - found.length }
    found.push(...(await instancesOf(places, readOf(name, filter, page), name)))
    if (found.length > limit) break
  }
  const instances = found.slice(0, limit).filter((each) => isWanted(each, filter))
  const last = found[limit - 1]
  if (found.length <= limit || !last) return { instances }
  return { instances, next: `${last.saga}/${last.key}` }
}

async function instancesOf(
  places: SagaPlaces,
  read: SnapshotRead,
  name: string,
): Promise<readonly SagaSummary[]> {
  const by = keeperOf(places, name)
  const [answer] = (await places.storeOf(by)?.snapshot([read])) ?? []
  const documents = answer?.kind === 'documents' ? answer.documents : []
  // Why the cast: the coordinator writes these documents.
  return documents.map(({ value }) => summaryOf(by, JSON.parse(value) as SagaState))
}

function namesOf(places: SagaPlaces, { saga }: SagaFilter): readonly string[] {
  if (saga === undefined) return places.system.sagas.map((each) => each.saga.name).toSorted()
  keeperOf(places, saga)
  return [saga]
}

/** Names of sagas hold no slash. */
function placeOf(
  after: string | undefined,
): { readonly saga: string; readonly key: string } | undefined {
  if (after === undefined) return undefined
  const slash = after.indexOf('/')
  return { saga: after.slice(0, Math.max(0, slash)), key: after.slice(slash + 1) }
}

interface Page {
  readonly after: string | undefined
  readonly limit: number
}

function readOf(name: string, { status, key }: SagaFilter, { after, limit }: Page): SnapshotRead {
  const view = sagaView(name).name
  if (key !== undefined) return { kind: 'get', view, key }
  const page = { view, limit, ...(after === undefined ? {} : { after }) }
  if (status === undefined) return { kind: 'list', ...page }
  if (status === 'open') return { kind: 'find', index: 'open', value: 1, ...page }
  return { kind: 'find', index: 'status', value: status, ...page }
}

/** A key is read by itself, whatever its status is. */
function isWanted(summary: SagaSummary, { status }: SagaFilter): boolean {
  if (status === undefined) return true
  if (status === 'open') return summary.status === 'running' || summary.status === 'compensating'
  return summary.status === status
}

const waiting: ReadonlySet<StepStatus> = new Set(['sent', 'waiting', 'abandoned', 'undoing'])

/** An instance at a glance. */
export function summaryOf(by: string, state: SagaState): SagaSummary {
  const { saga, key, status, startedAtMs, endedAtMs, steps, failure, refusal } = state
  const why = refusal?.rejected ?? failure?.rejected
  const named = Object.entries(steps).flatMap(([step, known]) => {
    if (isOpen(state)) return waiting.has(known.status) ? [step] : []
    return known.status === 'undo-rejected' || refusal?.step === step ? [step] : []
  })
  return {
    saga,
    key,
    by,
    status,
    startedAtMs,
    ...(endedAtMs !== undefined && { endedAtMs }),
    steps: named,
    ...(why !== undefined && { why }),
  }
}

// What a service keeps of the choreographed sagas that it has started: that they are on their way, since when, and how
// they ended. On the way they need none of it.
import type { Saga } from '../../language/saga.ts'
import { documentOf, sagaView } from '../coordinator.ts'
import type { DocumentChange, Draft } from '../../runtime/draft.ts'
import { isOpen, type SagaState } from '../saga-state.ts'

type Kept = SagaState & {
  /** Whether the participants were told to stop. */
  readonly isStopped?: true
}

export class InitiatedSagas {
  readonly #onOpen: (more: number) => void

  constructor(onOpen: (more: number) => void) {
    this.#onOpen = onOpen
  }

  /** Notes that an instance has begun, and its deadline. False when there is one of this key already. */
  begin(draft: Draft, saga: Saga, key: string): boolean {
    const change = keptOf(draft, saga, key)
    if (change.value !== undefined) return false
    this.#keep(draft, change, {
      saga: saga.name,
      version: saga.version,
      key,
      status: 'running',
      startedAtMs: draft.atMs,
      input: null,
      results: {},
      steps: {},
      order: [],
      pivotPassed: false,
      isPassedOn: true,
    })
    if (saga.deadlineMs === undefined) return true
    const data = JSON.stringify({ kind: 'saga', address: { name: saga.name, key, step: '' } })
    draft.setTimers.push({ id: timerOf(saga, key), atMs: draft.atMs + saga.deadlineMs, data })
    return true
  }

  /** Notes that the participants are told to stop. False when there is nothing to stop. */
  stop(draft: Draft, saga: Saga, key: string): boolean {
    const change = keptOf(draft, saga, key)
    const kept = onItsWay(change)
    if (!kept) return false
    this.#keep(draft, change, { ...kept, isStopped: true })
    return true
  }

  /** Notes how an instance has ended. Says whether its participants were told to stop. */
  end(draft: Draft, saga: Saga, state: SagaState): boolean {
    const change = keptOf(draft, saga, state.key)
    const kept = onItsWay(change)
    if (!kept) return false
    this.#keep(draft, change, { ...state, isPassedOn: true })
    if (saga.deadlineMs === undefined) return kept.isStopped === true
    const id = timerOf(saga, state.key)
    const set = draft.setTimers.findIndex((timer) => timer.id === id)
    // A commit cancels before it sets: a timer that was set in this very draft is not set at all.
    if (set >= 0) draft.setTimers.splice(set, 1)
    draft.cancelTimers.push(id)
    return kept.isStopped === true
  }

  #keep(draft: Draft, change: DocumentChange, next: Kept): void {
    // Why the cast: this file writes what is kept here.
    const before = change.value as Kept | undefined
    draft.write(change, next, sagaView(next.saga))
    const more = Number(isOpen(next)) - Number(before !== undefined && isOpen(before))
    if (more !== 0) draft.afterCommit.push(() => this.#onOpen(more))
  }
}

function keptOf(draft: Draft, saga: Saga, key: string): DocumentChange {
  return documentOf(draft, sagaView(saga.name), key)
}

/** An instance that a coordinator keeps is none of these. */
function onItsWay({ value }: DocumentChange): Kept | undefined {
  // Why the cast: the engines of sagas write these documents.
  const kept = value as Kept | undefined
  return kept?.isPassedOn && isOpen(kept) ? kept : undefined
}

function timerOf({ name }: Saga, key: string): string {
  return `saga/${name}/${key}/`
}

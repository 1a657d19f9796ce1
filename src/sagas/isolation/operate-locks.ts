// What an operator sees of locks, and how one is freed on purpose.
import { DureError } from '../../language/errors.ts'
import type { Store } from '../../log/store.port.ts'
import type { Workspace } from '../../runtime/workspace.ts'
import { LockBook, locksView } from './lock-book.ts'
import { freed, type FreedLock, type InstanceLocks, type LockHold } from './lock-state.ts'

/** Instances whose locks are read at once. */
export const locksPageMax = 1_000
/** Characters of a reason, and of a name. */
export const lockReasonCharactersMax = 1_000
/** How often it is tried to free a lock while others write first. */
export const freeLockAttemptsMax = 20

/** A saga that holds a lock. */
export interface LockHolder {
  readonly saga: string
  readonly key: string
}

/** A lock that is held or waited for. */
export interface LockSummary {
  readonly service: string
  /** The aggregate and the key of the instance: `room/red`. */
  readonly instance: string
  readonly lock: string
  /** Absent: it is free, and who waits is called. */
  readonly holder?: LockHolder
  readonly sinceMs?: number
  /** Commands that wait for it. */
  readonly waiters: number
}

/** A lock that an operator has freed. */
export interface FreedLockSummary extends Omit<LockSummary, 'waiters' | 'sinceMs'> {
  readonly reason: string
  readonly by?: string
  readonly atMs: number
}

export interface LockReport {
  readonly locks: readonly LockSummary[]
  /** What operators have freed, of each instance the last ones. */
  readonly freed: readonly FreedLockSummary[]
}

export interface FreeLockRequest {
  readonly service: string
  readonly instance: string
  readonly lock: string
  readonly reason: string
  readonly by?: string
}

export interface LockOperations {
  locks(): Promise<LockReport>
  /**
   * Frees a lock on purpose: who waits for it goes on. The saga that held it is not told, and loses its protection.
   *
   * @throws `LOCK_UNKNOWN` when there is no such service, or nobody holds the lock.
   * @throws `COMMAND_INPUT_INVALID` without a reason.
   */
  freeLock(request: FreeLockRequest): Promise<LockHolder>
}

/** The parts of a service that its locks are in. */
export interface LockPlaces {
  readonly name: string
  readonly parts: { readonly store: Pick<Store, 'snapshot'>; readonly workspace: Workspace }
}

/** What an operator can do to the locks of these services. */
export function lockDesk(services: ReadonlyMap<string, LockPlaces>): LockOperations {
  return {
    async locks() {
      const reports = await Promise.all(Array.from(services.values(), reportOn))
      return {
        locks: reports.flatMap(({ locks }) => locks),
        freed: reports.flatMap((report) => report.freed),
      }
    },
    async freeLock(request) {
      assertRequest(request)
      const place = services.get(request.service)
      if (place) return freeIn(place, request)
      throw unknownLock(request, `there is no service "${request.service}" here`)
    },
  }
}

async function reportOn({ name: service, parts: { store } }: LockPlaces): Promise<LockReport> {
  const locks: LockSummary[] = []
  const all: FreedLockSummary[] = []
  for await (const [instance, kept] of allLocks(store)) {
    for (const [lock, { hold, line }] of Object.entries(kept.locks)) {
      const held = hold && { holder: holderOf(hold), sinceMs: hold.sinceMs }
      locks.push({ service, instance, lock, ...held, waiters: line.length })
    }
    for (const { lock, holder, ...facts } of kept.freed ?? [])
      all.push({ service, instance, lock, holder: holderOf(holder), ...facts })
  }
  return { locks, freed: all }
}

async function* allLocks(
  store: Pick<Store, 'snapshot'>,
): AsyncIterable<readonly [string, InstanceLocks]> {
  for (let after: string | undefined; ; ) {
    const page = {
      view: locksView.name,
      limit: locksPageMax,
      ...(after !== undefined && { after }),
    }
    const [answer] = await store.snapshot([{ kind: 'list', ...page }])
    const documents = answer?.kind === 'documents' ? answer.documents : []
    // Why the cast: the locks of a service are written by its runtime alone.
    for (const { key, value } of documents) yield [key, JSON.parse(value) as InstanceLocks]
    after = documents.at(-1)?.key
    if (documents.length < locksPageMax || after === undefined) return
  }
}

function holderOf({ saga, key }: LockHold): LockHolder {
  return { saga, key }
}

async function freeIn({ parts }: LockPlaces, request: FreeLockRequest): Promise<LockHolder> {
  const { instance, lock, reason, by } = request
  for (let attempt = 0; attempt < freeLockAttemptsMax; attempt += 1) {
    const { value, settled } = await parts.workspace.submit((draft) => {
      const book = new LockBook(draft, instance)
      const state = book.stateOf(lock)
      const { hold } = state
      if (!hold) return undefined
      const note: FreedLock = {
        lock,
        holder: hold,
        reason,
        ...(by !== undefined && { by }),
        atMs: draft.atMs,
      }
      book.noteFreed(note)
      book.change(lock, freed(state, hold, { step: '', undo: false }))
      return holderOf(hold)
    })
    const result = await settled
    if (result.kind === 'failed') throw result.error
    if (result.kind !== 'committed') continue
    if (value) return value
    throw unknownLock(request, 'nobody holds it')
  }
  throw new DureError(
    'COMMAND_CONFLICT',
    `Others were first each time lock "${lock}" of ${instance} was freed. Try again.`,
  )
}

function assertRequest({ reason, by = 'nobody' }: FreeLockRequest): void {
  const isFine = [reason, by].every(
    (text) =>
      typeof text === 'string' && text.trim() !== '' && text.length <= lockReasonCharactersMax,
  )
  if (isFine) return
  throw new DureError(
    'COMMAND_INPUT_INVALID',
    `A lock is freed with a reason, and a name if any, of 1 to ${lockReasonCharactersMax} characters.`,
  )
}

function unknownLock({ instance, lock, service }: FreeLockRequest, why: string): DureError {
  return new DureError(
    'LOCK_UNKNOWN',
    `Lock "${lock}" of ${service} ${instance} cannot be freed: ${why}. List the locks to see which are held.`,
  )
}

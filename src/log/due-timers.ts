import type { AgendaStore, Timer } from './store.port.ts'

export interface DueRequest {
  readonly nowMs: number
  /** Timers that are read in any case, the earliest first. */
  readonly firstMax: number
  /** Timers that are read when more are due than those. */
  readonly dueMax: number
}

export interface DueTimers {
  readonly first: readonly Timer[]
  /** Whether the store has no others than the first. */
  readonly isAll: boolean
  readonly due: readonly Timer[]
  /** Those of the first that are not due yet. */
  readonly later: readonly Timer[]
}

/** Reads what is due. One read shows that, and what comes next, unless more is due than it holds. */
export async function readDue(
  store: Pick<AgendaStore, 'dueTimers'>,
  { nowMs, firstMax, dueMax }: DueRequest,
): Promise<DueTimers> {
  const first = await readAll(store, firstMax)
  const isAll = first.length < firstMax
  const due = first.filter(({ atMs }) => atMs <= nowMs)
  const later = first.slice(due.length)
  if (isAll || later.length > 0) return { first, isAll, due, later }
  return { first, isAll, later, due: await store.dueTimers(nowMs, dueMax) }
}

/** Reads the first of all timers, whenever they are due. */
export function readAll(
  store: Pick<AgendaStore, 'dueTimers'>,
  timersMax: number,
): Promise<readonly Timer[]> {
  return store.dueTimers(Number.MAX_SAFE_INTEGER, timersMax)
}

// Which messages a commit takes: those that its cursors pass, whose work it finishes, or that it takes off the parking
// place.
import type { Commit, CursorMove } from '../../../log/store.port.ts'
import { eventId } from '../../../log/stored-event.ts'
import type { AppliedCommit, Ledger, LedgerEntry } from '../../world/ledger.ts'
import { inbox, type Readers, wantsOf } from './readers.ts'

/** A message that a commit takes for one consumer. */
export interface Taken {
  readonly consumer: string
  readonly source: string
  readonly entry: LedgerEntry
  readonly by: 'cursor' | 'work' | 'redrive'
  /** Whether the commit parks it. */
  readonly isParked: boolean
}

export interface TakenOptions {
  readonly world: Ledger
  readonly readers: ReadonlyMap<string, Readers>
}

const none: readonly never[] = []
/** Where it is noted what a commit takes: each of its judges asks. */
const takenMark = Symbol('taken')

interface Marked extends AppliedCommit {
  [takenMark]?: readonly Taken[]
}

/** The messages that a commit takes, in the order of their logs. Asked for before the ledger has the commit. */
export function takenBy(applied: AppliedCommit, options: TakenOptions): readonly Taken[] {
  const { cursors, fireTimers, unpark } = applied.commit
  if (!cursors && !fireTimers && !unpark) return none
  // Why no map beside: weak as it may be, it would hold worlds that are over until the whole heap is collected.
  const marked: Marked = applied
  marked[takenMark] ??= allTaken(applied, options)
  return marked[takenMark]
}

function allTaken(applied: AppliedCommit, options: TakenOptions): readonly Taken[] {
  const { cursors = none, fireTimers = none, unpark = none } = applied.commit
  const taken: Taken[] = []
  for (const move of cursors) passed(applied, options, { move, taken })
  for (const id of fireTimers) finished(applied, options, { id, taken })
  for (const id of unpark) redriven(applied, options, { id, taken })
  return taken
}

function passed(
  { service, commit }: AppliedCommit,
  { world, readers }: TakenOptions,
  { move, taken }: { readonly move: CursorMove; readonly taken: Taken[] },
): void {
  const { consumer, source, partition, expected, position } = move
  const wants = wantsOf(readers.get(service), consumer)
  const log = world.of(source).logs[partition]
  if (!wants || !log) return
  for (let index = expected; index < position; index += 1) {
    const entry = log[index]
    if (!entry || !wants(entry)) continue
    const isParked = parks(commit, { consumer, source, entry })
    taken.push({ consumer, source, entry, by: 'cursor', isParked })
  }
}

function finished(
  { commit }: AppliedCommit,
  { world }: TakenOptions,
  { id, taken }: { readonly id: string; readonly taken: Taken[] },
): void {
  if (commit.setTimers?.some((timer) => timer.id === id)) return
  const work = workOf(id)
  const entry = work && world.of(work.source).logs[work.partition]?.[work.position - 1]
  if (!entry) return
  const message = { consumer: inbox, source: work.source, entry }
  taken.push({ ...message, by: 'work', isParked: parks(commit, message) })
}

function redriven(
  { commit, ledger }: AppliedCommit,
  { world }: TakenOptions,
  { id, taken }: { readonly id: string; readonly taken: Taken[] },
): void {
  const parked = ledger.parked.get(id)
  const entry = parked && world.of(parked.source).logs[parked.partition]?.[parked.position - 1]
  if (!entry || commit.clearViews) return
  const { consumer, source } = parked
  const message = { consumer, source, entry }
  taken.push({ ...message, by: 'redrive', isParked: parks(commit, message) })
}

function parks(
  { park }: Commit,
  { consumer, source, entry }: Pick<Taken, 'consumer' | 'source' | 'entry'>,
): boolean {
  if (!park) return false
  return park.some(
    (each) =>
      each.consumer === consumer &&
      each.source === source &&
      each.partition === entry.partition &&
      each.position === entry.position,
  )
}

/** A message that waits on the agenda. */
export interface TimedWork {
  readonly source: string
  readonly partition: number
  readonly position: number
  /** What it waits for: the outside world, or a lock. */
  readonly waitsFor: 'work' | 'lock'
}

/** The message that a timer stands for: a command that asks the outside first, or waits for a lock. */
export function workOf(timerId: string): TimedWork | undefined {
  const [mark, source = '', partition, position] = timerId.split('/', 4)
  if (mark !== 'work' && mark !== 'lock') return undefined
  return { source, partition: Number(partition), position: Number(position), waitsFor: mark }
}

/** What a commit lets a message wait for; undefined when it does not put the message off. */
export function putOffTo(
  { setTimers }: Commit,
  { source, entry }: Pick<Taken, 'source' | 'entry'>,
): TimedWork['waitsFor'] | undefined {
  for (const { id } of setTimers ?? []) {
    const work = workOf(id)
    const isThere = work?.source === source && work.partition === entry.partition
    if (isThere && work.position === entry.position) return work.waitsFor
  }
  return undefined
}

/** The identity of an entry as a message. */
export function messageId(entry: LedgerEntry): string {
  if (entry.kind === 'event') return eventId(entry.stream ?? '', entry.streamVersion ?? 0)
  const { id = '' } = entry.origin
  return entry.kind === 'command' ? id : `${id}/reply`
}

/** What messages are kept in order by. */
export function orderKey({ stream, key }: LedgerEntry): string {
  return stream ?? key
}

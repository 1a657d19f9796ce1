import type { System } from '../../../language/system.ts'
import type { EventTypes } from '../../../log/stored-event.ts'
import type { AppliedCommit, LedgerEntry } from '../../world/ledger.ts'
import type { JudgeMaker } from '../judge.ts'
import { firstOf } from './first-of.ts'
import { judgeCommand, judgeEvent, judgePassedOn, judgeReply } from './lead-to.ts'
import { inbox, type Readers, readersOf, typesOf } from './readers.ts'
import { messageId, type Taken, takenBy } from './taken.ts'

/** What is known of the system, and of what a commit takes. */
export interface Handling {
  readonly applied: AppliedCommit
  readonly system: System
  readonly readers: Readers
  readonly types: EventTypes
}

/**
 * A message leads to exactly what it has to lead to, in the commit that takes it; nothing else is done in its name.
 */
export const judgeHandled: JudgeMaker = ({ system, ledger: world }) => {
  const readers = readersOf(system)
  const types = typesOf(system)
  return {
    name: 'a message leads to its effects in the commit that takes it, and only there',
    applied(applied) {
      const taken = takenBy(applied, { world, readers })
      const own = readers.get(applied.service)
      if (!own) return undefined
      const handling = { applied, system, readers: own, types }
      return firstOf(taken, (each) => judgeTaken(handling, each)) ?? judgeCauses(handling, taken)
    },
  }
}

/** Judges what a commit has done for a message that it takes. */
export function judgeTaken(handling: Handling, taken: Taken): string | undefined {
  const { consumer, entry, isParked } = taken
  if (consumer !== inbox) return undefined
  if (isParked) return judgeNothing(handling.applied, taken)
  if (taken.by === 'redrive' && isDropped(handling.applied)) return undefined
  switch (entry.kind) {
    case 'event':
      return judgeEvent(handling, taken)
    case 'command':
      return entry.origin.saga?.mail === undefined
        ? judgeCommand(handling, taken)
        : judgePassedOn(handling, taken)
    case 'reply':
      return judgeReply(handling, taken)
  }
}

/** Dropped on purpose: taken off, and nothing else is done. */
function isDropped({ commit }: AppliedCommit): boolean {
  return !commit.entries && !commit.documents && !commit.setTimers && !commit.streams
}

function judgeNothing({ service, entries }: AppliedCommit, { entry }: Taken): string | undefined {
  const id = messageId(entry)
  const done = entries.find((each) => each.origin.cause === id)
  return done && `${entry.type} (${id}) was parked in ${service}, and has led to ${done.type}.`
}

/** Whether a choreographed saga is begun in the very commit of the event that starts it, as it may be. */
function isBegunHere(
  entries: readonly LedgerEntry[],
  { origin: { cause, saga } }: LedgerEntry,
  { sagas }: System,
): boolean {
  const begun = sagas.find((each) => each.kind === 'choreographed' && each.saga.name === saga?.name)
  const starts = begun?.saga.starts.map(({ event }) => event.type) ?? []
  return entries.some(
    (entry) => entry.kind === 'event' && messageId(entry) === cause && starts.includes(entry.type),
  )
}

/** Everything that is done names the message that it is done for, and takes it. */
function judgeCauses(
  { applied: { service, commit, entries }, system }: Handling,
  taken: readonly Taken[],
): string | undefined {
  if (entries.length === 0) return undefined
  const ids = new Set<string>()
  for (const { consumer, entry } of taken) if (consumer === inbox) ids.add(messageId(entry))
  const isCause = (cause: string, entry: LedgerEntry): boolean =>
    ids.has(cause) || isBegunHere(entries, entry, system)
  return firstOf(entries, (entry) => {
    const { cause, command } = entry.origin
    if (cause !== undefined) {
      if (isCause(cause, entry)) return undefined
      return `${entry.type} of ${service} was done for ${cause}, which was not taken with it.`
    }
    // What a saga sends is done for a call as well: an operator may have cancelled it.
    const isOwn = entry.kind === 'event' || entry.origin.saga !== undefined
    const isCalled = isOwn && command !== undefined && command === commit.id
    const isDue = commit.fireTimers?.some((id) => id.startsWith('saga/')) ?? false
    if (isCalled || isDue) return undefined
    return `${entry.type} of ${service} was done for nobody: neither call, message nor timer.`
  })
}

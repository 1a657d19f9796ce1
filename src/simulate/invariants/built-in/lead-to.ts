// What a message has to lead to, worked out from the definitions, and looked for in the commit that takes it.
import type { Aggregate } from '../../../language/aggregate.ts'
import { isLockable, lockedRejection } from '../../../language/isolation/locks.ts'
import type { Command, Outcome } from '../../../language/message.ts'
import { isStarting, type Saga } from '../../../language/saga/saga-plan.ts'
import { checkSchema } from '../../../language/schema.ts'
import { eventMeta, readEventData } from '../../../log/stored-event.ts'
import type { Commit } from '../../../log/store.port.ts'
import { plansOf } from '../../../language/saga/saga-versions.ts'
import { retryName } from '../../../sagas/step-name.ts'
import { stepNode } from '../../../sagas/saga-nodes.ts'
import type { AppliedCommit, LedgerEntry } from '../../world/ledger.ts'
import { firstOf } from './first-of.ts'
import type { Handling } from './handled.ts'
import { messageId, putOffTo, type Taken } from './taken.ts'

/** An event leads to the commands that the policies give, and starts the sagas that begin with it. */
export function judgeEvent(handling: Handling, taken: Taken): string | undefined {
  return judgePolicies(handling, taken) ?? judgeStarts(handling, taken)
}

function judgePolicies(handling: Handling, taken: Taken): string | undefined {
  const { applied, readers } = handling
  const { service } = readers
  if (!service.policies.some(({ handlers }) => handlers[taken.entry.type])) return undefined
  const commands = commandsFor(handling, taken)
  const isHere = (each: Command): boolean =>
    each.service === service.name &&
    !isDeferred(handling, each.type) &&
    !isLockable(deciderOf(service.aggregates, each.type), each.type)
  const sent = commands.filter((each) => !isHere(each))
  const wanted = sent.map(({ type, service: to, data }) =>
    textOf(type, to, JSON.stringify(data ?? null)),
  )
  const id = messageId(taken.entry)
  const found = sentFor(applied.entries, id)
  if (wanted.toSorted().join() !== found.toSorted().join()) {
    return `${id} has led ${service.name} to [${found.join()}], and not to [${wanted.join()}].`
  }
  return firstOf(commands.filter(isHere), ({ type, data }) => judgeDecided(handling, type, data))
}

/** What the policies of the service give for an event. */
function commandsFor({ readers, types }: Handling, { entry, source }: Taken): readonly Command[] {
  const data = readEventData(types, entry)
  const meta = eventMeta(source, entry)
  const { policies } = readers.service
  return policies.flatMap(({ handlers }) => toList(handlers[entry.type]?.(data, meta)))
}

/** The commands of policies that were sent for a message. */
function sentFor(entries: readonly LedgerEntry[], id: string): string[] {
  const sent: string[] = []
  for (const entry of entries) {
    if (entry.kind !== 'command') continue
    const { cause, saga } = entry.origin
    if (cause === id && !saga) sent.push(textOf(entry.type, entry.to ?? '', entry.data))
  }
  return sent
}

function textOf(type: string, to: string, data: string): string {
  return `${type} to ${to} ${data}`
}

function toList(given: Command | readonly Command[] | undefined): readonly Command[] {
  if (given === undefined) return []
  // Why the cast: Array.isArray does not narrow readonly arrays.
  return Array.isArray(given) ? (given as readonly Command[]) : [given as Command]
}

function judgeStarts(handling: Handling, taken: Taken): string | undefined {
  const { service, commit, ledger } = handling.applied
  const own = handling.system.sagas.filter(({ by }) => by === service)
  return firstOf(own, ({ saga }) =>
    firstOf(startedKeys(handling, taken, saga), (key) => {
      const view = `saga:${saga.name}`
      if (ledger.views.get(view)?.has(key) || writes(commit, view, key)) return undefined
      return `${messageId(taken.entry)} has not started ${saga.name} ${key} in ${service}.`
    }),
  )
}

/** The instances of a saga that an event has to start. */
function startedKeys({ types }: Handling, { entry, source }: Taken, saga: Saga): readonly string[] {
  const own = saga.starts.filter(({ event }) => event.type === entry.type)
  return own.flatMap((start) => {
    const [event, meta] = [readEventData(types, entry), eventMeta(source, entry)]
    if (!isStarting(start, event, meta)) return []
    const checked = checkSchema(saga.input, start.input(event, meta))
    return checked instanceof Promise || !checked.ok ? [] : [saga.key(checked.value)]
  })
}

function writes({ documents }: Commit, view: string, key: string): boolean {
  return documents?.some((write) => write.view === view && write.key === key) ?? false
}

/** A command is decided, or becomes work; one of a saga is answered once. */
export function judgeCommand(handling: Handling, taken: Taken): string | undefined {
  const { applied } = handling
  const { entry, by } = taken
  const id = messageId(entry)
  const replies = applied.entries.filter((each) => each.kind === 'reply' && each.origin.id === id)
  if (replies.length === 0 && isPutOff(applied, taken)) return undefined
  if (by !== 'work' && isDeferred(handling, entry.type)) {
    return `${entry.type} (${id}) was taken by ${applied.service}, and is neither due nor parked.`
  }
  return judgeAnswer(handling, taken, replies)
}

/** What needs nothing from outside becomes work too, where earlier work of its key waits; what a lock holds up waits. */
function isPutOff({ commit }: AppliedCommit, taken: Taken): boolean {
  const waitsFor = putOffTo(commit, taken)
  return waitsFor === 'lock' || (waitsFor === 'work' && taken.by !== 'work')
}

function judgeAnswer(
  handling: Handling,
  { entry, source }: Taken,
  replies: readonly LedgerEntry[],
): string | undefined {
  const { service } = handling.applied
  const id = messageId(entry)
  if (replies.length !== (entry.origin.saga ? 1 : 0)) {
    return `${entry.type} (${id}) was answered ${replies.length} times by ${service}.`
  }
  const [reply] = replies
  if (reply && reply.to !== source) return `${id} was answered to ${reply.to}.`
  if (
    reply &&
    isLockable(deciderOf(handling.readers.service.aggregates, entry.type), entry.type) &&
    isLockedAnswer(reply)
  )
    return undefined
  return judgeDecided(handling, entry.type, JSON.parse(entry.data))
}

function isLockedAnswer({ data }: LedgerEntry): boolean {
  // Why the cast: replies hold the outcome of a command.
  const outcome = JSON.parse(data) as Outcome
  return !outcome.ok && outcome.rejected === lockedRejection
}

/** A step of a choreographed saga is decided, unless it comes too late; either way the saga is passed on. */
export function judgePassedOn(handling: Handling, taken: Taken): string | undefined {
  const { applied } = handling
  const { entry } = taken
  if (isPutOff(applied, taken)) return undefined
  const id = messageId(entry)
  if (!isPassedOn(applied, taken))
    return `${entry.type} (${id}) was taken by ${applied.service}, which has not passed its saga on.`
  if (
    mayBeTooLate(handling, entry) ||
    isLockable(deciderOf(handling.readers.service.aggregates, entry.type), entry.type)
  )
    return undefined
  return judgeDecided(handling, entry.type, JSON.parse(entry.data))
}

/** Whether a commit has sent the saga of a message on, keeps it for a join or until it goes on, or has kept its end. */
function isPassedOn({ commit, entries }: AppliedCommit, { entry }: Taken): boolean {
  const { saga } = entry.origin
  if (!saga) return false
  const id = messageId(entry)
  const place = `${saga.name}/${saga.key}`
  const isSent = entries.some(({ origin }) => {
    const to = origin.saga
    return origin.cause === id && to?.name === saga.name && to.key === saga.key
  })
  return (
    isSent ||
    writes(commit, `saga:${saga.name}`, saga.key) ||
    rests(commit, place) ||
    (commit.documents?.some(
      ({ view, key }) => view === '$saga-joins' && key.startsWith(`${place}/`),
    ) ??
      false)
  )
}

/** Whether a saga rests until one of its steps is sent again. */
function rests({ setTimers }: Commit, place: string): boolean {
  const timer = `saga/${place}/${retryName('')}`
  return setTimers?.some(({ id }) => id.startsWith(timer)) ?? false
}

/** Whether the saga was told to stop, or the step has a deadline of its own. */
function mayBeTooLate(
  { applied, system }: Handling,
  { origin: { saga: address } }: LedgerEntry,
): boolean {
  const saga = system.sagas.find((each) => each.saga.name === address?.name)?.saga
  if (!saga || !address) return false
  const isStopped = applied.ledger.views.get('$saga-stops')?.has(`${address.name}/${address.key}`)
  const hasDeadline = plansOf(saga).some(
    (plan) => stepNode(plan, address.step)?.deadlineMs !== undefined,
  )
  return isStopped === true || hasDeadline
}

/** Whatever is decided rests on the stream of its instance: the commit writes or checks its head. */
function judgeDecided(
  { applied, readers }: Handling,
  type: string,
  data: unknown,
): string | undefined {
  const aggregate = deciderOf(readers.service.aggregates, type)
  if (!aggregate) return `${applied.service} took ${type}, which it cannot decide.`
  const spec = readers.service.contract.$spec.commands?.[type.slice(applied.service.length + 1)]
  const checked = spec && checkSchema(spec.input, data)
  if (!checked || checked instanceof Promise || !checked.ok) {
    return `${applied.service} took ${type}, whose data does not fit.`
  }
  const stream = `${aggregate.name}/${aggregate.key(checked.value)}`
  if (applied.commit.streams?.some((each) => each.stream === stream)) return undefined
  return `${applied.service} took ${type}, and did not decide it on ${stream}.`
}

function deciderOf(aggregates: readonly Aggregate[], type: string): Aggregate | undefined {
  return aggregates.find(({ decide }) => Object.hasOwn(decide, type))
}

function isDeferred({ readers }: Handling, type: string): boolean {
  return deciderOf(readers.service.aggregates, type)?.prepare[type] !== undefined
}

/** A reply moves its saga, unless that has ended. */
export function judgeReply({ applied }: Handling, { entry }: Taken): string | undefined {
  const { saga } = entry.origin
  const { commit, ledger, service } = applied
  if (!saga) return undefined
  if (saga.mail !== undefined) return judgeTold(applied, entry)
  const view = `saga:${saga.name}`
  if (writes(commit, view, saga.key)) return undefined
  const known = ledger.views.get(view)?.get(saga.key)
  // Why the cast: the coordinator writes these documents.
  const isEnded =
    !known || (JSON.parse(known.value) as { endedAtMs?: number }).endedAtMs !== undefined
  if (isEnded) return undefined
  return `${messageId(entry)} has not moved ${saga.name} ${saga.key} of ${service}.`
}

/** What a participant of a choreographed saga is told leaves a trace: in a join, in what it keeps, or in what it sends. */
function judgeTold(applied: AppliedCommit, entry: LedgerEntry): string | undefined {
  const { saga } = entry.origin
  const { commit, ledger, service } = applied
  if (!saga) return undefined
  const isStop = entry.type.endsWith('.stop') || entry.type.endsWith('.forget')
  if (isStop)
    return writes(commit, '$saga-stops', `${saga.name}/${saga.key}`)
      ? undefined
      : `${messageId(entry)} was taken by ${service}, and left no trace.`
  const known = ledger.views.get(`saga:${saga.name}`)?.get(saga.key)
  const isEnded = known !== undefined && known.value.includes('"endedAtMs"')
  const taken: Taken = { consumer: 'inbox', source: '', entry, by: 'cursor', isParked: false }
  if (isEnded || isPassedOn(applied, taken)) return undefined
  return `${messageId(entry)} was taken by ${service}, which has not passed its saga on.`
}

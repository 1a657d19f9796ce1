// What a message leads to inside a service: policies, sagas, commands. Everything goes into one draft.
import { DureError } from '../language/errors.ts'
import type { Command, Outcome } from '../language/message.ts'
import { checkSchema } from '../language/schema.ts'
import { partitionOf } from '../log/fingerprint.ts'
import { upcast } from '../log/stored-event.ts'
import type { EntryMeta, Timer } from '../log/store.port.ts'
import { type Envelope, sagaOf } from '../messaging/envelope.ts'
import { commandEntry, metaCausedBy, metaOf, replyEntry, sourceOf } from '../messaging/send.ts'
import { isStarting, type Saga } from '../language/saga/saga-plan.ts'
import { decideUnderLocks, isHeldUp, partyOf } from '../sagas/isolation/decide-under-locks.ts'
import { isStartingSurely } from '../sagas/choreography/begin-saga.ts'
import { isLockable } from '../language/isolation/locks.ts'
import { endWaiting, overdueAnswer, putBehind, putOff } from '../sagas/isolation/put-off.ts'
import { waiterId, waitingMessage, type WaitingMessage } from '../sagas/isolation/waiters.ts'
import { type CommandHandler, instanceKey, unknownCommand } from './decide.ts'
import type { Draft } from './draft.ts'
import { invalidInput } from './execute.ts'
import { addWork, endWork, isWorkPending } from '../messaging/pending-work.ts'
import type { SagaEngines } from '../sagas/saga-engines.ts'
import type { OwnEvent, ServiceModel } from './service-model.ts'

/** Commands that one event may lead to in one policy. */
export const commandsPerPolicyMax = 1_000

export interface MessageHandlerOptions {
  readonly model: ServiceModel
  /** The sagas that the service starts. */
  readonly sagas: readonly Saga[]
  readonly engines: () => SagaEngines
}

/** Work that needs the outside world first: kept as a timer that is due at once. */
export interface Work {
  readonly kind: 'work'
  readonly envelope: Envelope
  readonly attempt: number
}

const workMark = 'work/'

/** Tells a message from all others: names of one log sort in its order. */
function placeOf(envelope: Envelope, partitions: number): string {
  const partition = partitionOf(envelope.partitionkey, partitions)
  const position = String(envelope.position).padStart(12, '0')
  return `${sourceOf(envelope)}/${partition}/${position}/${envelope.id}`
}

/** Whether a timer stands for work. */
export function isWork(timerId: string): boolean {
  return timerId.startsWith(workMark)
}

/** Work in the order of the log; a deadline of a saga has none. */
export function inOrder(one: Timer, other: Timer): number {
  if (!isWork(one.id) || !isWork(other.id)) return one.atMs - other.atMs
  return one.id < other.id ? -1 : 1
}

/** Those that stand for work, in its order. */
export function workIn(timers: readonly Timer[]): readonly Timer[] {
  return timers.filter(({ id }) => isWork(id)).toSorted(inOrder)
}

export interface MessageHandler {
  /** Which messages the service wants. */
  wants(message: { readonly type: string; readonly to?: string }): boolean
  handle(draft: Draft, envelope: Envelope): void
  /** Decides a command that came as a message, and answers it. */
  command(draft: Draft, envelope: Envelope, prepared: unknown): void
  /** Decides a command that waited on the agenda, and answers it. */
  carryOut(draft: Draft, envelope: Envelope, prepared: unknown): void
  /** Notes that a command that waited on the agenda is not decided. */
  giveUp(draft: Draft, envelope: Envelope): void
  /** Starts the sagas that are passed on from here, in the very commit of the event that starts them. */
  recorded(draft: Draft, event: OwnEvent): void
  /** Decides a command of the own service at once; undefined when it has to be prepared first, or a lock holds it up. */
  decideLocally(draft: Draft, command: LocalCommand): Outcome | undefined
}

/** A command of the own service that a saga or a policy gave. */
export interface LocalCommand {
  readonly type: string
  readonly data: unknown
  readonly id: string
  readonly meta: EntryMeta
  /** The step of the saga that gave it. */
  readonly saga?: EntryMeta['saga']
}

/** How a command that came as a message is decided. */
interface Decided {
  readonly prepared: unknown
  /** Set when it has waited for a lock. */
  readonly waiting?: WaitingMessage
}

/** Creates the message handler of a service. */
export function createMessageHandler(options: MessageHandlerOptions): MessageHandler {
  return new ServiceMessages(options)
}

class ServiceMessages implements MessageHandler {
  readonly #options: MessageHandlerOptions
  readonly #followed: ReadonlySet<string>
  /** Whether any command of the service asks the outside first. */
  readonly #defers: boolean
  /** Whether any aggregate of the service has locks. */
  readonly #locks: boolean

  constructor(options: MessageHandlerOptions) {
    this.#options = options
    this.#followed = followedEvents(options)
    const { aggregates } = options.model.service
    this.#defers = aggregates.some(({ prepare }) => Object.keys(prepare).length > 0)
    this.#locks = aggregates.some(({ locks }) => locks.length > 0)
  }

  wants(message: { readonly type: string; readonly to?: string }): boolean {
    return message.to === this.#options.model.name || this.#followed.has(message.type)
  }

  handle(draft: Draft, envelope: Envelope): void {
    if (envelope.kind === 'event') this.#handleEvent(draft, envelope)
    else if (envelope.to !== this.#options.model.name) return
    else if (envelope.kind === 'command') this.#handleCommand(draft, envelope)
    else this.#handleReply(draft, envelope)
  }

  command(draft: Draft, envelope: Envelope, prepared: unknown): void {
    this.#decide(draft, envelope, { prepared })
  }

  carryOut(draft: Draft, envelope: Envelope, prepared: unknown): void {
    const waiting = this.#waiting(draft, envelope)
    if (!waiting) {
      endWork(draft, envelope)
      return this.command(draft, envelope, prepared)
    }
    const isChoreographed = sagaOf(envelope)?.mail !== undefined
    if (isChoreographed && !this.#options.engines().choreographer.admits(draft, envelope))
      return endWaiting(draft, this.#waiterId(envelope), waiting)
    this.#decide(draft, envelope, { prepared, waiting })
  }

  giveUp(draft: Draft, envelope: Envelope): void {
    const waiting = this.#waiting(draft, envelope)
    if (waiting) endWaiting(draft, this.#waiterId(envelope), waiting)
    else endWork(draft, envelope)
  }

  #waiting(draft: Draft, envelope: Envelope): WaitingMessage | undefined {
    return this.#locks ? waitingMessage(draft, this.#waiterId(envelope)) : undefined
  }

  #waiterId(envelope: Envelope): string {
    return waiterId(placeOf(envelope, this.#options.model.partitions))
  }

  /** Decides a command and answers it, or puts it off while a lock holds it up. */
  #decide(draft: Draft, envelope: Envelope, { prepared, waiting }: Decided): void {
    const { model } = this.#options
    const handler = model.commands.get(envelope.type)
    if (!handler) throw unknownCommand(model.name, envelope.type)
    const { type, id } = envelope
    const data = checkedNow(handler, type, envelope.data)
    const key = instanceKey(handler, type, data)
    const meta: EntryMeta = { ...metaCausedBy(envelope), command: id }
    const saga = sagaOf(envelope)
    const waiter = this.#locks ? this.#waiterId(envelope) : ''
    if (this.#locks && putBehind(draft, waiter, envelope)) return
    const tried = { type, data, key, id, prepared, meta, saga, ...(waiting && { waiter }) }
    const given = decideUnderLocks(model, draft, tried)
    if (!isHeldUp(given)) {
      if (waiting) endWaiting(draft, waiter, waiting)
      return this.#answer(draft, envelope, given)
    }
    const overdue = waiting && overdueAnswer(draft, waiting, given)
    if (!overdue)
      return putOff(draft, { id: waiter, envelope, party: partyOf(tried), heldUp: given })
    endWaiting(draft, waiter, waiting)
    this.#answer(draft, envelope, overdue)
  }

  #answer(draft: Draft, envelope: Envelope, outcome: Outcome): void {
    const saga = sagaOf(envelope)
    if (saga?.mail !== undefined)
      this.#options.engines().choreographer.decided(draft, envelope, outcome)
    else if (saga) {
      const meta = { ...metaCausedBy(envelope), id: envelope.id, saga }
      const { partitions } = this.#options.model
      draft.entries.push(replyEntry(envelope, outcome, { partitions, meta, atMs: draft.atMs }))
    } else if (!outcome.ok) throw rejected(envelope.type, outcome.rejected)
  }

  decideLocally(draft: Draft, local: LocalCommand): Outcome | undefined {
    const { model } = this.#options
    const handler = model.commands.get(local.type)
    if (!handler) throw unknownCommand(model.name, local.type)
    if (isDeferred(handler, local.type)) return undefined
    const data = checkedNow(handler, local.type, local.data)
    const key = instanceKey(handler, local.type, data)
    const given = decideUnderLocks(model, draft, { ...local, data, key, prepared: undefined })
    // What a lock holds up goes as a message to the own service, and waits there.
    return isHeldUp(given) ? undefined : given
  }

  recorded(draft: Draft, { type, data, meta, origin }: OwnEvent): void {
    if (!this.#followed.has(type)) return
    const { sagas, engines } = this.#options
    const { id: _id, command: _command, saga: _saga, ...from } = origin
    for (const saga of sagas) {
      for (const start of saga.starts) {
        if (start.event.type !== type || !isStartingSurely(start, data, meta)) continue
        const begin = { input: () => start.input(data, meta), meta: { ...from, cause: meta.id } }
        engines().choreographer.startAtOnce(draft, saga, begin)
      }
    }
  }

  #handleReply(draft: Draft, envelope: Envelope): void {
    const address = sagaOf(envelope)
    if (!address) return
    if (address.mail !== undefined)
      return this.#options.engines().choreographer.told(draft, envelope)
    // Why the cast: replies are written by this very file.
    const outcome = envelope.data as Outcome
    const meta = metaCausedBy(envelope)
    this.#options.engines().coordinator.reply(draft, { address, outcome, meta })
  }

  #handleEvent(draft: Draft, envelope: Envelope): void {
    const { model, sagas, engines } = this.#options
    const type = model.types.get(envelope.type)
    if (!type) return
    const data = upcast(type, envelope.dataversion, envelope.data)
    const from = metaOf(envelope)
    const meta = metaCausedBy(envelope)
    for (const saga of sagas) {
      for (const start of saga.starts) {
        if (start.event.type !== envelope.type || !isStarting(start, data, from)) continue
        const begin = { saga: saga.name, input: start.input(data, from), meta }
        engines().start(draft, begin)
      }
    }
    for (const policy of model.service.policies) {
      const given = policy.handlers[envelope.type]?.(data, from)
      if (given) this.#order(draft, envelope, { policy: policy.name, commands: toList(given) })
    }
  }

  /** Carries out the commands that a policy gave. */
  #order(
    draft: Draft,
    envelope: Envelope,
    given: { policy: string; commands: readonly Command[] },
  ): void {
    const { model } = this.#options
    const { policy, commands } = given
    if (commands.length > commandsPerPolicyMax) throw tooManyCommands(policy, commands.length)
    for (const [index, command] of commands.entries()) {
      const id = `${model.name}/${policy}/${envelope.source}/${envelope.id}/${index}`
      const meta: EntryMeta = { ...metaCausedBy(envelope), id }
      if (this.#orderedHere(draft, command, meta)) continue
      const { partitions } = model
      const sent = { key: envelope.partitionkey, partitions, meta, atMs: draft.atMs }
      draft.entries.push(commandEntry(command, sent))
    }
  }

  #orderedHere(draft: Draft, command: Command, meta: EntryMeta): boolean {
    const { model } = this.#options
    if (command.service !== model.name) return false
    // Trap: what a lock may hold up goes as a message each time. Decided here it could overtake one that waits.
    if (isLockable(model.commands.get(command.type)?.aggregate, command.type)) return false
    const id = meta.id ?? ''
    const local = { type: command.type, data: command.data, id, meta: { ...meta, command: id } }
    const outcome = this.decideLocally(draft, local)
    if (outcome && !outcome.ok) throw rejected(command.type, outcome.rejected)
    return outcome !== undefined
  }

  #handleCommand(draft: Draft, envelope: Envelope): void {
    const { model } = this.#options
    const handler = model.commands.get(envelope.type)
    if (!handler) throw unknownCommand(model.name, envelope.type)
    const isChoreographed = sagaOf(envelope)?.mail !== undefined
    if (isChoreographed && !this.#options.engines().choreographer.admits(draft, envelope)) return
    const waits =
      this.#defers && (isDeferred(handler, envelope.type) || isWorkPending(draft, envelope))
    if (!waits) return this.command(draft, envelope, undefined)
    addWork(draft, envelope)
    const work: Work = { kind: 'work', envelope, attempt: 0 }
    const id = `${workMark}${placeOf(envelope, model.partitions)}`
    // Trap: due at once by every clock. With a time of its own it could come after later work of its key.
    draft.setTimers.push({ id, atMs: 0, data: JSON.stringify(work) })
  }
}

function followedEvents({ model, sagas }: MessageHandlerOptions): ReadonlySet<string> {
  const started = sagas.flatMap((saga) => saga.starts.map(({ event }) => event.type))
  const followed = model.service.policies.flatMap((policy) => policy.events.map(({ type }) => type))
  return new Set([...started, ...followed])
}

function isDeferred(handler: CommandHandler, type: string): boolean {
  return handler.aggregate.prepare[type] !== undefined
}

function checkedNow(handler: CommandHandler, type: string, data: unknown): unknown {
  const checked = checkSchema(handler.spec.input, data)
  if (checked instanceof Promise) {
    throw new DureError(
      'LANGUAGE_DEFINITION_INVALID',
      `The input schema of ${type} is asynchronous. Commands that come as messages need one that answers at once.`,
    )
  }
  if (checked.ok) return checked.value
  throw invalidInput('COMMAND_INPUT_INVALID', type, checked.issues)
}

function toList(given: Command | readonly Command[]): readonly Command[] {
  // Why the cast: Array.isArray does not narrow readonly arrays.
  return Array.isArray(given) ? (given as readonly Command[]) : [given as Command]
}

function rejected(type: string, name: string): DureError {
  return new DureError(
    'COMMAND_REJECTED',
    `${type} was rejected with "${name}", and nobody waits for the answer. Correct the cause and redrive, or drop it.`,
    { details: { type, rejected: name } },
  )
}

function tooManyCommands(policy: string, count: number): DureError {
  return new DureError(
    'COMMAND_DECISION_FAILED',
    `Policy "${policy}" gave ${count} commands for one event; ${commandsPerPolicyMax} are allowed.`,
  )
}

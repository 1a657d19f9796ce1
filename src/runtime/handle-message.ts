// What a message leads to inside a service: policies, sagas, commands. Everything goes into one draft.
import { DureError } from '../language/errors.ts'
import type { Command, Outcome } from '../language/message.ts'
import { checkSchema } from '../language/schema.ts'
import { partitionOf } from '../log/fingerprint.ts'
import { upcast } from '../log/stored-event.ts'
import type { EntryMeta, Timer } from '../log/store.port.ts'
import { type Envelope, sagaOf } from '../messaging/envelope.ts'
import { commandEntry, metaCausedBy, metaOf, replyEntry, sourceOf } from '../messaging/send.ts'
import type { Saga } from '../language/saga/saga-plan.ts'
import { type CommandHandler, decideInto, instanceKey, unknownCommand } from './decide.ts'
import type { Draft } from './draft.ts'
import { invalidInput } from './execute.ts'
import { addWork, endWork, isWorkPending } from '../messaging/pending-work.ts'
import type { SagaEngines } from '../sagas/saga-engines.ts'
import type { ServiceModel } from './service-model.ts'

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

/** The name of the timer of a piece of work: names of one log sort in its order. */
function workId(envelope: Envelope, partitions: number): string {
  const partition = partitionOf(envelope.partitionkey, partitions)
  const position = String(envelope.position).padStart(12, '0')
  return `${workMark}${sourceOf(envelope)}/${partition}/${position}/${envelope.id}`
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
  /** Decides a command of the own service at once; undefined when it has to be prepared first. */
  decideLocally(draft: Draft, command: LocalCommand): Outcome | undefined
}

/** A command of the own service that a saga or a policy gave. */
export interface LocalCommand {
  readonly type: string
  readonly data: unknown
  readonly id: string
  readonly meta: EntryMeta
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

  constructor(options: MessageHandlerOptions) {
    this.#options = options
    this.#followed = followedEvents(options)
    const { aggregates } = options.model.service
    this.#defers = aggregates.some(({ prepare }) => Object.keys(prepare).length > 0)
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
    const { model } = this.#options
    const handler = model.commands.get(envelope.type)
    if (!handler) throw unknownCommand(model.name, envelope.type)
    const data = checkedNow(handler, envelope.type, envelope.data)
    const key = instanceKey(handler, envelope.type, data)
    const meta: EntryMeta = { ...metaCausedBy(envelope), command: envelope.id }
    const call = { type: envelope.type, data, key, id: envelope.id, prepared, meta }
    const outcome = decideInto(model, draft, call)
    const saga = sagaOf(envelope)
    if (saga?.mail !== undefined)
      this.#options.engines().choreographer.decided(draft, envelope, outcome)
    else if (saga) {
      const answer = { ...metaCausedBy(envelope), id: envelope.id, saga }
      const { partitions } = model
      draft.entries.push(
        replyEntry(envelope, outcome, { partitions, meta: answer, atMs: draft.atMs }),
      )
    } else if (!outcome.ok) throw rejected(envelope.type, outcome.rejected)
  }

  carryOut(draft: Draft, envelope: Envelope, prepared: unknown): void {
    endWork(draft, envelope)
    this.command(draft, envelope, prepared)
  }

  decideLocally(draft: Draft, local: LocalCommand): Outcome | undefined {
    const { model } = this.#options
    const handler = model.commands.get(local.type)
    if (!handler) throw unknownCommand(model.name, local.type)
    if (isDeferred(handler, local.type)) return undefined
    const data = checkedNow(handler, local.type, local.data)
    const key = instanceKey(handler, local.type, data)
    return decideInto(model, draft, { ...local, data, key, prepared: undefined })
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
        if (start.event.type !== envelope.type) continue
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
    if (command.service !== this.#options.model.name) return false
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
    const id = workId(envelope, model.partitions)
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

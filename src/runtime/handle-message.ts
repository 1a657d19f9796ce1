// What a message leads to inside a service: policies, sagas, commands. Everything goes into one draft.
import { DureError } from '../language/errors.ts'
import type { Command, Outcome } from '../language/message.ts'
import { checkSchema } from '../language/schema.ts'
import { upcast } from '../log/stored-event.ts'
import type { EntryMeta } from '../log/store.port.ts'
import type { Envelope } from '../messaging/envelope.ts'
import { commandEntry, metaCausedBy, metaOf, replyEntry } from '../messaging/send.ts'
import type { Coordinator } from '../sagas/coordinator.ts'
import type { Saga } from '../language/saga.ts'
import { type CommandHandler, decideInto, unknownCommand } from './decide.ts'
import type { Draft } from './draft.ts'
import { invalidInput } from './execute.ts'
import type { ServiceModel } from './service-model.ts'

/** Commands that one event may lead to in one policy. */
export const commandsPerPolicyMax = 1_000

export interface MessageHandlerOptions {
  readonly model: ServiceModel
  readonly sagas: readonly Saga[]
  readonly coordinator: () => Coordinator
  readonly nowMs: () => number
}

/** Work that needs the outside world first: kept as a timer that is due at once. */
export interface Work {
  readonly kind: 'work'
  readonly envelope: Envelope
  readonly attempt: number
}

export interface MessageHandler {
  /** Which messages the service wants. */
  wants(message: { readonly type: string; readonly to?: string }): boolean
  handle(draft: Draft, envelope: Envelope): void
  /** Decides a command that came as a message, and answers it. */
  command(draft: Draft, envelope: Envelope, prepared: unknown): void
  /** Decides a command of the own service at once; undefined when it has to be prepared first. */
  decideLocally: (
    draft: Draft,
    command: {
      readonly type: string
      readonly data: unknown
      readonly id: string
      readonly meta: EntryMeta
    },
  ) => Outcome | undefined
}

/** Creates the message handler of a service. */
export function createMessageHandler(options: MessageHandlerOptions): MessageHandler {
  const { model, nowMs } = options
  const followed = followedEvents(options)

  function handle(draft: Draft, envelope: Envelope): void {
    if (envelope.kind === 'event') return handleEvent(draft, envelope)
    if (envelope.to !== model.name) return
    if (envelope.kind === 'command') return handleCommand(draft, envelope)
    // Why the cast: replies are written by this very file.
    if (envelope.saga) {
      options
        .coordinator()
        .reply(draft, envelope.saga, envelope.data as Outcome, metaCausedBy(envelope))
    }
  }

  function handleEvent(draft: Draft, envelope: Envelope): void {
    const type = model.types.get(envelope.type)
    if (!type) return
    const data = upcast(type, envelope.dataversion, envelope.data)
    const meta = metaOf(envelope)
    const caused = metaCausedBy(envelope)
    for (const saga of options.sagas) {
      for (const start of saga.starts) {
        if (start.event.type !== envelope.type) continue
        options
          .coordinator()
          .start(draft, { saga: saga.name, input: start.input(data, meta), meta: caused })
      }
    }
    for (const policy of model.service.policies) {
      const given = policy.handlers[envelope.type]?.(data, meta)
      if (given) order(draft, policy.name, envelope, toList(given))
    }
  }

  // biome-ignore format: the signature reads better on one line
  function order(draft: Draft, policy: string, envelope: Envelope, commands: readonly Command[]): void {
    if (commands.length > commandsPerPolicyMax) throw tooManyCommands(policy, commands.length)
    for (const [index, command] of commands.entries()) {
      const id = `${model.name}/${policy}/${envelope.source}/${envelope.id}/${index}`
      const meta: EntryMeta = { ...metaCausedBy(envelope), id }
      if (command.service === model.name) {
        const local = { type: command.type, data: command.data, id, meta: { ...meta, command: id } }
        const outcome = decideLocally(draft, local)
        if (outcome && !outcome.ok) throw rejected(command.type, outcome.rejected)
        if (outcome) continue
      }
      const { partitions } = model
      draft.entries.push(commandEntry(command, { key: envelope.partitionkey, partitions, meta, atMs: nowMs() }))
    }
  }

  function handleCommand(draft: Draft, envelope: Envelope): void {
    const handler = model.commands.get(envelope.type)
    if (!handler) throw unknownCommand(model.name, envelope.type)
    if (!isDeferred(handler, envelope.type)) return command(draft, envelope, undefined)
    const work: Work = { kind: 'work', envelope, attempt: 0 }
    draft.setTimers.push({ id: `work/${envelope.id}/0`, atMs: nowMs(), data: JSON.stringify(work) })
  }

  function command(draft: Draft, envelope: Envelope, prepared: unknown): void {
    const handler = model.commands.get(envelope.type)
    if (!handler) throw unknownCommand(model.name, envelope.type)
    const data = checkedNow(handler, envelope.type, envelope.data)
    const key = handler.aggregate.key(data)
    const meta: EntryMeta = { ...metaCausedBy(envelope), command: envelope.id }
    const call = { type: envelope.type, data, key, id: envelope.id, prepared, meta, atMs: nowMs() }
    const outcome = decideInto(model, draft, call)
    if (envelope.saga) {
      const answer = { ...metaCausedBy(envelope), id: envelope.id, saga: envelope.saga }
      const { partitions } = model
      draft.entries.push(replyEntry(envelope, outcome, { partitions, meta: answer, atMs: nowMs() }))
    } else if (!outcome.ok) throw rejected(envelope.type, outcome.rejected)
  }

  const decideLocally: MessageHandler['decideLocally'] = (draft, local) => {
    const handler = model.commands.get(local.type)
    if (!handler) throw unknownCommand(model.name, local.type)
    if (isDeferred(handler, local.type)) return undefined
    const data = checkedNow(handler, local.type, local.data)
    const key = handler.aggregate.key(data)
    return decideInto(model, draft, { ...local, data, key, prepared: undefined, atMs: nowMs() })
  }

  return {
    wants: (message) => message.to === model.name || followed.has(message.type),
    handle,
    command,
    decideLocally,
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

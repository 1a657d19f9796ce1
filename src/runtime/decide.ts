import type { Aggregate } from '../language/aggregate.ts'
import type { CommandSpec } from '../language/contract.ts'
import { DureError, messageOf } from '../language/errors.ts'
import type { Accepted, Event, Outcome, Rejection } from '../language/message.ts'
import { entryCharactersMax, entryTooLarge } from '../log/entry-size.ts'
import { partitionOf } from '../log/fingerprint.ts'
import { metaOfEntry } from '../log/stored-event.ts'
import type { EntryMeta, NewEntry } from '../log/store.port.ts'
import { changedSince } from '../sagas/isolation/changed-since.ts'
import { cellsMissing, type Draft, type StreamChange } from './draft.ts'
import type { ServiceModel } from './service-model.ts'

/** Events that one decision may give. */
export const eventsPerDecisionMax = 1_000
/** Characters of the key of an instance: it becomes part of names that every store has to index. */
export const keyCharactersMax = 500

/** One command, checked and ready to be decided. */
export interface Decidable {
  readonly type: string
  readonly data: unknown
  readonly key: string
  readonly id: string
  readonly prepared: unknown
  /** What its entries tell of where they come from. */
  readonly meta: EntryMeta
  /** The step of the saga that it is of. */
  readonly saga?: EntryMeta['saga']
}

/** An aggregate's command as the runtime looks it up. */
export interface CommandHandler {
  readonly aggregate: Aggregate
  readonly spec: CommandSpec
  readonly reject: Readonly<Record<string, (data: unknown) => Rejection>>
}

/**
 * Decides a command inside a draft: its events, the state after them and the inline views become part of it.
 *
 * @throws `COMMAND_DECISION_FAILED` when the decision is not one.
 */
export function decideInto(model: ServiceModel, draft: Draft, command: Decidable): Outcome {
  const handler = model.commands.get(command.type)
  if (!handler) throw unknownCommand(model.name, command.type)
  const stream = draft.stream(handler.aggregate, `${handler.aggregate.name}/${command.key}`)
  const changed = changedSince(handler.aggregate, stream.version, command)
  if (changed) return changed
  const decision = callDecision(handler, stream, command)
  if (decision.kind === 'rejection') {
    return { ok: false, rejected: decision.rejected, data: decision.data }
  }
  if (decision.events.length > eventsPerDecisionMax) {
    throw decisionError(
      command.type,
      `it gave ${decision.events.length} events; ${eventsPerDecisionMax} are allowed`,
    )
  }
  try {
    const meta = JSON.stringify(command.meta)
    for (const event of decision.events) {
      record(model, draft, { handler, stream, command, event, meta })
    }
  } catch (cause) {
    if (cause === cellsMissing || cause instanceof DureError) throw cause
    throw decisionError(command.type, `its events cannot be applied: ${messageOf(cause)}`, cause)
  }
  return { ok: true, output: decision.output }
}

/**
 * The key of the instance that a command is for.
 *
 * @throws `COMMAND_INPUT_INVALID` when the data leads to a key that no stream can have.
 * @throws `COMMAND_DECISION_FAILED` when the definition gives none.
 */
export function instanceKey({ aggregate }: CommandHandler, type: string, data: unknown): string {
  let key: unknown
  try {
    key = aggregate.key(data)
  } catch (cause) {
    throw decisionError(type, `its key function threw: ${messageOf(cause)}`, cause)
  }
  if (typeof key !== 'string') throw decisionError(type, 'its key is not a text')
  if (key !== '' && key.length <= keyCharactersMax && key.isWellFormed()) return key
  throw new DureError(
    'COMMAND_INPUT_INVALID',
    `The data of ${type} does not fit: its key has to be 1 to ${keyCharactersMax} characters of well-formed text.`,
    { details: { type, characters: key.length } },
  )
}

function callDecision(
  handler: CommandHandler,
  stream: StreamChange,
  command: Decidable,
): Accepted | Rejection {
  const context = {
    reject: handler.reject,
    reply,
    prepared: command.prepared,
    id: command.id,
    atMs: stream.atMs,
    key: command.key,
    version: stream.version,
    actor: command.meta.actor,
    tenant: command.meta.tenant,
  }
  let given: unknown
  try {
    given = handler.aggregate.decide[command.type]?.(stream.state, command.data, context)
  } catch (cause) {
    if (cause === cellsMissing) throw cause
    throw decisionError(command.type, `it threw: ${messageOf(cause)}`, cause)
  }
  return toDecision(handler, command.type, given)
}

function reply(output: unknown, ...events: readonly Event[]): Accepted {
  return { kind: 'accepted', output, events }
}

function toDecision(handler: CommandHandler, type: string, given: unknown): Accepted | Rejection {
  // Why the casts: the kind is looked at before anything else is believed.
  const value = given as { readonly kind?: unknown } | undefined | null
  switch (value?.kind) {
    case 'accepted':
      return accepted(type, (value as Accepted).output, (value as Accepted).events)
    case 'rejection':
      return rejection(handler, type, value as Rejection)
    default:
      return accepted(type, undefined, Array.isArray(given) ? given : [given])
  }
}

function accepted(type: string, output: unknown, events: unknown): Accepted {
  if (Array.isArray(events) && events.every(isEvent)) return { kind: 'accepted', output, events }
  throw decisionError(type, 'it gave neither events nor a rejection nor a reply with events')
}

function isEvent(given: unknown): given is Event {
  // Why the cast: anything may stand in the list.
  return (given as Partial<Event> | null | undefined)?.kind === 'event'
}

function rejection({ reject }: CommandHandler, type: string, given: Rejection): Rejection {
  if (Object.hasOwn(reject, given.rejected)) return given
  throw decisionError(
    type,
    `it gave the rejection "${given.rejected}", which the command does not declare`,
  )
}

interface Recording {
  readonly handler: CommandHandler
  readonly stream: StreamChange
  readonly command: Decidable
  readonly event: Event
  /** JSON of the command's meta: the same for all of its events. */
  readonly meta: string
}

function record(model: ServiceModel, draft: Draft, recording: Recording): void {
  const { handler, stream, command, event } = recording
  const type = model.types.get(event.type)
  if (!type || event.service !== model.name) {
    throw decisionError(
      command.type,
      `it gave ${event.type}, which is not an event of its contract`,
    )
  }
  const data = JSON.stringify(event.data ?? null)
  if (data.length > entryCharactersMax) throw entryTooLarge(event.type, data.length)
  stream.version += 1
  const entry: NewEntry = {
    kind: 'event',
    type: event.type,
    schemaVersion: type.version,
    stream: stream.cell.id,
    streamVersion: stream.version,
    key: command.key,
    partition: partitionFor(model, recording),
    data,
    meta: recording.meta,
    atMs: stream.atMs,
  }
  draft.entries.push(entry)
  // Trap: states and views are made from what the log holds, not from what the decision handed over, so that a
  // replay gives the same: `undefined`, dates and shared objects do not survive the log.
  const stored: unknown = JSON.parse(data)
  const meta = metaOfEntry(model.name, entry, command.meta)
  const evolve = handler.aggregate.evolve[event.type]
  if (evolve) stream.state = evolve(stream.state, stored, meta)
  model.recorded(draft, { type: event.type, data: stored, meta, origin: command.meta })
}

function partitionFor(
  { partitions }: ServiceModel,
  { handler, stream, command }: Recording,
): number {
  const { partitionKey } = handler.aggregate
  if (!partitionKey || partitions === 1) return partitionOf(stream.cell.id, partitions)
  try {
    return partitionOf(partitionKey(command.key), partitions)
  } catch (cause) {
    throw decisionError(command.type, `its partition key threw: ${messageOf(cause)}`, cause)
  }
}

export function unknownCommand(service: string, type: string): DureError {
  return new DureError(
    'COMMAND_UNKNOWN',
    `Service "${service}" does not decide ${type}. Add it to "decide" of one of its aggregates.`,
    { details: { service, type } },
  )
}

/** Says that a definition gave something that is no decision. */
export function decisionError(type: string, what: string, cause?: unknown): DureError {
  return new DureError(
    'COMMAND_DECISION_FAILED',
    `The decision of ${type} is not usable: ${what}.`,
    {
      cause,
      details: { type },
    },
  )
}

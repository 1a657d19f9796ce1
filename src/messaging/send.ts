import type { Command, EventMeta, Outcome } from '../language/message.ts'
import { partitionOf } from '../log/fingerprint.ts'
import type { EntryMeta, NewEntry } from '../log/store.port.ts'
import { entryCharactersMax, entryTooLarge } from '../log/entry-size.ts'
import { type Envelope, messageCharactersMax } from './envelope.ts'

export interface SendOptions {
  /** Messages of one key stay in order. */
  readonly key: string
  readonly partitions: number
  readonly meta: EntryMeta
  readonly atMs: number
}

/** A command to another service, as an entry of the own log: sent with the commit or not at all. */
export function commandEntry(command: Command, options: SendOptions): NewEntry {
  return {
    kind: 'command',
    type: command.type,
    schemaVersion: 1,
    key: options.key,
    partition: partitionOf(options.key, options.partitions),
    to: command.service,
    data: bounded(command.type, JSON.stringify(command.data ?? null)),
    meta: boundedMeta(command.type, options.meta),
    atMs: options.atMs,
  }
}

/** The answer to a command that a saga sent. */
export function replyEntry(
  envelope: Envelope,
  outcome: Outcome,
  options: Omit<SendOptions, 'key'>,
): NewEntry {
  return {
    kind: 'reply',
    type: envelope.type,
    schemaVersion: 1,
    key: envelope.partitionkey,
    partition: partitionOf(envelope.partitionkey, options.partitions),
    to: sourceOf(envelope),
    data: bounded(`The answer to ${envelope.type}`, JSON.stringify(outcome)),
    meta: JSON.stringify(options.meta),
    atMs: options.atMs,
  }
}

/** Something that one participant of a choreographed saga tells another without a command: all is in its meta. */
export function noticeEntry(to: string, type: string, options: SendOptions): NewEntry {
  const meta = boundedMeta(type, options.meta)
  return {
    kind: 'reply',
    type,
    schemaVersion: 1,
    key: options.key,
    partition: partitionOf(options.key, options.partitions),
    to,
    data: 'null',
    meta,
    atMs: options.atMs,
  }
}

/** Refuses what no consumer would read. */
function bounded(what: string, data: string): string {
  if (data.length > entryCharactersMax) throw entryTooLarge(what, data.length)
  return data
}

/**
 * Characters of JSON that the meta of a message may have.
 *
 * Why less than data: a consumer reads messages of a certain length, and there is more in one than these two.
 */
export const messageMetaCharactersMax = messageCharactersMax - entryCharactersMax - 10_000

function boundedMeta(what: string, meta: EntryMeta): string {
  const text = JSON.stringify(meta)
  if (text.length > messageMetaCharactersMax)
    throw entryTooLarge(
      `What ${what} carries beside its data`,
      text.length,
      messageMetaCharactersMax,
    )
  return text
}

/** The service that sent a message. */
export function sourceOf(envelope: Envelope): string {
  return envelope.source.slice(1)
}

/** What handlers see of an event that came as a message: the same as its own service saw. */
export function metaOf(envelope: Envelope): EventMeta {
  return {
    id: envelope.id,
    source: sourceOf(envelope),
    atMs: Date.parse(envelope.time),
    key: envelope.subject,
    version: envelope.streamversion ?? 0,
    actor: envelope.actor,
    tenant: envelope.tenant,
  }
}

/** What the entries that a message leads to tell of where they come from. */
export function metaCausedBy(envelope: Envelope): EntryMeta {
  const meta: { -readonly [K in keyof EntryMeta]: EntryMeta[K] } = { cause: envelope.id }
  if (envelope.correlationid !== undefined) meta.correlation = envelope.correlationid
  if (envelope.traceparent !== undefined) meta.trace = envelope.traceparent
  if (envelope.actor !== undefined) meta.actor = envelope.actor
  if (envelope.tenant !== undefined) meta.tenant = envelope.tenant
  return meta
}

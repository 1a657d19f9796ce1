// The wire format: CloudEvents 1.0 in JSON (https://github.com/cloudevents/spec), with extension attributes.
//
//   {"specversion":"1.0","id":"item/1-7#3","source":"/stock","type":"stock.StockReserved","subject":"1-7",
//    "time":"2026-01-01T00:00:00.000Z","datacontenttype":"application/json","kind":"event","position":12,
//    "dataversion":1,"partitionkey":"item/1-7","correlationid":"...","causationid":"...",
//    "traceparent":"00-...","data":{...}}
//
// A command of a saga, and the reply to it, carry the address of the step: "saganame", "sagakey", "sagastep". Those of a
// choreographed saga carry what it knows too: "sagamail", a text.
import { DureError } from '../language/errors.ts'
import { eventId } from '../log/stored-event.ts'
import type { Entry, EntryKind, EntryMeta } from '../log/store.port.ts'
import type { EncodedMessage } from './broker.port.ts'

/** A message as a consumer reads it. */
export interface Envelope {
  readonly specversion: '1.0'
  readonly id: string
  readonly source: string
  readonly type: string
  readonly subject: string
  readonly time: string
  readonly datacontenttype: 'application/json'
  readonly kind: EntryKind
  /** Position in the producer's log. */
  readonly position: number
  readonly dataversion: number
  /** Messages of one key stay in order. */
  readonly partitionkey: string
  /** Number in the stream, for events. */
  readonly streamversion?: number
  readonly to?: string
  readonly correlationid?: string
  readonly causationid?: string
  readonly traceparent?: string
  readonly actor?: string
  readonly tenant?: string
  readonly saganame?: string
  readonly sagakey?: string
  readonly sagastep?: string
  readonly sagamail?: string
  /** Bytes of the message, where a broker did not take its data. */
  readonly toolarge?: number
  readonly data: unknown
}

/** The step of a saga that a command is of, or a reply is for. */
export function sagaOf(envelope: Envelope): EntryMeta['saga'] {
  const { saganame: name, sagakey: key, sagastep: step, sagamail: mail } = envelope
  if (name === undefined || key === undefined || step === undefined) return undefined
  return mail === undefined ? { name, key, step } : { name, key, step, mail }
}

/** Identity of an entry as a message: the same whenever it is sent. */
function messageId(entry: Entry, meta: EntryMeta): string {
  if (entry.kind === 'event') return eventId(entry.stream ?? '', entry.streamVersion ?? 0)
  return entry.kind === 'command' ? (meta.id ?? '') : `${meta.id ?? ''}/reply`
}

/** Encodes an entry of a service's log. The body is made when somebody asks for it. */
export function encodeEntry(service: string, entry: Entry): EncodedMessage {
  return new EncodedEntry(service, entry)
}

class EncodedEntry implements EncodedMessage {
  readonly position: number
  readonly type: string
  declare readonly to?: string
  readonly #service: string
  readonly #entry: Entry
  #body: string | undefined

  constructor(service: string, entry: Entry) {
    this.position = entry.position
    this.type = entry.type
    if (entry.to !== undefined) this.to = entry.to
    this.#service = service
    this.#entry = entry
  }

  get body(): string {
    this.#body ??= encodeBody(this.#service, this.#entry)
    return this.#body
  }
}

function encodeBody(service: string, entry: Entry): string {
  const { meta: text } = entry
  // Why the cast: entries hold what `JSON.stringify` made of their meta.
  const meta = JSON.parse(text) as EntryMeta
  // What was written without an escape needs none again.
  const attribute = text.includes('\\') ? quotedAttribute : plainAttribute
  // Why by hand: this is done for every message, and costs a third less than an object that is built to be written.
  return (
    `{"specversion":"1.0","id":${quoted(messageId(entry, meta))},"source":${quoted(`/${service}`)}` +
    `,"type":${quoted(entry.type)},"subject":${quoted(entry.key)}` +
    `,"time":"${encodeTime(entry.atMs)}","datacontenttype":"application/json"` +
    `,"kind":"${entry.kind}","position":${entry.position},"dataversion":${entry.schemaVersion}` +
    `,"partitionkey":${quoted(entry.stream ?? entry.key)}` +
    (entry.streamVersion === undefined ? '' : `,"streamversion":${entry.streamVersion}`) +
    quotedAttribute('to', entry.to) +
    attributesOf(meta, attribute) +
    // The data is JSON already: it is put in as it is.
    `,"data":${entry.data}}`
  )
}

type WriteAttribute = (name: keyof Envelope, value: string | undefined) => string

function attributesOf(meta: EntryMeta, attribute: WriteAttribute): string {
  const { saga } = meta
  return (
    attribute('correlationid', meta.correlation) +
    attribute('causationid', meta.cause ?? meta.command) +
    attribute('traceparent', meta.trace) +
    attribute('actor', meta.actor) +
    attribute('tenant', meta.tenant) +
    (saga ? attribute('saganame', saga.name) + attribute('sagakey', saga.key) : '') +
    attribute('sagastep', saga?.step) +
    attribute('sagamail', saga?.mail)
  )
}

function quotedAttribute(name: keyof Envelope, value: string | undefined): string {
  return value === undefined ? '' : `,"${name}":${quoted(value)}`
}

function plainAttribute(name: keyof Envelope, value: string | undefined): string {
  return value === undefined ? '' : `,"${name}":"${value}"`
}

/** The same as `JSON.stringify` gives, which costs several times as much for a short text. */
function quoted(text: string): string {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    // A control, a quotation mark, a backslash, or half of a surrogate pair, which may have lost the other.
    if (code < 0x20 || code === 0x22 || code === 0x5c || (code >= 0xd800 && code <= 0xdfff))
      return JSON.stringify(text)
  }
  return `"${text}"`
}

const dayMs = 86_400_000
/** The day of the time that was written last, and its text: most times are of one day. */
const written = { day: Number.NaN, text: '' }

/** The same as `toISOString` gives. */
function encodeTime(atMs: number): string {
  const day = Math.floor(atMs / dayMs)
  if (day !== written.day) {
    const text = new Date(day * dayMs).toISOString()
    written.text = text.slice(0, text.indexOf('T') + 1)
    written.day = day
  }
  const ms = Math.floor(atMs - day * dayMs)
  const [seconds, minutes] = [Math.floor(ms / 1000), Math.floor(ms / 60_000)]
  const time = `${digits(Math.floor(minutes / 60))}:${digits(minutes % 60)}:${digits(seconds % 60)}`
  return `${written.text}${time}.${ms % 1000 < 100 ? '0' : ''}${digits(ms % 1000)}Z`
}

/** At least two of them. */
function digits(number: number): string {
  return number < 10 ? `0${number}` : `${number}`
}

/** Characters of one encoded message that a consumer reads. */
export const messageCharactersMax = 2_000_000

/**
 * Decodes a message.
 *
 * @throws `MESSAGE_MALFORMED` when it is not a CloudEvent with the attributes that Dure needs.
 * @throws `MESSAGE_TOO_LARGE` when the broker could not take its data; the details hold its `partitionkey`.
 */
export function decodeEnvelope(body: string): Envelope {
  if (body.length > messageCharactersMax) throw malformed(`it has ${body.length} characters`)
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch (cause) {
    throw malformed('it is not JSON', cause)
  }
  if (typeof value !== 'object' || value === null) throw malformed('it is not an object')
  // Why the cast: every attribute that is used is looked at here.
  const envelope = value as Envelope
  assertAttributes(envelope)
  if (envelope.toolarge !== undefined) throw tooLarge(envelope)
  return envelope
}

const requiredTexts = ['id', 'source', 'type', 'partitionkey', 'subject'] as const
const optionalTexts = [
  'to',
  'correlationid',
  'causationid',
  'traceparent',
  'actor',
  'tenant',
  'saganame',
  'sagakey',
  'sagastep',
  'sagamail',
] as const
const kinds: ReadonlySet<unknown> = new Set<EntryKind>(['event', 'command', 'reply'])
const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

function assertAttributes(envelope: Envelope): void {
  if (envelope.specversion !== '1.0') throw malformed('it is no CloudEvent of version 1.0')
  assertTexts(envelope)
  if (!kinds.has(envelope.kind)) throw malformed('it is neither event nor command nor reply')
  if (!isCount(envelope.position)) throw malformed('it has no position')
  if (!isCount(envelope.dataversion)) throw malformed('the version of its data is missing')
  if (!timePattern.test(envelope.time)) throw malformed('its time is not of RFC 3339')
}

function assertTexts(envelope: Envelope): void {
  for (const name of requiredTexts) {
    if (!isText(envelope[name]) || envelope[name] === '')
      throw malformed(`"${name}" is missing or not a text`)
  }
  for (const name of optionalTexts) {
    if (envelope[name] !== undefined && !isText(envelope[name]))
      throw malformed(`"${name}" is not a text`)
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 1
}

function tooLarge({ id, partitionkey, toolarge: bytes }: Envelope): DureError {
  return new DureError(
    'MESSAGE_TOO_LARGE',
    `Message ${id} has ${bytes} bytes, more than the broker takes: its data did not arrive. Let the broker take larger messages; drop this one when what it led to was done by hand.`,
    { details: { bytes, partitionkey } },
  )
}

function malformed(what: string, cause?: unknown): DureError {
  return new DureError('MESSAGE_MALFORMED', `A message cannot be read: ${what}.`, { cause })
}

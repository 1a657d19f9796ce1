import type { CarriedMessage, PlacedMessage } from '../../messaging/carried/carrier.port.ts'

/** A record as it came. Its headers may repeat a name: the last one counts. */
export interface KafkaRecord {
  readonly offset: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly (readonly [Buffer | null, Buffer | null])[]
}

/** A record as it goes to the server. */
export interface NewRecord {
  readonly value: Buffer
  readonly key?: Buffer
  readonly headers?: Map<Buffer, Buffer>
}

type Facts = Omit<PlacedMessage, 'body'>

const names = {
  contentType: Buffer.from('content-type'),
  incarnation: Buffer.from('dure-incarnation'),
  position: Buffer.from('dure-position'),
  type: Buffer.from('dure-type'),
  to: Buffer.from('dure-to'),
}
const contentType = Buffer.from('application/cloudevents+json')

/** The record of a message, as `names.ts` describes it. */
export function recordOf({ incarnation, position, type, to, body }: CarriedMessage): NewRecord {
  const headers = new Map([
    [names.contentType, contentType],
    [names.incarnation, Buffer.from(incarnation)],
    [names.position, Buffer.from(String(position))],
    [names.type, Buffer.from(type)],
  ])
  if (to !== undefined) headers.set(names.to, Buffer.from(to))
  return { value: Buffer.from(body), headers }
}

/** The message of a record; undefined when somebody else put it into the topic. The body is decoded when it is wanted. */
export function decodeMessage(record: KafkaRecord): PlacedMessage | undefined {
  const headers = new Map(record.headers.map(([name, value]) => [String(name), value ?? '']))
  const text = (name: string): string => String(headers.get(name) ?? '')
  const [incarnation, type, to] = [text('dure-incarnation'), text('dure-type'), text('dure-to')]
  const position = Number(text('dure-position'))
  if (incarnation === '' || type === '' || record.value === null) return undefined
  if (!Number.isSafeInteger(position) || position < 1) return undefined
  const facts = { incarnation, position, type, place: record.offset + 1 }
  return new KafkaMessage(to === '' ? facts : { ...facts, to }, record.value)
}

class KafkaMessage implements PlacedMessage {
  readonly incarnation: string
  readonly position: number
  readonly place: number
  readonly type: string
  declare readonly to?: string
  readonly #value: Buffer
  #body: string | undefined

  constructor(facts: Facts, value: Buffer) {
    this.incarnation = facts.incarnation
    this.position = facts.position
    this.place = facts.place
    this.type = facts.type
    if (facts.to !== undefined) this.to = facts.to
    this.#value = value
  }

  get body(): string {
    this.#body ??= this.#value.toString('utf8')
    return this.#body
  }
}

import type { ConsumeMessage, Options } from 'amqplib'
import type { CarriedMessage, PlacedMessage } from '../../messaging/carried/carrier.port.ts'

/** The properties of a message, as `names.ts` describes them. */
export function propertiesOf({ incarnation, position, type, to }: CarriedMessage): Options.Publish {
  return {
    contentType: 'application/cloudevents+json',
    persistent: true,
    mandatory: true,
    headers: {
      'dure-incarnation': incarnation,
      'dure-position': position,
      'dure-type': type,
      ...(to === undefined ? {} : { 'dure-to': to }),
    },
  }
}

/** The place of a message in its stream. */
export function placeIn({ properties }: ConsumeMessage): number {
  return Number(headersOf(properties.headers)['x-stream-offset']) + 1
}

/** A message as it came; undefined when it is none of a log. */
export function decodeMessage(message: ConsumeMessage): PlacedMessage | undefined {
  const headers = headersOf(message.properties.headers)
  const { 'dure-incarnation': incarnation, 'dure-type': type, 'dure-to': to } = headers
  const position = Number(headers['dure-position'])
  if (typeof incarnation !== 'string' || typeof type !== 'string') return undefined
  if (!Number.isSafeInteger(position) || position < 1) return undefined
  const facts = { incarnation, position, type, place: placeIn(message) }
  return new RabbitMessage(typeof to === 'string' ? { ...facts, to } : facts, message.content)
}

function headersOf(headers: unknown): Readonly<Record<string, unknown>> {
  // Why the cast: headers are a table, and each value is looked at before it is used.
  return (headers ?? {}) as Readonly<Record<string, unknown>>
}

class RabbitMessage implements PlacedMessage {
  readonly incarnation: string
  readonly position: number
  readonly place: number
  readonly type: string
  declare readonly to?: string
  readonly #content: Buffer
  #body: string | undefined

  constructor(facts: Omit<PlacedMessage, 'body'>, content: Buffer) {
    this.incarnation = facts.incarnation
    this.position = facts.position
    this.place = facts.place
    this.type = facts.type
    if (facts.to !== undefined) this.to = facts.to
    this.#content = content
  }

  get body(): string {
    this.#body ??= this.#content.toString('utf8')
    return this.#body
  }
}

import { headers, type MsgHdrs } from '@nats-io/transport-node'
import type { CarriedMessage, PlacedMessage } from '../../messaging/carried/carrier.port.ts'

const decoder = new TextDecoder()

/** The headers of a message, however they came. */
type Headers = Pick<MsgHdrs, 'get'>

/** Reads headers from their text: "NATS/1.0", then a line for each. */
export function parseHeaders(bytes: Uint8Array): Headers {
  const lines = decoder.decode(bytes).split('\r\n').slice(1)
  const known = new Map(
    lines.map((line) => {
      const end = line.indexOf(':')
      return [line.slice(0, end), line.slice(end + 1).trim()] as const
    }),
  )
  return { get: (name) => known.get(name) ?? '' }
}

/** The headers of a message, as `names.ts` describes them. */
export function headersOf({ incarnation, position, type, to }: CarriedMessage): MsgHdrs {
  const own = headers()
  own.set('content-type', 'application/cloudevents+json')
  own.set('dure-incarnation', incarnation)
  own.set('dure-position', String(position))
  own.set('dure-type', type)
  if (to !== undefined) own.set('dure-to', to)
  return own
}

/** What lies at the end of a stream, by its headers; undefined when it is no message of Dure. */
export function placeOf(
  own: Headers | undefined,
  place: number,
): Omit<PlacedMessage, 'type' | 'to' | 'body'> | undefined {
  const position = Number(own?.get('dure-position'))
  const incarnation = own?.get('dure-incarnation') ?? ''
  if (incarnation === '' || !Number.isSafeInteger(position) || position < 1) return undefined
  return { incarnation, position, place }
}

/** A message as it came; undefined when somebody else put it into the stream. The body is decoded when it is wanted. */
export function decodeMessage(
  own: Headers | undefined,
  place: number,
  data: Uint8Array,
): PlacedMessage | undefined {
  const known = placeOf(own, place)
  const type = own?.get('dure-type') ?? ''
  if (!known || type === '') return undefined
  const to = own?.get('dure-to') ?? ''
  return new NatsMessage({ ...known, type, to }, data)
}

class NatsMessage implements PlacedMessage {
  readonly incarnation: string
  readonly position: number
  readonly place: number
  readonly type: string
  declare readonly to?: string
  readonly #data: Uint8Array
  #body: string | undefined

  constructor(facts: Omit<PlacedMessage, 'body'>, data: Uint8Array) {
    this.incarnation = facts.incarnation
    this.position = facts.position
    this.place = facts.place
    this.type = facts.type
    if (facts.to !== undefined && facts.to !== '') this.to = facts.to
    this.#data = data
  }

  get body(): string {
    this.#body ??= decoder.decode(this.#data)
    return this.#body
  }
}

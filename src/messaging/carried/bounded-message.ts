import { DureError } from '../../language/errors.ts'
import type { EncodedMessage } from '../broker.port.ts'
import type { CarriedMessage } from './carrier.port.ts'

/** The most bytes that UTF-8 takes for one unit of a JavaScript text. */
const bytesPerUnit = 3

/**
 * The message as a carrier takes it. One that is too large for the carrier is exchanged for a CloudEvent without its
 * data that says so ("toolarge": its bytes): whoever reads that parks the key of the message, and the topic goes on.
 */
export function boundedMessage(
  message: EncodedMessage,
  incarnation: string,
  bytesMax: number,
): CarriedMessage {
  const { position, type, to, body } = message
  const carried = { incarnation, position, type, body, ...(to === undefined ? {} : { to }) }
  if (body.length * bytesPerUnit <= bytesMax) return carried
  const bytes = new TextEncoder().encode(body).length
  return bytes <= bytesMax ? carried : { ...carried, body: withoutData(body, bytes, bytesMax) }
}

function withoutData(body: string, bytes: number, bytesMax: number): string {
  // Why the cast: only what encodes entries makes bodies, and they are CloudEvents.
  const {
    data: _data,
    sagamail: _mail,
    ...attributes
  } = JSON.parse(body) as Record<string, unknown>
  const short = JSON.stringify({ ...attributes, toolarge: bytes })
  if (new TextEncoder().encode(short).length <= bytesMax) return short
  throw new DureError(
    'MESSAGE_TOO_LARGE',
    `The attributes of message ${String(attributes['id']).slice(0, 200)} alone are more than the ${bytesMax} bytes that the broker takes. Let it take larger messages.`,
    { details: { bytes, bytesMax } },
  )
}

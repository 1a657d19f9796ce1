import { partitionOf } from '../log/fingerprint.ts'
import type { ParkedMessage } from '../log/store.port.ts'
import type { Envelope } from './envelope.ts'
import { parkedMessage } from './parked.ts'
import { sourceOf } from './send.ts'

/** The consumer under whose name commands that could not be prepared are parked. */
export const inboxName = 'inbox'

export interface ParkingPlace {
  /** Of the log that the message comes from. */
  readonly incarnation: string
  readonly partitions: number
  readonly atMs: number
}

/** The parked form of a message that waited on the agenda. */
export function parkedWork(
  { envelope, attempt }: { readonly envelope: Envelope; readonly attempt: number },
  error: unknown,
  { incarnation, partitions, atMs }: ParkingPlace,
): ParkedMessage {
  return parkedMessage({
    consumer: inboxName,
    source: sourceOf(envelope),
    incarnation,
    partition: partitionOf(envelope.partitionkey, partitions),
    message: { position: envelope.position, type: envelope.type, body: JSON.stringify(envelope) },
    envelope,
    error,
    attempts: attempt + 1,
    atMs,
  })
}

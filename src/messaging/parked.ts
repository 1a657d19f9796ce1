import { DureError, messageOf } from '../language/errors.ts'
import type { AgendaStore, ParkedMessage } from '../log/store.port.ts'
import type { EncodedMessage } from './broker.port.ts'
import type { Envelope } from './envelope.ts'

/** Parked messages of one page. */
export const parkedPageMax = 1_000

/** The keys that have parked messages, per consumer: what comes later for such a key waits behind. */
export interface ParkedKeys {
  has(consumer: string, key: string): boolean
  add(consumer: string, key: string): void
  remove(consumer: string, key: string): void
  readonly count: number
}

/** Reads which keys are parked. */
export async function loadParkedKeys(store: AgendaStore): Promise<ParkedKeys> {
  const counts = new Map<string, number>()
  let count = 0
  const nameOf = (consumer: string, key: string): string => `${consumer} ${key}`
  const keys: ParkedKeys = {
    has: (consumer, key) => counts.size > 0 && counts.has(nameOf(consumer, key)),
    add(consumer, key) {
      const name = nameOf(consumer, key)
      counts.set(name, (counts.get(name) ?? 0) + 1)
      count += 1
    },
    remove(consumer, key) {
      const name = nameOf(consumer, key)
      const left = (counts.get(name) ?? 1) - 1
      count -= 1
      if (left > 0) counts.set(name, left)
      else counts.delete(name)
    },
    get count() {
      return count
    },
  }
  for await (const parked of allParked(store)) keys.add(parked.consumer, parked.key)
  return keys
}

/** All parked messages of a store, by id. */
export async function* allParked(store: AgendaStore): AsyncIterable<ParkedMessage> {
  let after: string | undefined
  for (;;) {
    const page = await store.parked({
      limit: parkedPageMax,
      ...(after === undefined ? {} : { after }),
    })
    yield* page
    after = page.at(-1)?.id
    if (page.length < parkedPageMax || after === undefined) return
  }
}

export interface ParkRequest {
  readonly consumer: string
  readonly source: string
  readonly incarnation: string
  readonly partition: number
  readonly message: EncodedMessage
  /** Absent when the message could not be read. */
  readonly envelope: Envelope | undefined
  readonly error: unknown
  readonly attempts: number
  readonly atMs: number
}

/** The parked form of a message. Positions are padded: the ids of one consumer sort in the order of the log. */
export function parkedMessage(request: ParkRequest): ParkedMessage {
  const { consumer, source, partition, message, envelope, error } = request
  const position = String(message.position).padStart(12, '0')
  return {
    id: `${consumer}/${source}/${request.incarnation.slice(-8)}-${partition}/${position}`,
    consumer,
    source,
    partition,
    position: message.position,
    key: envelope?.partitionkey ?? `unreadable/${message.position}`,
    envelope: message.body,
    code: error instanceof DureError ? error.code : 'COMMAND_DECISION_FAILED',
    reason: messageOf(error).slice(0, reasonCharactersMax),
    attempts: request.attempts,
    atMs: request.atMs,
  }
}

export const reasonCharactersMax = 2_000

/** The reason of a message that waits behind an earlier one of its key. */
export function behindError(key: string): DureError {
  return new DureError(
    'PARKED_ORDER',
    `An earlier message of "${key}" is parked; this one waits behind it. Redrive or drop the earlier one first.`,
  )
}

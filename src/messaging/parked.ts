import { DureError, messageOf } from '../language/errors.ts'
import type { AgendaStore, ParkedMessage } from '../log/store.port.ts'
import type { EncodedMessage } from './broker.port.ts'
import type { Envelope } from './envelope.ts'
import { sourceOf } from './send.ts'

/** Parked messages of one page. */
export const parkedPageMax = 1_000

/** A parked message, as far as its key is concerned. */
export type ParkedPlace = Pick<ParkedMessage, 'id' | 'consumer' | 'key'>

/** The keys that have parked messages, per consumer: what comes later for such a key waits behind. */
export interface ParkedKeys {
  has(consumer: string, key: string): boolean
  add(parked: ParkedPlace): void
  remove(parked: ParkedPlace): void
  /** Reads them again: somebody else may have parked something, or an answer was lost that told of it. */
  reload(): Promise<void>
  readonly count: number
}

/** Reads which keys are parked. */
export async function loadParkedKeys(store: AgendaStore): Promise<ParkedKeys> {
  const keys = new StoredKeys(store)
  await keys.reload()
  return keys
}

class StoredKeys implements ParkedKeys {
  readonly #store: AgendaStore
  #places = new Places()
  /** What was noted while they are read again: done once more on what was read. */
  readonly #changes = new Set<((places: Places) => void)[]>()

  constructor(store: AgendaStore) {
    this.#store = store
  }

  get count(): number {
    return this.#places.count
  }

  has(consumer: string, key: string): boolean {
    return this.#places.has(consumer, key)
  }

  add(parked: ParkedPlace): void {
    this.#change((places) => places.add(parked))
  }

  remove(parked: ParkedPlace): void {
    this.#change((places) => places.remove(parked))
  }

  async reload(): Promise<void> {
    const changes: ((places: Places) => void)[] = []
    this.#changes.add(changes)
    try {
      const fresh = new Places()
      for await (const parked of allParked(this.#store)) fresh.add(parked)
      for (const change of changes) change(fresh)
      this.#places = fresh
    } finally {
      this.#changes.delete(changes)
    }
  }

  #change(change: (places: Places) => void): void {
    change(this.#places)
    for (const changes of this.#changes) changes.push(change)
  }
}

/** Ids of parked messages by consumer and key: noting one twice changes nothing. */
class Places {
  count = 0
  readonly #ids = new Map<string, Set<string>>()

  has(consumer: string, key: string): boolean {
    return this.count > 0 && this.#ids.has(`${consumer} ${key}`)
  }

  add({ id, consumer, key }: ParkedPlace): void {
    const name = `${consumer} ${key}`
    const ids = this.#ids.get(name) ?? new Set()
    this.#ids.set(name, ids)
    if (!ids.has(id)) this.count += 1
    ids.add(id)
  }

  remove({ id, consumer, key }: ParkedPlace): void {
    const name = `${consumer} ${key}`
    const ids = this.#ids.get(name)
    if (!ids?.delete(id)) return
    this.count -= 1
    if (ids.size === 0) this.#ids.delete(name)
  }
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
    key: envelope?.partitionkey ?? keyOfUnread(error) ?? `unreadable/${message.position}`,
    envelope: message.body,
    code: error instanceof DureError ? error.code : 'COMMAND_DECISION_FAILED',
    reason: messageOf(error).slice(0, reasonCharactersMax),
    attempts: request.attempts,
    atMs: request.atMs,
  }
}

/** A message whose data did not arrive still says which key it is of. */
function keyOfUnread(error: unknown): string | undefined {
  const key = error instanceof DureError ? error.details?.['partitionkey'] : undefined
  return typeof key === 'string' ? key : undefined
}

export const reasonCharactersMax = 2_000

/** The reason of a message that waits behind an earlier one of its key. */
export function behindError(key: string): DureError {
  return new DureError(
    'PARKED_ORDER',
    `An earlier message of "${key}" is parked; this one waits behind it. Redrive or drop the earlier one first.`,
  )
}

/** Failures of the store are not the work's fault: its timer stays, and acts again. */
export function isStoresFault(error: unknown): boolean {
  if (!(error instanceof DureError)) return false
  const { code } = error
  const isBusy = code === 'COMMAND_QUEUE_FULL' || code === 'COMMAND_CONFLICT'
  return isBusy || code.startsWith('STORE_') || code.startsWith('LOG_COMMIT')
}

/** Whether an earlier message of the same key, from the same log, is parked. */
export async function isParkedBefore(
  store: AgendaStore,
  consumer: string,
  envelope: Envelope,
): Promise<boolean> {
  const source = sourceOf(envelope)
  for await (const parked of allParked(store)) {
    const isSameKey = parked.consumer === consumer && parked.key === envelope.partitionkey
    if (isSameKey && parked.source === source && parked.position < envelope.position) return true
  }
  return false
}

// A consumer follows one partition of one log. What a message leads to and the step of the cursor are one commit, so
// each message takes effect once, however often it is delivered. A message that cannot be handled parks its key.
// Source: Richardson, "Idempotent consumer" pattern; Helland, "Life beyond Distributed Transactions".
import { DureError } from '../language/errors.ts'
import type { Settled } from '../log/group-commit.ts'
import type { ParkedMessage } from '../log/store.port.ts'
import type { Clock } from '../runtime/clock.port.ts'
import type { Draft } from '../runtime/draft.ts'
import type { Workspace } from '../runtime/workspace.ts'
import type { EncodedMessage, MessageBatch } from './broker.port.ts'
import { decodeEnvelope, type Envelope } from './envelope.ts'
import { behindError, type ParkedKeys, parkedMessage } from './parked.ts'
import { type MarkPlace, parkInto, readMark } from './parked-mark.ts'

export interface ConsumerLimits {
  /** Messages that become one commit. */
  readonly togetherMax: number
  /** Positions that may be passed over before the cursor is stored. */
  readonly skippedMax: number
  /** How often a message is handled anew because somebody else wrote first. */
  readonly conflictsMax: number
}

export const consumerLimits: ConsumerLimits = {
  togetherMax: 128,
  skippedMax: 1_000,
  conflictsMax: 50,
}

export interface ConsumerOptions {
  readonly name: string
  readonly source: string
  readonly incarnation: string
  readonly partition: number
  /** The stored cursor. */
  readonly position: number
  readonly workspace: Workspace
  readonly clock: Clock
  readonly parkedKeys: ParkedKeys
  readonly limits?: Partial<ConsumerLimits>
  /** Turns a message into changes. Pure but for the draft; what it throws parks the message's key. */
  readonly handle: (draft: Draft, envelope: Envelope) => void
  readonly onParked: (parked: ParkedMessage) => void
  readonly onHandled: () => void
}

export interface Consumer {
  readonly name: string
  readonly source: string
  readonly partition: number
  /** How far the log was taken, durably or passed over. */
  readonly position: number
  deliver(batch: MessageBatch): Promise<void>
  /** Notes that nothing was wanted up to a position. Stored with the next batch. */
  passOver(stretch: Pick<MessageBatch, 'incarnation' | 'through'>): void
  /** Stores the cursor when positions were passed over since. */
  flush(): Promise<void>
}

interface Readable {
  readonly message: EncodedMessage
  readonly envelope: Envelope | undefined
  readonly error?: unknown
}

/** Creates a consumer. `deliver` is called for one batch at a time. */
export function createConsumer(options: ConsumerOptions): Consumer {
  return new LogConsumer(options)
}

class LogConsumer implements Consumer {
  readonly name: string
  readonly source: string
  readonly partition: number
  position: number
  readonly #options: ConsumerOptions
  readonly #limits: ConsumerLimits
  readonly #place: MarkPlace
  /** Where the cursor stands in the store. */
  #stored: number
  /** Whether the cursor was moved by somebody else: a key may have been parked that this process does not know of. */
  #isOvertaken = false
  /** The mark at which the parked keys were read, where others park and take up too. */
  #markKnown: number | undefined

  constructor(options: ConsumerOptions) {
    this.#options = options
    this.#place = { ...options, consumer: options.name }
    this.#limits = { ...consumerLimits, ...options.limits }
    this.name = options.name
    this.source = options.source
    this.partition = options.partition
    this.position = options.position
    this.#stored = options.position
  }

  async deliver(batch: MessageBatch): Promise<void> {
    if (batch.incarnation !== this.#options.incarnation) throw rebornError(this)
    if (batch.after > this.position) throw gapError(this, batch.after)
    const { togetherMax, skippedMax } = this.#limits
    const fresh = batch.messages.filter((message) => message.position > this.position)
    for (let index = 0; index < fresh.length; index += togetherMax) {
      await this.#takeTogether(fresh.slice(index, index + togetherMax).map(decodeMessage))
    }
    this.position = Math.max(this.position, batch.through)
    if (this.position - this.#stored >= skippedMax) await this.flush()
    this.#options.onHandled()
  }

  passOver({ incarnation, through }: Pick<MessageBatch, 'incarnation' | 'through'>): void {
    if (incarnation !== this.#options.incarnation) return
    this.position = Math.max(this.position, through)
    this.#options.onHandled()
  }

  async flush(): Promise<void> {
    // What is being taken at the same time moves the cursor too, and may have been first.
    for (let attempt = 1; attempt <= this.#limits.conflictsMax; attempt += 1) {
      const to = this.position
      if (to <= this.#stored) return
      if (await this.#commit(to, (draft, from) => this.#move(draft, from, to))) return
    }
    throw conflictError(this.name)
  }

  /** Handles messages in one commit; one by one when something is wrong with one of them. */
  async #takeTogether(messages: readonly Readable[]): Promise<void> {
    const last = messages.at(-1)
    if (!last) return
    if (!(await this.#triedTogether(messages, last.message.position))) {
      for (const each of messages) await this.#takeAlone(each)
    }
  }

  async #triedTogether(messages: readonly Readable[], to: number): Promise<boolean> {
    try {
      return await this.#commit(to, (draft, from) => {
        const left = messages.filter(({ message }) => message.position > from)
        draft.tryEach(left, (each) => this.#handleInto(draft, each))
      })
    } catch (error) {
      if (!isHandlersFault(error)) throw error
      return false
    }
  }

  async #takeAlone(each: Readable): Promise<void> {
    const to = each.message.position
    for (let attempt = 1; attempt <= this.#limits.conflictsMax; attempt += 1) {
      if (to <= this.#stored) return
      try {
        if (await this.#commit(to, (draft) => this.#handleInto(draft, each))) return
      } catch (error) {
        if (!isHandlersFault(error)) throw error
        return this.#park(each, error)
      }
    }
    throw conflictError(this.name)
  }

  #handleInto(draft: Draft, { message, envelope, error }: Readable): void {
    if (!envelope) throw error
    if (this.#options.parkedKeys.has(this.name, envelope.partitionkey)) {
      const error = behindError(envelope.partitionkey)
      return parkInto(draft, this.#parked({ message, envelope }, error))
    }
    this.#options.handle(draft, envelope)
  }

  async #park(each: Readable, error: unknown): Promise<void> {
    const parked = this.#parked(each, error)
    const to = each.message.position
    if (!(await this.#commit(to, (draft) => parkInto(draft, parked))))
      throw conflictError(this.name)
    this.#options.onParked(parked)
  }

  #parked({ message, envelope }: Readable, error: unknown): ParkedMessage {
    const { name: consumer, source, incarnation, partition, clock } = this.#options
    const place = { consumer, source, incarnation, partition }
    return parkedMessage({ ...place, message, envelope, error, attempts: 1, atMs: clock.nowMs() })
  }

  /**
   * Takes messages up to a position in one commit; true when that is done. What led to nothing is only passed over.
   *
   * Trap: only what comes after the position that the commit moves the cursor from. When somebody else was first, that is
   * not where these messages begin, and it may be past them.
   */
  async #commit(to: number, build: (draft: Draft, from: number) => void): Promise<boolean> {
    const { workspace, parkedKeys } = this.#options
    if (this.#isOvertaken) await parkedKeys.reload()
    this.#isOvertaken = false
    const expected = this.#stored
    if (to <= expected) return true
    for (let attempt = 1; attempt <= this.#limits.conflictsMax; attempt += 1) {
      const { value, settled } = await workspace.submit((draft) => {
        const mark = readMark(draft, this.#place)
        if (mark !== this.#markKnown) return { kind: 'unread', mark } as const
        build(draft, expected)
        if (draft.isSettled) return nothing
        if (draft.cursors.length === 0) this.#move(draft, expected, to)
        if (draft.park.length > 0) this.#noteParked(draft)
        return written
      })
      if (value.kind === 'written') return this.#isDone(await settled, to)
      if (value.kind === 'unread') {
        await this.#readKeys(await settled, value.mark)
        continue
      }
      this.position = Math.max(this.position, to)
      return true
    }
    return false
  }

  #noteParked(draft: Draft): void {
    const { parkedKeys } = this.#options
    const mark = readMark(draft, this.#place)
    for (const parked of draft.park) draft.afterCommit.push(() => parkedKeys.add(parked))
    draft.afterCommit.push(() => void (this.#markKnown = mark))
  }

  /** Reads the parked keys as they were at a mark. Should it move meanwhile, whoever rests on it conflicts. */
  async #readKeys(settled: Settled, mark: number | undefined): Promise<void> {
    if (settled.kind === 'failed') throw settled.error
    // What was remembered of the mark was not true any more: it is forgotten now, and read again.
    if (settled.kind !== 'committed') return
    await this.#options.parkedKeys.reload()
    this.#markKnown = mark
  }

  #move(draft: Draft, expected: number, to: number): void {
    const { name: consumer, source, incarnation, partition } = this.#options
    draft.cursors.push({ consumer, source, incarnation, partition, expected, position: to })
  }

  #isDone(settled: Settled, to: number): boolean {
    if (settled.kind === 'failed') throw settled.error
    if (settled.kind === 'conflict' && settled.on === 'cursor') {
      // Somebody else moved the cursor: another replica, or this one before its answer was lost.
      this.#stored = settled.actual
      this.#isOvertaken = true
      this.position = Math.max(this.position, settled.actual)
      return settled.actual >= to
    }
    if (settled.kind !== 'committed') return false
    this.#stored = to
    this.position = Math.max(this.position, to)
    return true
  }
}

const nothing = { kind: 'nothing' } as const
const written = { kind: 'written' } as const

function decodeMessage(message: EncodedMessage): Readable {
  try {
    return { message, envelope: decodeEnvelope(message.body) }
  } catch (error) {
    return { message, envelope: undefined, error }
  }
}

/** Failures of the store or of Dure's own limits are not the message's fault: it is delivered again. */
export function isHandlersFault(error: unknown): boolean {
  if (!(error instanceof DureError)) return true
  const { kind } = error.entry
  return !['unavailable', 'exhausted', 'timeout', 'forbidden'].includes(kind)
}

function gapError({ name, source, position }: Consumer, after: number): DureError {
  return new DureError(
    'MESSAGE_GAP',
    `Consumer "${name}" is at position ${position} of ${source} and was given what comes after ${after}.`,
    { details: { consumer: name, source, position, after } },
  )
}

/** Positions of a log that was begun anew mean something else: what follows it has to be started again. */
function rebornError({ name, source }: Consumer): DureError {
  return new DureError(
    'MESSAGE_GAP',
    `Consumer "${name}" follows a log of ${source} that was erased since. Restart the service: it then reads the new one.`,
    { details: { consumer: name, source } },
  )
}

function conflictError(name: string): DureError {
  return new DureError('COMMAND_CONFLICT', `Consumer "${name}" lost its turn; it reads again.`)
}

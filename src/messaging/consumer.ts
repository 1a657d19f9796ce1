// A consumer follows one partition of one log. What a message leads to and the step of the cursor are one commit, so
// each message takes effect once, however often it is delivered. A message that cannot be handled parks its key.
// Source: Richardson, "Idempotent consumer" pattern; Helland, "Life beyond Distributed Transactions".
import { DureError, messageOf } from '../language/errors.ts'
import type { Settled } from '../log/group-commit.ts'
import type { ParkedMessage } from '../log/store.port.ts'
import type { Clock } from '../runtime/clock.port.ts'
import type { Draft } from '../runtime/draft.ts'
import type { Workspace } from '../runtime/workspace.ts'
import type { EncodedMessage, MessageBatch } from './broker.port.ts'
import { decodeEnvelope, type Envelope } from './envelope.ts'
import { behindError, type ParkedKeys, parkedMessage } from './parked.ts'

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
  const { name, source, incarnation, partition, workspace, clock, parkedKeys } = options
  const limits = { ...consumerLimits, ...options.limits }
  let stored = options.position
  let position = options.position

  async function deliver(batch: MessageBatch): Promise<void> {
    if (batch.after > position) throw gapError(options, batch.after, position)
    const fresh = batch.messages.filter((message) => message.position > position)
    for (let index = 0; index < fresh.length; index += limits.togetherMax) {
      await takeTogether(fresh.slice(index, index + limits.togetherMax).map(decodeMessage))
    }
    position = Math.max(position, batch.through)
    if (position - stored >= limits.skippedMax) await flush()
  }

  /** Handles messages in one commit; one by one when something is wrong with one of them. */
  async function takeTogether(messages: readonly Readable[]): Promise<void> {
    const last = messages.at(-1)
    if (!last) return
    try {
      const settled = await commit(last.message.position, (draft) => {
        for (const each of messages) handleInto(draft, each)
      })
      if (isDone(settled, last.message.position)) return options.onHandled()
    } catch (error) {
      if (messages.length === 1 && !isHandlersFault(error)) throw error
    }
    for (const each of messages) await takeAlone(each)
    options.onHandled()
  }

  async function takeAlone(each: Readable): Promise<void> {
    const { message } = each
    if (message.position <= stored) return
    for (let attempt = 1; attempt <= limits.conflictsMax; attempt += 1) {
      try {
        const settled = await commit(message.position, (draft) => handleInto(draft, each))
        if (isDone(settled, message.position)) return
      } catch (error) {
        if (!isHandlersFault(error)) throw error
        return park(each, error)
      }
    }
    throw new DureError(
      'COMMAND_CONFLICT',
      `Consumer "${name}" found no turn for position ${message.position} of ${source}.`,
    )
  }

  function handleInto(draft: Draft, { message, envelope, error }: Readable): void {
    if (!envelope) throw error
    if (parkedKeys.has(name, envelope.partitionkey)) {
      draft.park.push(parkRequest({ message, envelope }, behindError(envelope.partitionkey)))
      return
    }
    options.handle(draft, envelope)
  }

  async function park(each: Readable, error: unknown): Promise<void> {
    const parked = parkRequest(each, error)
    const settled = await commit(each.message.position, (draft) => void draft.park.push(parked))
    if (!isDone(settled, each.message.position)) throw conflictError(name)
    options.onParked(parked)
  }

  function parkRequest({ message, envelope }: Readable, error: unknown): ParkedMessage {
    const place = { consumer: name, source, incarnation, partition }
    return parkedMessage({ ...place, message, envelope, error, attempts: 1, atMs: clock.nowMs() })
  }

  async function commit(to: number, build: (draft: Draft) => void): Promise<Settled> {
    const expected = stored
    const { settled } = await workspace.submit((draft) => {
      build(draft)
      draft.cursors.push({ consumer: name, source, incarnation, partition, expected, position: to })
      for (const each of draft.park) draft.afterCommit.push(() => parkedKeys.add(name, each.key))
    })
    return settled
  }

  function isDone(settled: Settled, to: number): boolean {
    if (settled.kind === 'failed') throw settled.error
    if (settled.kind === 'conflict' && settled.on === 'cursor') {
      // Somebody else moved the cursor: another replica, or this one before its answer was lost.
      stored = settled.actual
      position = Math.max(position, stored)
      return stored >= to
    }
    if (settled.kind !== 'committed') return false
    stored = to
    position = Math.max(position, to)
    return true
  }

  async function flush(): Promise<void> {
    if (position <= stored) return
    const to = position
    const settled = await commit(to, () => undefined)
    if (!isDone(settled, to)) throw conflictError(name)
  }

  return {
    name,
    source,
    partition,
    get position() {
      return position
    },
    deliver,
    flush,
  }
}

function decodeMessage(message: EncodedMessage): Readable {
  try {
    return { message, envelope: decodeEnvelope(message.body) }
  } catch (error) {
    return { message, envelope: undefined, error }
  }
}

/** Failures of the store or of Dure's own limits are not the message's fault: it is delivered again. */
function isHandlersFault(error: unknown): boolean {
  if (!(error instanceof DureError)) return true
  const { kind } = error.entry
  return !['unavailable', 'exhausted', 'timeout', 'forbidden'].includes(kind)
}

function gapError(options: ConsumerOptions, after: number, position: number): DureError {
  const { name, source } = options
  return new DureError(
    'MESSAGE_GAP',
    `Consumer "${name}" is at position ${position} of ${source} and was given what comes after ${after}.`,
    { details: { consumer: name, source, position, after } },
  )
}

function conflictError(name: string): DureError {
  return new DureError('COMMAND_CONFLICT', `Consumer "${name}" lost its turn; it reads again.`)
}

/** What a report says of a parked message. */
export function parkedReport(parked: ParkedMessage): string {
  return `parked ${parked.id} of key ${parked.key}: ${messageOf(parked.reason)}`
}

// The producer's side of a log feed: a reader is a subscriber of the broker in this process for as long as it waits.
// Source: RFC 6202 (long polling).
import type { Clock } from '../../runtime/clock.port.ts'
import type { Broker, MessageBatch } from '../broker.port.ts'
import type { FeedPage, FeedRequest, MessageKind } from './feed-page.ts'

/** The longest that a reader waits for something to come, in milliseconds. */
export const feedWaitMsMax = 25_000
/** How long it may take until a reader hears of a stretch that holds nothing for it, in milliseconds. */
const passedWaitMs = 5
/** Kinds of messages that a reader can leave out. */
export const feedKindsMax = 2_000

export interface ServeFeedOptions {
  /** The broker inside this process. */
  readonly broker: Broker
  readonly clock: Clock
}

/**
 * Gives what comes after a position of a log that is written in this process: at once when there is something, else as
 * soon as something comes, else nothing once `waitMs` have passed. That a stretch holds nothing wanted is told soon.
 *
 * The page of another incarnation than the asked one begins at the start of that log.
 */
export async function serveFeed(
  { broker, clock }: ServeFeedOptions,
  request: FeedRequest,
  signal: AbortSignal,
): Promise<FeedPage> {
  const { topic, incarnation, after } = request
  const found = Promise.withResolvers<Omit<MessageBatch, 'topic'>>()
  // Trap: a page reaches back to where it was asked for. What was passed over before it is told of nowhere else.
  const startIn = (current: string): number => (current === incarnation ? after : 0)
  let passed: FeedPage = { incarnation, after, through: after, messages: [] }
  const answerSoon = (delayMs: number): (() => void) =>
    clock.after(delayMs, () => found.resolve(passed))
  const cancels = [answerSoon(Math.min(request.waitMs, feedWaitMsMax))]
  const stop = (): void => found.resolve(passed)
  signal.addEventListener('abort', stop, { once: true })
  const subscription = await broker.subscribe({
    consumer: 'feed',
    topic,
    incarnation,
    after,
    wants: wantsBut(request.without),
    deliver: async (batch) => found.resolve({ ...batch, after: startIn(batch.incarnation) }),
    passOver: ({ incarnation: current, through }) => {
      if (passed.through === after) cancels.push(answerSoon(request.isBehind ? 0 : passedWaitMs))
      passed = { incarnation: current, after: startIn(current), through, messages: [] }
    },
  })
  try {
    return await found.promise
  } finally {
    for (const cancel of cancels) cancel()
    signal.removeEventListener('abort', stop)
    await subscription[Symbol.asyncDispose]()
  }
}

function wantsBut(without: readonly MessageKind[]): (message: Kinded) => boolean {
  const kinds = new Set(without.slice(0, feedKindsMax).map(([type, to]) => kindKey({ type, to })))
  return (message) => !kinds.has(kindKey(message))
}

interface Kinded {
  readonly type: string
  readonly to?: string | undefined
}

/** A text for a kind of message. */
export function kindKey({ type, to }: Kinded): string {
  return to === undefined ? type : `${type} ${to}`
}

// One page of a log feed, as a text: lines, so that the messages are carried as they are.
//
//   {"incarnation":"...","after":12,"through":15,"messages":[[13,"stock.Reserved"],[15,"stock.reserve","stock"]]}
//   {"specversion":"1.0","id":"item/1-7#3", ... }
//   {"specversion":"1.0", ... }
//
// The first line tells of each message its position, its type, and for whom it is; the CloudEvents follow in that order.
// Positions that are left out hold nothing that was asked for.
import { DureError } from '../../language/errors.ts'
import type { EncodedMessage, MessageBatch } from '../broker.port.ts'

/** What a reader asks of a feed. */
export interface FeedRequest {
  readonly topic: string
  readonly incarnation: string
  /** Only what comes after this position. */
  readonly after: number
  /** Messages of other kinds only: what nobody there wants. */
  readonly without: readonly MessageKind[]
  /** How long to wait for something to come, in milliseconds. */
  readonly waitMs: number
  /** Whether the log is known to have more: the answer may then also tell of a stretch without anything wanted. */
  readonly isBehind: boolean
}

/** Type and receiver: all that a message is chosen by. */
export type MessageKind = readonly [type: string, to?: string]

/** One page of a feed. */
export type FeedPage = Omit<MessageBatch, 'topic'>

/** Looks at what another process asks of a feed. @throws `MESSAGE_MALFORMED` when it is no request. */
export function readFeedRequest(given: Readonly<Record<string, unknown>>): FeedRequest {
  const { topic, incarnation, after, without, waitMs, isBehind } = given
  const isRequest =
    typeof topic === 'string' &&
    typeof incarnation === 'string' &&
    isPosition(after) &&
    Array.isArray(without) &&
    without.every(isKind) &&
    isPosition(waitMs) &&
    typeof isBehind === 'boolean'
  if (!isRequest)
    throw new DureError('MESSAGE_MALFORMED', 'What is asked of a feed does not say what is wanted.')
  // Why the cast: every part was looked at.
  return given as unknown as FeedRequest
}

function isKind(kind: unknown): boolean {
  if (!Array.isArray(kind) || kind.length === 0) return false
  return kind.length <= 2 && kind.every((each) => typeof each === 'string')
}

/** Writes a page as text. */
export function encodePage({ incarnation, after, through, messages }: FeedPage): string {
  const facts = messages.map(({ position, type, to }) =>
    to === undefined ? [position, type] : [position, type, to],
  )
  const first = JSON.stringify({ incarnation, after, through, messages: facts })
  return [first, ...messages.map(({ body }) => body)].join('\n')
}

/** Reads the text of a page. @throws `MESSAGE_MALFORMED` when it is none. */
export function decodePage(text: string): FeedPage {
  const [first = '', ...bodies] = text.split('\n')
  const { incarnation, after, through, messages } = readFirst(first)
  if (messages.length !== bodies.length) throw malformed('it does not hold what it tells of')
  return {
    incarnation,
    after,
    through,
    messages: messages.map(([position, type, to], index) => {
      const message: EncodedMessage = { position, type, body: bodies[index] ?? '' }
      return to === undefined ? message : { ...message, to }
    }),
  }
}

type Fact = readonly [position: number, type: string, to?: string]

interface First extends Omit<FeedPage, 'messages'> {
  readonly messages: readonly Fact[]
}

function readFirst(line: string): First {
  let found: unknown
  try {
    found = JSON.parse(line)
  } catch (cause) {
    throw malformed('its first line is no JSON', cause)
  }
  // Why the cast: everything that is used is looked at here.
  const first = found as First
  const isPage =
    typeof first === 'object' &&
    first !== null &&
    typeof first.incarnation === 'string' &&
    isPosition(first.after) &&
    isPosition(first.through) &&
    Array.isArray(first.messages) &&
    first.messages.every(isFact)
  if (!isPage) throw malformed('its first line does not tell what it holds')
  return first
}

function isFact(fact: unknown): boolean {
  if (!Array.isArray(fact)) return false
  const [position, type, to] = fact as readonly unknown[]
  return (
    isPosition(position) && typeof type === 'string' && (to === undefined || typeof to === 'string')
  )
}

function isPosition(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function malformed(what: string, cause?: unknown): DureError {
  return new DureError('MESSAGE_MALFORMED', `A page of a feed cannot be read: ${what}.`, { cause })
}

import type { Entry } from '../../../log/store.port.ts'
import type { EncodedMessage, MessageBatch } from '../../../messaging/broker.port.ts'
import type { JudgeMaker } from '../judge.ts'
import { firstOf } from './first-of.ts'
import { anyoneWants } from './readers.ts'

/**
 * What reaches the broker is the log: whole, in its order, not before its commit, and the same each time.
 *
 * Bodies that nobody in the system reads are not looked at: they are never made.
 */
export const judgePublished: JudgeMaker = ({ system, ledger }) => {
  const isRead = anyoneWants(system)
  const bodies = new Map<string, string[]>()
  const bodiesOf = ({ topic, incarnation }: MessageBatch): string[] => {
    const name = `${topic} ${incarnation}`
    const known = bodies.get(name) ?? []
    bodies.set(name, known)
    return known
  }
  return {
    name: 'what is published is the log, whole and in its order',
    published(batch) {
      const { topic, after, through, messages } = batch
      const slash = topic.lastIndexOf('/')
      const log = ledger.of(topic.slice(0, slash)).logs[Number(topic.slice(slash + 1))] ?? []
      const before = bodiesOf(batch)
      let next = after
      const text = firstOf(messages, (message) => {
        next += 1
        if (message.position !== next)
          return `${topic} has ${message.position} where ${next} comes next.`
        const entry = log[next - 1]
        if (!entry) return `${topic} has ${next} before it was committed.`
        return (
          judgeHead(topic, message, entry) ??
          (isRead(message) ? judgeBody(topic, { message, entry, before }) : undefined)
        )
      })
      if (text !== undefined || through === next) return text
      return `${topic} goes up to ${through}; its last message is ${next}.`
    },
  }
}

function judgeHead(
  topic: string,
  { position, type, to }: EncodedMessage,
  entry: Entry,
): string | undefined {
  if (type === entry.type && to === entry.to) return undefined
  return `${topic} has another message at ${position} than the log.`
}

interface Body {
  readonly message: EncodedMessage
  readonly entry: Entry
  /** The bodies that were published before, by position. */
  readonly before: string[]
}

function judgeBody(topic: string, { message, entry, before }: Body): string | undefined {
  const { position, body } = message
  const known = before[position]
  if (known === body) return undefined
  if (known !== undefined) return `${topic} has another message at ${position} than before.`
  before[position] = body
  const isSame =
    body.endsWith(`,"data":${entry.data}}`) &&
    body.includes(`"type":"${entry.type}"`) &&
    body.includes(`"position":${position},`)
  return isSame ? undefined : `${topic} has another message at ${position} than the log.`
}

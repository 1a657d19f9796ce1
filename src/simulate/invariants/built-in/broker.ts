import type { Entry } from '../../../log/store.port.ts'
import type { EncodedMessage, MessageBatch } from '../../../messaging/broker.port.ts'
import type { JudgeMaker } from '../judge.ts'
import { firstOf } from './entry-meta.ts'

/** What reaches the broker is the log: whole, in its order, not before its commit, and the same each time. */
export const judgePublished: JudgeMaker = ({ ledger }) => {
  const bodies = new Map<string, string[]>()
  const bodiesOf = (batch: MessageBatch): string[] => {
    const name = `${batch.topic} ${batch.incarnation}`
    const known = bodies.get(name)
    if (known) return known
    const fresh: string[] = []
    bodies.set(name, fresh)
    return fresh
  }
  return {
    name: 'what is published is the log, whole and in its order',
    published(batch) {
      const slash = batch.topic.lastIndexOf('/')
      const partition = Number(batch.topic.slice(slash + 1))
      const log = ledger.of(batch.topic.slice(0, slash)).logs[partition] ?? []
      const bodiesBefore = bodiesOf(batch)
      let next = batch.after + 1
      for (const message of batch.messages) {
        const { position } = message
        if (position !== next) return `${batch.topic} has ${position} where ${next} comes next.`
        next += 1
        const text = judgeMessage(batch, message, log[position - 1])
        if (text !== undefined) return text
        const before = bodiesBefore[position]
        if (before !== undefined && before !== message.body) {
          return `${batch.topic} has another message at ${position} than before.`
        }
        bodiesBefore[position] = message.body
      }
      if (batch.through === next - 1) return undefined
      return `${batch.topic} goes up to ${batch.through}; its last message is ${next - 1}.`
    },
  }
}

function judgeMessage(
  { topic }: MessageBatch,
  { position, type, to, body }: EncodedMessage,
  entry: Entry | undefined,
): string | undefined {
  if (!entry) return `${topic} has ${position} before it was committed.`
  const parts = [`"type":${JSON.stringify(entry.type)}`, `"position":${position},`]
  const isSame = type === entry.type && to === entry.to && body.endsWith(`,"data":${entry.data}}`)
  return isSame
    ? firstOf(parts, (part) =>
        body.includes(part) ? undefined : `${topic} has a message at ${position} without ${part}.`,
      )
    : `${topic} has another message at ${position} than the log.`
}

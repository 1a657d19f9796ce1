// What a process answers to others of its system. Only services that run here are asked here.
import { DureError } from '../language/errors.ts'
import type { Command, Query } from '../language/message.ts'
import type { LogRead, SnapshotRead } from '../log/store.port.ts'
import type { Broker } from '../messaging/broker.port.ts'
import { encodePage, readFeedRequest } from '../messaging/feeds/feed-page.ts'
import { serveFeed } from '../messaging/feeds/serve-feed.ts'
import type { Clock } from '../runtime/clock.port.ts'
import type { CallOptions, QueryOptions, RunningSystem } from '../runtime/running-system.port.ts'
import type { EraseOrder, ErasingProcess } from './erase-together.ts'
import type { LocalLogs } from './local-logs.ts'
import { isOperation, operateOn } from './operations.ts'
import type { AnswerPeer, ReceivedQuestion } from './peer.port.ts'
import { answerText, errorText } from './questions.ts'

export interface AnswerOptions {
  /** The services of this process; undefined while they start. */
  readonly local: () => RunningSystem | undefined
  readonly logs: LocalLogs
  /** The broker inside this process, which the feeds are read from. */
  readonly broker: Broker
  readonly erasing: ErasingProcess
  readonly clock: Clock
}

/** Answers the questions of other processes. */
export function answerPeers(options: AnswerOptions): AnswerPeer {
  return async (question) => {
    try {
      const answer = answers[question.name]
      if (!answer) throw unknownQuestion(question.name)
      return await answer(options, readFacts(question), question)
    } catch (thrown) {
      return errorText(thrown)
    }
  }
}

// Why any: each question has facts of its own, and their parts are checked where they are used.
type Facts = Readonly<Record<string, unknown>>
type Answer = (options: AnswerOptions, facts: Facts, question: ReceivedQuestion) => Promise<string>

// Why the casts: the other end is Dure itself; what a user has sent is checked by the service.
const answers: Readonly<Record<string, Answer>> = {
  async execute(options, { command, call }, { timeoutMs }) {
    const deadlineMs = options.clock.nowMs() + timeoutMs
    const asked = { ...(call as CallOptions), deadlineMs }
    return answerText(await running(options).execute(command as Command, asked))
  },
  async query(options, { query, call }, { timeoutMs }) {
    const deadlineMs = options.clock.nowMs() + timeoutMs
    const asked = { ...(call as QueryOptions), deadlineMs }
    return answerText(await running(options).query(query as Query, asked))
  },
  async log({ logs }, { service }) {
    const { incarnation, partitions } = logs.find(String(service))
    return answerText({ service, incarnation, partitions })
  },
  heads: async ({ logs }, { service }) => answerText(await logs.find(String(service)).heads()),
  entries: async ({ logs }, { service, read }) =>
    answerText(await logs.find(String(service)).read(read as LogRead)),
  snapshot: async ({ logs }, { service, reads }) =>
    answerText(await logs.find(String(service)).snapshot(reads as readonly SnapshotRead[])),
  async feed(options, facts, { signal }) {
    return encodePage(await serveFeed(options, readFeedRequest(facts), signal))
  },
  async operate(options, { operation, facts }) {
    const name = String(operation)
    if (!isOperation(name)) throw unknownQuestion(name)
    return answerText(await operateOn(running(options), name, facts))
  },
  async erase({ erasing }, order) {
    await erasing.take(order as unknown as EraseOrder)
    return answerText(null)
  },
}

function running({ local }: AnswerOptions): RunningSystem {
  const found = local()
  if (found) return found
  throw new DureError('CALL_UNREACHABLE', 'This process starts. Ask again in a moment.')
}

function readFacts({ body }: ReceivedQuestion): Facts {
  try {
    const found: unknown = JSON.parse(body)
    if (typeof found === 'object' && found !== null) return found as Facts
  } catch {
    // Said below.
  }
  throw new DureError('MESSAGE_MALFORMED', 'A question of another process is no JSON object.')
}

function unknownQuestion(name: string): DureError {
  return new DureError(
    'MESSAGE_MALFORMED',
    `This process does not know the question "${name.slice(0, 64)}". Run the same version of Dure everywhere.`,
  )
}

// The logs of services that run in other processes, as this one follows and reads them.
import { DureError } from '../language/errors.ts'
import type { LogRead, SnapshotRead } from '../log/store.port.ts'
import { decodePage, type FeedPage, type FeedRequest } from '../messaging/feeds/feed-page.ts'
import type { LogAddress } from '../messaging/inboxes.ts'
import type { Clock } from '../runtime/clock.port.ts'
import type { RemoteServices } from '../runtime/start-system.ts'
import type { ReadableLog } from '../sagas/operating/saga-places.ts'
import type { PeerCaller } from './call-peers.ts'
import { readAnswer } from './questions.ts'

/** How long a log that was followed before is asked for, in milliseconds, before it is followed as it was. */
export const knownLogWaitMsMax = 3_000
/** How long the head of a log is asked for, in milliseconds. */
export const headsWaitMsMax = 1_000
/** What an answer may take longer than the reader of a feed waits, in milliseconds. */
const feedMarginMs = 5_000

export interface RemoteLogs extends RemoteServices {
  /** One page of a feed: see `messaging/feeds`. */
  pull(request: FeedRequest, signal: AbortSignal): Promise<FeedPage>
  /** The store of a service, to look into it; undefined when no instance answers before the deadline. */
  storeOf(service: string, deadlineMs: number): Promise<ReadableLog | undefined>
}

/** Reads the logs of services that run elsewhere. Asking ends when the signal is aborted. */
export function remoteLogs(caller: PeerCaller, clock: Clock, signal: AbortSignal): RemoteLogs {
  const ask = async <T>(service: string, name: string, facts: object): Promise<T> =>
    // Why the casts: the other end is Dure itself, of the same system.
    readAnswer(await caller.ask(service, { name, body: JSON.stringify(facts), signal })) as T
  const addressOnce = async (service: string, deadlineMs?: number): Promise<LogAddress> => {
    const call = { name: 'log', body: JSON.stringify({ service }), signal, deadlineMs }
    return readAnswer(await caller.ask(service, call)) as LogAddress
  }
  return {
    async address(service, last) {
      const deadlineMs = clock.nowMs() + knownLogWaitMsMax
      for (;;) {
        try {
          return await addressOnce(service, last && deadlineMs)
        } catch (error) {
          if (signal.aborted || !isUnanswered(error)) throw error
          if (last && clock.nowMs() >= deadlineMs) return last
        }
      }
    },
    async heads(service) {
      const call = { name: 'heads', body: JSON.stringify({ service }), signal }
      const deadlineMs = clock.nowMs() + headsWaitMsMax
      try {
        const answer = await caller.ask(service, { ...call, deadlineMs })
        return readAnswer(answer) as readonly number[]
      } catch (error) {
        // How far the log of a service is that cannot be asked is not known: nobody can be behind it.
        if (isUnanswered(error)) return []
        throw error
      }
    },
    async pull(request, ending) {
      const [service] = placeOf(request.topic)
      const deadlineMs = clock.nowMs() + request.waitMs + feedMarginMs
      const call = { name: 'feed', body: JSON.stringify(request), deadlineMs, signal: ending }
      return decodePage(await caller.ask(service, call))
    },
    async storeOf(service, deadlineMs) {
      const address = await addressOnce(service, deadlineMs).catch((error: unknown) => {
        if (isUnanswered(error)) return undefined
        throw error
      })
      return (
        address && {
          partitions: address.partitions,
          heads: () => ask(service, 'heads', { service }),
          read: (read: LogRead) => ask(service, 'entries', { service, read }),
          snapshot: (reads: readonly SnapshotRead[]) =>
            ask(service, 'snapshot', { service, reads }),
        }
      )
    },
  }
}

/** The service and the partition of a topic. */
export function placeOf(topic: string): readonly [service: string, partition: number] {
  const slash = topic.lastIndexOf('/')
  return [topic.slice(0, slash), Number(topic.slice(slash + 1))]
}

function isUnanswered(error: unknown): boolean {
  if (!(error instanceof DureError)) return false
  return ['CALL_UNANSWERED', 'CALL_INTERRUPTED', 'CALL_TIMEOUT'].includes(error.code)
}

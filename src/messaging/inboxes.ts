// The inboxes of one service: which logs it follows, from which cursors, for which consumers.
import type { CursorMove, ParkedMessage, StoredCursor } from '../log/store.port.ts'
import type { Clock } from '../runtime/clock.port.ts'
import type { Draft } from '../runtime/draft.ts'
import type { Workspace } from '../runtime/workspace.ts'
import type { Broker, Subscription } from './broker.port.ts'
import { type Consumer, type ConsumerLimits, createConsumer } from './consumer.ts'
import type { Envelope } from './envelope.ts'
import type { ParkedKeys } from './parked.ts'
import { topicOf } from './relay.ts'

/** The log of a service, as others know it. */
export interface LogAddress {
  readonly service: string
  readonly incarnation: string
  readonly partitions: number
}

export interface FollowRequest {
  /** The consumer's name in the cursors. */
  readonly name: string
  readonly sources: readonly LogAddress[]
  readonly wants: (message: { readonly type: string; readonly to?: string }) => boolean
  readonly handle: (draft: Draft, envelope: Envelope) => void
  readonly workspace: Workspace
  readonly limits?: Partial<ConsumerLimits>
}

export interface Following {
  readonly name: string
  readonly consumers: readonly Consumer[]
  /** Ends the subscriptions after what is on its way, and stores the cursors. */
  stop(): Promise<void>
}

export interface InboxesOptions {
  readonly broker: Broker
  readonly clock: Clock
  readonly parkedKeys: ParkedKeys
  readonly cursors: readonly StoredCursor[]
  readonly onParked: (parked: ParkedMessage) => void
  readonly onHandled: () => void
  readonly onFailure: (consumer: string, error: unknown) => void
}

/** The stored position of a consumer; 0 when it never read this incarnation of the log. */
export function cursorOf(
  cursors: readonly StoredCursor[],
  place: Pick<CursorMove, 'consumer' | 'source' | 'incarnation' | 'partition'>,
): number {
  const found = cursors.find(
    (each) =>
      each.consumer === place.consumer &&
      each.source === place.source &&
      each.partition === place.partition &&
      each.incarnation === place.incarnation,
  )
  return found?.position ?? 0
}

/** Follows logs from the stored cursors. */
export async function followLogs(
  options: InboxesOptions,
  request: FollowRequest,
): Promise<Following> {
  const consumers: Consumer[] = []
  const subscriptions: Subscription[] = []
  for (const { service: source, incarnation, partitions } of request.sources) {
    for (let partition = 0; partition < partitions; partition += 1) {
      const place = { source, incarnation, partition }
      const position = cursorOf(options.cursors, { ...place, consumer: request.name })
      const consumer = createConsumer({ ...options, ...request, ...place, position })
      consumers.push(consumer)
      subscriptions.push(await subscribe(options, request, { consumer, incarnation }))
    }
  }
  return {
    name: request.name,
    consumers,
    async stop() {
      await Promise.all(subscriptions.map((subscription) => subscription[Symbol.asyncDispose]()))
      await Promise.all(consumers.map((consumer) => flush(options, consumer)))
    },
  }
}

/** What a consumer has passed over is passed over again when it cannot be stored: no reason not to stop. */
async function flush({ onFailure }: InboxesOptions, consumer: Consumer): Promise<void> {
  try {
    await consumer.flush()
  } catch (error) {
    onFailure(consumer.name, error)
  }
}

function subscribe(
  options: InboxesOptions,
  request: FollowRequest,
  { consumer, incarnation }: { readonly consumer: Consumer; readonly incarnation: string },
): Promise<Subscription> {
  return options.broker.subscribe({
    consumer: request.name,
    topic: topicOf(consumer.source, consumer.partition),
    incarnation,
    after: consumer.position,
    wants: request.wants,
    passOver: (stretch) => consumer.passOver(stretch),
    deliver: async (batch) => {
      try {
        await consumer.deliver(batch)
      } catch (error) {
        options.onFailure(request.name, error)
        throw error
      }
    },
  })
}

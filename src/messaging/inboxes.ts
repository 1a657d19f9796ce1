// The inboxes of one service: which logs it follows, from which cursors, for which consumers.
import type { CursorMove, ParkedMessage, StoredCursor } from '../log/store.port.ts'
import type { Clock } from '../runtime/clock.port.ts'
import type { Draft } from '../runtime/draft.ts'
import type { Workspace } from '../runtime/workspace.ts'
import type { Broker, Subscription } from './broker.port.ts'
import { type Consumer, type ConsumerLimits, createConsumer } from './consumer.ts'
import type { Envelope } from './envelope.ts'
import { type Followed, FollowedPartition } from './followed-partition.ts'
import type { Leases } from './leases/leases.ts'
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
  readonly consumers: readonly Followed[]
  /** Notes how far other replicas have come. */
  note(cursors: readonly StoredCursor[]): void
  /** Ends the subscriptions after what is on its way, and stores the cursors. */
  stop(): Promise<void>
}

export interface InboxesOptions {
  readonly broker: Broker
  readonly clock: Clock
  readonly parkedKeys: ParkedKeys
  /** Reads the cursors, and the parked keys, where others may have changed them. */
  readonly reread: () => Promise<readonly StoredCursor[]>
  readonly leases: Leases
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

/** Follows logs from the stored cursors: each partition while this replica of the service takes care of it. */
export async function followLogs(
  options: InboxesOptions,
  request: FollowRequest,
): Promise<Following> {
  const { leases } = options
  const followed: FollowedPartition[] = []
  for (const log of request.sources) {
    for (let partition = 0; partition < log.partitions; partition += 1) {
      const each = followedOf(options, request, { ...log, partition })
      followed.push(each)
      await leases.add(each)
    }
  }
  return {
    name: request.name,
    consumers: followed,
    note(cursors) {
      for (const each of followed) each.note(cursors)
    },
    stop: async () => void (await Promise.all(followed.map((each) => leases.remove(each)))),
  }
}

function followedOf(
  options: InboxesOptions,
  request: FollowRequest,
  { service: source, incarnation, partition }: LogAddress & { readonly partition: number },
): FollowedPartition {
  const place = { source, incarnation, partition }
  return new FollowedPartition({
    ...place,
    name: request.name,
    reread: options.reread,
    positionIn: (cursors) => cursorOf(cursors, { ...place, consumer: request.name }),
    open: (position) => createConsumer({ ...options, ...request, ...place, position }),
    subscribe: (consumer) => subscribe(options, request, { consumer, incarnation }),
    onFailure: (error) => options.onFailure(request.name, error),
  })
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

// A broker carries messages from the log of one service to the inboxes of others.

/** Messages of one partition of one service's log, in the order of the log. */
export interface MessageBatch {
  /** The topic: one per partition of a service's log. */
  readonly topic: string
  /** Which incarnation of the producer's log. */
  readonly incarnation: string
  /** The batch holds everything of the topic that the subscriber asked for after this position... */
  readonly after: number
  /** ...up to and with this one. */
  readonly through: number
  /** Each message is the JSON text of one CloudEvent. */
  readonly messages: readonly EncodedMessage[]
}

export interface EncodedMessage {
  /** The producer's position. */
  readonly position: number
  readonly type: string
  /** The service that a command or reply is for. */
  readonly to?: string
  /** JSON of a CloudEvent 1.0. */
  readonly body: string
}

export interface Subscription extends AsyncDisposable {
  /** Position up to which the subscriber has taken the topic. */
  readonly position: number
}

export interface SubscribeRequest {
  readonly consumer: string
  readonly topic: string
  /** Only messages after this position of this incarnation. Another incarnation is delivered from its start. */
  readonly incarnation: string
  readonly after: number
  /** Which messages; the others are passed over. */
  readonly wants: (message: { readonly type: string; readonly to?: string }) => boolean
  /**
   * Takes a batch, which may hold no message and then only tells how far the topic was passed over. Resolves when
   * its effects are durable, or kept in the consumer's cursor: that is the acknowledgement. When it rejects, the
   * batch is delivered again later.
   */
  readonly deliver: (batch: MessageBatch) => Promise<void>
  /**
   * Told in place of `deliver` when a stretch of the topic holds nothing that is wanted: up to this position all was
   * passed over. A broker may still deliver an empty batch instead, and does so now and then.
   */
  readonly passOver?: (stretch: Pick<MessageBatch, 'incarnation' | 'through'>) => void
}

export interface BrokerSupport {
  /** Whether messages outlive the broker's process. `false`: the log of the producer is read again instead. */
  readonly durable: boolean
}

/**
 * Carries messages at least once, in order per topic.
 *
 * It may deliver again; it never skips and never reorders within a topic.
 */
export interface Broker extends AsyncDisposable {
  readonly supports: BrokerSupport
  /** Takes messages of one topic, in order. Resolves when the broker answers for them. Waits when it is full. */
  publish(batch: MessageBatch): Promise<void>
  /**
   * The positions after which the broker or its subscribers wait for messages of a topic, without repetition.
   *
   * The relay publishes the pages after each of them. A position lower than before means that the broker has lost
   * messages, or that somebody new reads from an earlier cursor: the relay rewinds to it. Empty: nobody waits.
   */
  wanted(topic: string, incarnation: string): Promise<readonly number[]>
  /** Calls `wake` whenever `wanted` of the topic may have changed. Returns what ends it. */
  watch(topic: string, wake: () => void): () => void
  subscribe(request: SubscribeRequest): Promise<Subscription>
  /** What a broker in the process of its relays can do without waiting; absent elsewhere. */
  readonly direct?: DirectBroker
}

/** `wanted` and `publish` of a broker, done when they return. */
export interface DirectBroker {
  publish(batch: MessageBatch): void
  wanted(topic: string, incarnation: string): readonly number[]
}

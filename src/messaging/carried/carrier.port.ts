// A carrier is what a message server can do, in words that NATS, RabbitMQ and Kafka share: topics to whose end messages
// are appended, and that are read from a place onward. `carriedBroker` makes a broker of it; what a broker promises of
// order, gaps and rewinding is kept there, once, and not by each server's adapter.
import type { EncodedMessage } from '../broker.port.ts'

/** A message of a topic, as it goes to the server. */
export interface CarriedMessage extends EncodedMessage {
  /** Which incarnation of the producer's log its position is of. */
  readonly incarnation: string
}

/** A message as it lies at the server. */
export interface PlacedMessage extends CarriedMessage {
  /** Where: above 0, and larger for each message of the topic; mostly by one. A topic that was lost begins anew. */
  readonly place: number
}

/** Asks whoever relays a topic to publish again what comes after a position. */
export interface RewindRequest {
  readonly topic: string
  readonly incarnation: string
  readonly after: number
}

export interface ConsumeRequest {
  readonly topic: string
  /** The first place that is read. What is no longer kept is passed over. */
  readonly from: number
  /**
   * Takes the next messages, in the order of their places. The following ones are handed over when it resolves.
   * It never rejects.
   */
  readonly take: (messages: readonly PlacedMessage[]) => Promise<void>
}

export interface CarrierSupport {
  /** Whether messages outlive the server's process. */
  readonly durable: boolean
  /** Bytes of JSON that one message may have. */
  readonly messageBytesMax: number
}

/**
 * Keeps the messages of topics at a server.
 *
 * It may lose what it has acknowledged, from the end of a topic or from its beginning: `last`, and the positions in the
 * messages, show that. Failures to reach the server are `BROKER_UNAVAILABLE`.
 */
export interface Carrier extends AsyncDisposable {
  readonly supports: CarrierSupport
  /** Appends messages of one topic in their order. Resolves when the server answers for all of them. */
  append(topic: string, messages: readonly CarriedMessage[]): Promise<void>
  /** What lies at the end of a topic; undefined when the topic holds nothing. */
  last(topic: string): Promise<Omit<PlacedMessage, 'body' | 'type' | 'to'> | undefined>
  /**
   * Reads a topic from a place onward, until it is disposed of: also over lost connections, and from its first message
   * when the topic was lost and begun anew. Messages may come again after that; none that is kept is left out.
   */
  consume(request: ConsumeRequest): Promise<AsyncDisposable>
  /** Lets everybody hear who listens for requests of the topic now. It may get lost: ask again. */
  ask(request: RewindRequest): Promise<void>
  /** Listens for requests of a topic, from every process. */
  hear(topic: string, listener: (request: RewindRequest) => void): Promise<AsyncDisposable>
  /** Calls `listener` when the server is back after it could not be reached. Returns what ends it. */
  onReturn(listener: () => void): () => void
}

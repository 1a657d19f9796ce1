import type {
  Broker,
  EncodedMessage,
  MessageBatch,
  SubscribeRequest,
  Subscription,
} from '../../../messaging/broker.port.ts'

/** A broker under test, and how its time is made to pass. */
export interface BrokerSubject extends AsyncDisposable {
  readonly broker: Broker
  /** Lets time pass until `isTrue`; fails when it does not become true. */
  readonly until: (isTrue: () => boolean) => Promise<void>
}

/** One promise of a broker, as text for the reference and as a check. */
export interface BrokerPromise {
  readonly promise: string
  readonly check: (office: PostOffice) => Promise<void>
}

/** A reader of a topic: what it was given, and what it does with it. */
export interface Reader {
  readonly batches: MessageBatch[]
  readonly subscription: Subscription
  /** Positions in the order in which they were taken. */
  readonly taken: () => readonly number[]
}

export interface ReaderOptions extends Partial<SubscribeRequest> {
  /** Called with each batch before it is taken: what it throws refuses the batch. */
  readonly onBatch?: (batch: MessageBatch) => Promise<void> | void
}

/** A log of a producer, with a relay that passes it on whenever the broker asks for it. */
export interface PostOffice extends BrokerSubject {
  /** Opens a reader of the log. */
  read(options?: ReaderOptions): Promise<Reader>
  /** Adds messages to the log and passes them on. */
  send(count: number, type?: string): Promise<void>
  /** Passes on what is asked for, page by page, until nobody asks for anything that the log has. */
  relay(): Promise<void>
  /** The same topic under another incarnation: its log is empty. */
  rebirth(incarnation: string): void
  /** What a relay would publish after a position. */
  batchAfter(after: number): MessageBatch
  readonly head: () => number
}

const pageMax = 3
export const topic = 'stock/0'

/** Prepares the checks of one broker. */
export function openPostOffice(subject: BrokerSubject): PostOffice {
  const { broker, until } = subject
  let log: EncodedMessage[] = []
  let incarnation = 'i1'
  let rounds = 0

  function batchAfter(after: number): MessageBatch {
    const messages = log.slice(after, after + pageMax)
    return { topic, incarnation, after, through: after + messages.length, messages }
  }

  /** Every other time without waiting, where the broker can: the promises are the same. */
  async function relay(): Promise<void> {
    for (let published = true; published; ) {
      published = false
      rounds += 1
      const door = (rounds % 2 === 0 && broker.direct) || broker
      for (const after of await door.wanted(topic, incarnation)) {
        if (after >= log.length) continue
        await door.publish(batchAfter(after))
        published = true
      }
    }
  }

  return {
    broker,
    until,
    relay,
    batchAfter,
    head: () => log.length,
    async read(options = {}) {
      const { onBatch, ...request } = options
      const batches: MessageBatch[] = []
      const subscription = await broker.subscribe({
        consumer: 'inbox',
        topic,
        incarnation,
        after: 0,
        wants: () => true,
        async deliver(batch) {
          await onBatch?.(batch)
          batches.push(batch)
        },
        ...request,
      })
      const taken = (): readonly number[] =>
        batches.flatMap(({ messages }) => messages.map(({ position }) => position))
      return { batches, subscription, taken }
    },
    async send(count, type = 'stock.Supplied') {
      for (let index = 0; index < count; index += 1) log.push(message(log.length + 1, type))
      await relay()
    },
    rebirth(next) {
      incarnation = next
      log = []
    },
    [Symbol.asyncDispose]: () => subject[Symbol.asyncDispose](),
  }
}

/** Texts that a careless transport would change. */
const text = '{"a":"é 한글 \\u0000 \\ud83d\\ude00 \\n","b":1e21,"c":9007199254740993}'

function message(position: number, type: string): EncodedMessage {
  return { position, type, to: 'order', body: `{"position":${position},"data":${text}}` }
}

/** The numbers from 1 to a last one. */
export function upTo(last: number, from = 1): readonly number[] {
  return Array.from({ length: last - from + 1 }, (_, index) => from + index)
}

/** The first time that each position was given, in that order. */
export function firstTimes(positions: readonly number[]): readonly number[] {
  return [...new Set(positions)]
}

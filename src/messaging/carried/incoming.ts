// The consumers' side of one topic in one process. Readers share a *lane*, one consumption of the topic from some place
// onward. A reader who does not keep up with the others, or begins at an earlier place, has a lane of his own; when that
// has reached the place of another lane, its readers go over to it.
//
//   lane 1   place 900   readers: inbox, view     waits for nobody
//   lane 2   place 120   reader: slow             waits for its reader, who is one step of the server behind at most
import type { Clock } from '../../runtime/clock.port.ts'
import type { SubscribeRequest } from '../broker.port.ts'
import type { Carrier, PlacedMessage } from './carrier.port.ts'
import { type CarriedBrokerLimits, retryDelayMs } from './limits.ts'
import { TopicReader } from './reader.ts'

/** Places that a reader may have to read again when he goes over to a lane. */
const nearMax = 256

export interface IncomingOptions {
  readonly carrier: Carrier
  readonly topic: string
  readonly clock: Clock
  readonly limits: CarriedBrokerLimits
  readonly onFailure: (error: unknown) => void
}

/** One consumption of the topic. */
interface Lane {
  readonly readers: Set<TopicReader>
  /** The last place that was read, or the one before the first that is. */
  place: number
  isClosed: boolean
  consumption: AsyncDisposable | undefined
  cancelRetry: () => void
}

/** What is read of one topic here. */
export class TopicIncoming {
  readonly #options: IncomingOptions
  readonly #lanes = new Set<Lane>()
  readonly #readers = new Set<TopicReader>()
  /** Readers for whom it is being found out where to begin. */
  readonly #seeking = new Map<TopicReader, () => void>()

  constructor(options: IncomingOptions) {
    this.#options = options
  }

  subscribe(request: SubscribeRequest): TopicReader {
    const { carrier, clock, limits, onFailure } = this.#options
    const reader = new TopicReader({
      request,
      clock,
      limits,
      ask: (rewind) => void carrier.ask(rewind).catch(onFailure),
      reread: (each) => this.#move(each, 0),
      onClosed: (each) => this.#leave(each),
    })
    this.#readers.add(reader)
    void this.#seek(reader, 0)
    return reader
  }

  async stop(): Promise<void> {
    await Promise.all(Array.from(this.#readers, (reader) => reader[Symbol.asyncDispose]()))
  }

  /** Finds the place of what the reader wants next, and begins there. */
  async #seek(reader: TopicReader, failures: number): Promise<void> {
    const { carrier, topic, clock, limits, onFailure } = this.#options
    this.#seeking.delete(reader)
    if (reader.isClosed) return
    try {
      const last = await carrier.last(topic)
      if (reader.isClosed) return
      const place = placeOf(reader, last)
      reader.seek({ isGuess: place > 0, oldThrough: last?.place ?? 0 })
      this.#enter(reader, place)
    } catch (error) {
      onFailure(error)
      const again = (): void => void this.#seek(reader, failures + 1)
      this.#seeking.set(reader, clock.after(retryDelayMs(limits, failures), again))
    }
  }

  /** Reads the topic after a place for the reader: with others who are about there, or else alone. */
  #enter(reader: TopicReader, place: number): void {
    const known = this.#laneNear(place)
    if (known) known.readers.add(reader)
    else this.#open(reader, place)
  }

  #open(reader: TopicReader, place: number): void {
    const lane: Lane = {
      readers: new Set([reader]),
      place,
      isClosed: false,
      consumption: undefined,
      cancelRetry: () => undefined,
    }
    this.#lanes.add(lane)
    void this.#consume(lane, 0)
  }

  /** A lane that has come just as far, or a little less, and whose readers keep up. */
  #laneNear(place: number, but?: Lane): Lane | undefined {
    return [...this.#lanes].find((lane) => {
      const isNear = lane.place <= place && place - lane.place <= nearMax
      return lane !== but && isNear && [...lane.readers].every(({ hasRoom }) => hasRoom)
    })
  }

  async #consume(lane: Lane, failures: number): Promise<void> {
    const { carrier, topic, clock, limits, onFailure } = this.#options
    if (lane.isClosed) return
    try {
      const take = (messages: readonly PlacedMessage[]): Promise<void> => this.#take(lane, messages)
      const consumption = await carrier.consume({ topic, from: lane.place + 1, take })
      lane.consumption = consumption
      if (lane.isClosed) await consumption[Symbol.asyncDispose]()
    } catch (error) {
      onFailure(error)
      const again = (): void => void this.#consume(lane, failures + 1)
      lane.cancelRetry = clock.after(retryDelayMs(limits, failures), again)
    }
  }

  async #take(lane: Lane, messages: readonly PlacedMessage[]): Promise<void> {
    const last = messages.at(-1)
    if (lane.isClosed || !last) return
    // The topic was lost and begun anew: what lies there now is newer than everything.
    const isAnew = last.place <= lane.place
    lane.place = last.place
    for (const reader of lane.readers) {
      if (isAnew) reader.seek({ isGuess: false, oldThrough: 0 })
      reader.offer(messages)
    }
    this.#part(lane)
    this.#join(lane)
    if (lane.isClosed) return
    for (const reader of lane.readers) await reader.room()
  }

  /** Whoever cannot take more goes on alone: the others wait for nobody. */
  #part(lane: Lane): void {
    for (const reader of lane.readers) {
      if (!reader.hasRoom && lane.readers.size > 1) {
        lane.readers.delete(reader)
        this.#open(reader, lane.place)
      }
    }
  }

  /** Goes over to another lane when all keep up. */
  #join(lane: Lane): void {
    const readers = [...lane.readers]
    if (!readers.every(({ hasRoom }) => hasRoom)) return
    const other = this.#laneNear(lane.place, lane)
    if (!other) return
    for (const reader of readers) other.readers.add(reader)
    lane.readers.clear()
    this.#close(lane)
  }

  #move(reader: TopicReader, place: number): void {
    for (const lane of this.#lanes) this.#remove(lane, reader)
    this.#enter(reader, place)
  }

  #leave(reader: TopicReader): void {
    this.#readers.delete(reader)
    this.#seeking.get(reader)?.()
    this.#seeking.delete(reader)
    for (const lane of this.#lanes) this.#remove(lane, reader)
  }

  #remove(lane: Lane, reader: TopicReader): void {
    if (lane.readers.delete(reader) && lane.readers.size === 0) this.#close(lane)
  }

  #close(lane: Lane): void {
    lane.isClosed = true
    lane.cancelRetry()
    this.#lanes.delete(lane)
    lane.consumption?.[Symbol.asyncDispose]().then(undefined, this.#options.onFailure)
  }
}

/** The place behind which a reader begins: counted back from the end, where each position has one place. */
function placeOf(
  { incarnation, read }: TopicReader,
  last: Awaited<ReturnType<Carrier['last']>>,
): number {
  if (!last) return 0
  if (last.incarnation !== incarnation) return last.place
  return Math.max(0, last.place - Math.max(0, last.position - read))
}

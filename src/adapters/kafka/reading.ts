// One reading of a topic, over a connection of its own. It asks for what comes next and waits at the server until there is
// something; the next is asked for when that was taken, so nothing piles up while a reader is slow. After a lost
// connection, and when the topic or its leader has gone, it begins anew behind the last record that was taken.
import type { Connection } from '@platformatic/kafka'
import { messageOf } from '../../language/errors.ts'
import type { Cluster, Leader } from './cluster.ts'
import { refusalIn } from './failures.ts'
import { retryDelayMs } from './limits.ts'
import type { KafkaRecord } from './message.ts'
import { fetchPage, type Topics } from './topics.ts'

export interface ReadingOptions {
  readonly cluster: Cluster
  readonly topics: Topics
  readonly topic: string
  /** Finds the topic, or makes it. */
  readonly provide: () => Promise<Leader>
  /** The first offset that is read, or the end of the topic. */
  readonly from: number | 'end'
  /** How long the server waits for records. */
  readonly waitMs: number
  readonly take: (records: readonly KafkaRecord[]) => Promise<void>
  readonly report: (message: string) => void
}

interface Session {
  readonly connection: Connection
  readonly leader: Leader
}

export class Reading implements AsyncDisposable {
  readonly #options: ReadingOptions
  #next: number | undefined
  #topicId: string | undefined
  #isClosed = false
  #session: Session | undefined
  #wake = (): void => undefined

  constructor(options: ReadingOptions) {
    this.#options = options
    this.#next = options.from === 'end' ? undefined : options.from
  }

  /** Begins. Rejects when no server can be reached. */
  async start(): Promise<void> {
    const first = await this.#open()
    void this.#run(first)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#end()
    this.#wake()
  }

  async #run(first: Session): Promise<void> {
    let failures = 0
    for (let session: Session | undefined = first; !this.#isClosed; ) {
      const before = this.#next
      try {
        session ??= await this.#open()
        await this.#takeAll(session)
      } catch (error) {
        if (!this.#isClosed) this.#options.report(messageOf(error))
      }
      session = undefined
      this.#end()
      failures = this.#next === before ? failures + 1 : 0
      if (!this.#isClosed) await this.#pause(failures)
      await this.#options.cluster.untilReached()
    }
  }

  async #open(): Promise<Session> {
    const { cluster, topics, topic, provide, waitMs } = this.#options
    cluster.assertReached()
    const leader = await provide()
    try {
      await this.#aim(leader)
      const connection = await cluster.dial(leader, waitMs)
      const session = { connection, leader }
      this.#session = session
      if (this.#isClosed) this.#end()
      return session
    } catch (error) {
      topics.forget(topic)
      throw cluster.failed(error, `who wants to read ${topic}`)
    }
  }

  /** A topic that is another one, or has become shorter, was lost and begun anew: it is read from its first record. */
  async #aim(leader: Leader): Promise<void> {
    const { topics, topic } = this.#options
    const { first, end } = await topics.reach(leader, topic)
    const isAnother = this.#topicId !== undefined && this.#topicId !== leader.topicId
    this.#topicId = leader.topicId
    this.#next ??= end
    if (isAnother || this.#next > end) this.#next = first
    this.#next = Math.max(this.#next, first)
  }

  async #takeAll(session: Session): Promise<void> {
    const { cluster, topics, topic } = this.#options
    try {
      while (!this.#isClosed) await this.#takeNext(session)
    } catch (error) {
      // Whoever ends the reading ends its connection.
      if (this.#isClosed) return
      topics.forget(topic)
      throw cluster.failed(error, `what comes next in ${topic}`)
    }
  }

  async #takeNext({ connection, leader }: Session): Promise<void> {
    const { cluster, topic, waitMs } = this.#options
    try {
      const asked = fetchPage(connection, { topic, offset: this.#next ?? 0, waitMs })
      const page = await cluster.answered(connection, asked, waitMs)
      await this.#take(page.records)
      this.#next = page.next
    } catch (error) {
      if (refusalIn(error) !== 'OFFSET_OUT_OF_RANGE') throw error
      await this.#aim(leader)
    }
  }

  async #take(records: readonly KafkaRecord[]): Promise<void> {
    if (records.length > 0 && !this.#isClosed) await this.#options.take(records)
  }

  #end(): void {
    if (this.#session) this.#options.cluster.drop(this.#session.connection)
    this.#session = undefined
  }

  #pause(failures: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, retryDelayMs(failures))
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

// Follows one topic that is written in another process, for all subscribers of this one: asks for what the local broker
// waits for, and hands it in. It keeps nothing: after a failure it asks again from where the subscribers are.
import { DureError, messageOf } from '../../language/errors.ts'
import type { Clock } from '../../runtime/clock.port.ts'
import type { Broker, EncodedMessage, SubscribeRequest } from '../broker.port.ts'
import type { FeedPage, FeedRequest, MessageKind } from './feed-page.ts'
import { feedKindsMax, feedWaitMsMax, kindKey } from './serve-feed.ts'

export interface FollowerLimits {
  /** Wait after a failure, in milliseconds; doubled for each further one up to the maximum. */
  readonly retryMs: number
  readonly retryMsMax: number
}

export const followerLimits: FollowerLimits = { retryMs: 50, retryMsMax: 2_000 }

export interface FollowerOptions {
  readonly topic: string
  readonly local: Broker
  readonly clock: Clock
  /** Asks the process that writes the topic for one page. */
  readonly pull: (request: FeedRequest, signal: AbortSignal) => Promise<FeedPage>
  /** Told when the log was begun anew: it is delivered from its start. */
  readonly onReborn: (topic: string) => void
  readonly onFailure?: (topic: string, message: string) => void
  readonly limits?: Partial<FollowerLimits>
}

/** How long a question waits for what the log is known to have, in milliseconds. */
const behindWaitMs = 2_000

type Wants = Pick<SubscribeRequest, 'wants' | 'incarnation'>

/** Stands where the relay of a topic would be. */
export class FeedFollower {
  readonly #options: FollowerOptions
  readonly #limits: FollowerLimits
  readonly #requests = new Set<Wants>()
  /** Kinds of messages that were seen. */
  readonly #kinds = new Map<string, MessageKind>()
  readonly #unwatch: () => void
  #running: Promise<void> | undefined
  #isStopped = false
  #isAwake = false
  #wakeUp = (): void => undefined
  /** Ends the question that is on its way when somebody waits for something earlier. */
  #pulling: { readonly after: number; readonly ending: AbortController } | undefined
  #failures = 0
  /** That of the log as it was read last. */
  #incarnation = ''

  constructor(options: FollowerOptions) {
    this.#options = options
    this.#limits = { ...followerLimits, ...options.limits }
    this.#unwatch = options.local.watch(options.topic, () => this.#wake())
  }

  add(request: Wants): void {
    this.#requests.add(request)
    if (this.#incarnation === '') this.#incarnation = request.incarnation
    // Trap: what is left out of the question that is on its way may be wanted now.
    this.#pulling?.ending.abort()
    this.#wake()
    this.#running ??= this.#run()
  }

  /** Says whether nobody is left. */
  remove(request: Wants): boolean {
    this.#requests.delete(request)
    return this.#requests.size === 0
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#unwatch()
    this.#pulling?.ending.abort()
    this.#wakeUp()
    await this.#running
  }

  #wake(): void {
    this.#isAwake = true
    this.#wakeUp()
    void this.#endLatePull()
  }

  /** What is on its way may be of no use any more: somebody waits for what comes before it. */
  async #endLatePull(): Promise<void> {
    const pulling = this.#pulling
    if (!pulling) return
    const positions = await this.#wanted()
    if (positions.some((position) => position < pulling.after)) pulling.ending.abort()
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      try {
        await this.#pullAll()
        this.#failures = 0
      } catch (error) {
        // A question that was ended is asked again at once, with what is wanted now.
        if (this.#pulling?.ending.signal.aborted) continue
        this.#failures += 1
        this.#options.onFailure?.(this.#options.topic, messageOf(error))
        const { retryMs, retryMsMax } = this.#limits
        await this.#sleep(Math.min(retryMsMax, retryMs * 2 ** Math.min(this.#failures - 1, 20)))
      }
    }
  }

  /** Asks for each position that somebody waits for; waits for the last of them, or until somebody waits. */
  async #pullAll(): Promise<void> {
    this.#isAwake = false
    const positions = await this.#wanted()
    const last = positions.at(-1)
    if (last === undefined) return this.#isAwake ? undefined : this.#sleep(feedWaitMsMax)
    let isMoved = false
    for (const after of positions) {
      // Who is behind others is answered soon: the log has what they were given.
      const isBehind = after !== last
      if (!isBehind && isMoved) return
      if (await this.#pull(after, isBehind)) isMoved = true
    }
  }

  /** Says whether the log had something. */
  async #pull(after: number, isBehind: boolean): Promise<boolean> {
    const { topic, local, pull, onReborn } = this.#options
    const waitMs = isBehind ? behindWaitMs : feedWaitMsMax
    const incarnation = this.#incarnation
    const ending = new AbortController()
    this.#pulling = { after, ending }
    const without = this.#unwanted()
    const page = await pull({ topic, incarnation, after, without, waitMs, isBehind }, ending.signal)
    this.#pulling = undefined
    if (this.#isStopped) return false
    if (page.incarnation !== incarnation) {
      this.#incarnation = page.incarnation
      onReborn(topic)
      // Told of another log the local broker starts over, and waits for its beginning.
      await this.#wanted()
      return true
    }
    // What lies before such a page would be missing for ever: nobody here takes it, and it would come again and again.
    if (page.after > after) throw gapError(topic, after, page.after)
    for (const message of page.messages) this.#learn(message)
    if (page.through > after) await local.publish({ ...page, topic })
    return page.through > after
  }

  #wanted(): Promise<readonly number[]> {
    return this.#options.local.wanted(this.#options.topic, this.#incarnation)
  }

  #learn({ type, to }: Pick<EncodedMessage, 'type' | 'to'>): void {
    const key = kindKey({ type, to })
    if (this.#kinds.size >= feedKindsMax || this.#kinds.has(key)) return
    this.#kinds.set(key, to === undefined ? [type] : [type, to])
  }

  /** Kinds that were seen and that nobody here wants. */
  #unwanted(): readonly MessageKind[] {
    return [...this.#kinds.values()].filter(([type, to]) => {
      const message = to === undefined ? { type } : { type, to }
      for (const { wants } of this.#requests) if (wants(message)) return false
      return true
    })
  }

  #sleep(delayMs: number): Promise<void> {
    if (this.#isStopped) return Promise.resolve()
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(delayMs, resolve)
      this.#wakeUp = () => {
        cancel()
        resolve()
      }
    })
  }
}

function gapError(topic: string, after: number, found: number): DureError {
  return new DureError(
    'MESSAGE_GAP',
    `The feed of ${topic} was asked for what comes after ${after}, and gave what comes after ${found}. Its producer is not of the same version: upgrade it.`,
    { details: { topic, after, found } },
  )
}

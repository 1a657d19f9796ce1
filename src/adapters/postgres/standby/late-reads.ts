// Reads that may be a little late: from a standby while it may answer, else from the primary.
import type { Commit } from '../../../log/store.port.ts'
import { type Connections, NotSent, openConnections, type PostgresLimits } from '../connections.ts'
import { gatherReads } from '../gather-reads.ts'
import { type AnswerReads, prepareSnapshots } from '../snapshot-reads.ts'
import type { WalPosition } from './standby.ts'
import type { StandbyLimits, StandbyWatch } from './watch-standby.ts'

/** How a store reads from a standby. */
export interface StandbyPlan {
  readonly url: string
  readonly watch: StandbyWatch
  readonly limits: StandbyLimits
}

export interface LateReadsOptions extends StandbyPlan {
  readonly service: string
  readonly schema: string
  readonly role: string | undefined
  readonly connections: PostgresLimits
  readonly settings: Readonly<Record<string, string>>
  /** Answers from the primary. */
  readonly answer: AnswerReads
}

export interface LateReads extends AsyncDisposable {
  readonly answer: AnswerReads
  /** Told of what is committed: views that were replaced are read from the standby when it has the new ones. */
  committed(batch: readonly Commit[]): void
}

/** Opens the reads of one store. */
export function openLateReads(options: LateReadsOptions): LateReads {
  return new StandbyReads(options)
}

class StandbyReads implements LateReads {
  readonly #options: LateReadsOptions
  readonly #readers: Connections
  readonly #use: AsyncDisposable
  readonly #answer: AnswerReads
  /** What the standby has to have. */
  #needed: WalPosition = Number.POSITIVE_INFINITY
  #change = 0

  constructor(options: LateReadsOptions) {
    const { service, schema, url, role, limits, connections, settings, watch } = options
    this.#options = options
    this.#readers = openConnections({
      url,
      role,
      settings,
      limits: connections,
      name: `dure standby ${service}`.slice(0, 63),
      statementMs: limits.answerMsMax,
      max: connections.readersMax,
    })
    const snapshots = prepareSnapshots({ service, schema, readers: this.#readers })
    // Looked at once more: a read may have waited for others that failed.
    this.#answer = gatherReads((reads) =>
      watch.mayAnswer(this.#needed) ? snapshots(reads) : options.answer(reads),
    )
    this.#use = watch.use()
    this.#catchUp()
  }

  readonly answer: AnswerReads = async (reads) => {
    const { watch, answer } = this.#options
    if (!watch.mayAnswer(this.#needed)) return answer(reads)
    try {
      const answers = await this.#answer(reads)
      watch.answered()
      return answers
    } catch (thrown) {
      // Whatever a standby cannot answer, its primary can: also what replaying took away from a read.
      watch.failed(thrown instanceof NotSent ? thrown.cause : thrown)
      return answer(reads)
    }
  }

  committed(batch: readonly Commit[]): void {
    if (batch.some(({ clearViews = [] }) => clearViews.length > 0)) this.#catchUp()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#change += 1
    await Promise.all([this.#readers[Symbol.asyncDispose](), this.#use[Symbol.asyncDispose]()])
  }

  /** Reads from the primary until the standby has all that the primary has by now. */
  #catchUp(): void {
    this.#needed = Number.POSITIVE_INFINITY
    this.#change += 1
    void this.#learnNeeded(this.#change)
  }

  async #learnNeeded(change: number): Promise<void> {
    while (change === this.#change) {
      const needed = await this.#options.watch.written().catch(() => Number.POSITIVE_INFINITY)
      if (change !== this.#change) return
      this.#needed = needed
      if (Number.isFinite(needed)) return
      await new Promise((resolve) => setTimeout(resolve, this.#options.limits.lookMs).unref())
    }
  }
}

// One partition of a log that a service follows for one of its consumers, while this replica of the service takes care
// of it, and while another one does.
import type { AgendaStore, StoredCursor } from '../log/store.port.ts'
import type { Subscription } from './broker.port.ts'
import type { Consumer } from './consumer.ts'
import type { LeasedWork } from './leases/leases.ts'
import type { ParkedKeys } from './parked.ts'

/** How far a consumer is, as far as it is known here. */
export type Followed = Pick<Consumer, 'source' | 'partition' | 'position'>

export interface FollowedOptions {
  readonly name: string
  readonly source: string
  readonly incarnation: string
  readonly partition: number
  /** Reads the cursors, and everything else that another replica may have changed. */
  readonly reread: () => Promise<readonly StoredCursor[]>
  readonly positionIn: (cursors: readonly StoredCursor[]) => number
  readonly open: (position: number) => Consumer
  readonly subscribe: (consumer: Consumer) => Promise<Subscription>
  readonly onFailure: (error: unknown) => void
}

/** Reads the cursors and parked keys anew: one read for all that is taken at one time. */
export function rereadOf({
  store,
  parkedKeys,
}: {
  readonly store: AgendaStore
  readonly parkedKeys: ParkedKeys
}): () => Promise<readonly StoredCursor[]> {
  let next: Promise<readonly StoredCursor[]> | undefined
  const read = async (): Promise<readonly StoredCursor[]> => {
    await Promise.resolve()
    // Whoever comes from now on could miss what was stored since.
    next = undefined
    await parkedKeys.reload()
    return store.cursors()
  }
  return () => (next ??= read())
}

/** A followed partition as work that can be taken and given. */
export class FollowedPartition implements Followed, LeasedWork {
  readonly name: string
  readonly source: string
  readonly partition: number
  readonly #options: FollowedOptions
  #consumer: Consumer | undefined
  #subscription: Subscription | undefined
  #known = 0

  constructor(options: FollowedOptions) {
    this.#options = options
    this.source = options.source
    this.partition = options.partition
    this.name = `${options.name}/${options.source}/${options.partition}`
  }

  get position(): number {
    return this.#consumer?.position ?? this.#known
  }

  /** Notes how far the replica has come that takes care of it. */
  note(cursors: readonly StoredCursor[]): void {
    this.#known = Math.max(this.#known, this.#options.positionIn(cursors))
  }

  async take(): Promise<void> {
    const { reread, positionIn, open, subscribe } = this.#options
    const consumer = open(positionIn(await reread()))
    this.#consumer = consumer
    this.#subscription = await subscribe(consumer)
  }

  async give(): Promise<void> {
    await this.#subscription?.[Symbol.asyncDispose]()
    this.#subscription = undefined
    await this.#flush()
    this.#known = this.position
    this.#consumer = undefined
  }

  /** Others see how far it is only by what is stored. */
  tend(): Promise<void> {
    return this.#flush()
  }

  /** What a consumer has passed over is passed over again when it cannot be stored. */
  async #flush(): Promise<void> {
    try {
      await this.#consumer?.flush()
    } catch (error) {
      this.#options.onFailure(error)
    }
  }
}

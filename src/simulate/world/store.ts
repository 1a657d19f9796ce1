// A store on the other end of a line that fails. What it holds is the memory adapter's; what it adds is time, lost
// answers, and the moments at which its process may die.
import { DureError, messageOf } from '../../language/errors.ts'
import type { Commit, Store, Verdict } from '../../log/store.port.ts'
import { drawnFailure } from '../faults/drawn-failure.ts'
import { patienceMs, type ProcessOwner, type Surroundings } from './surroundings.ts'

export interface SimulatedStoreOptions {
  readonly core: Surroundings
  readonly inner: Store
  readonly service: string
  readonly process: ProcessOwner
  /** Whether other processes write to it too. */
  readonly isShared: boolean
}

/** Puts a store of a process into the world. */
export function simulatedStore(options: SimulatedStoreOptions): Store {
  const line = createLine(options)
  const { inner } = options
  return {
    supports: { ...inner.supports, shared: options.isShared },
    incarnation: inner.incarnation,
    partitions: inner.partitions,
    commit: createCommits(options, line),
    read: (request) => line.ask(() => inner.read(request)),
    streamEvents: (request) => line.ask(() => inner.streamEvents(request)),
    heads: () => line.ask(() => inner.heads()),
    results: (ids) => line.ask(() => inner.results(ids)),
    snapshot: (reads) => line.ask(() => inner.snapshot(reads)),
    ...nowOf(options, line),
    dueTimers: (atMs, limit) => line.ask(() => inner.dueTimers(atMs, limit)),
    nextTimer: () => line.ask(() => inner.nextTimer()),
    countTimers: () => line.ask(() => inner.countTimers()),
    cursors: () => line.ask(() => inner.cursors()),
    parked: (page) => line.ask(() => inner.parked(page)),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  }
}

/** A store that is quick, and of one process, reads in the calling thread, as an embedded one does. */
function nowOf(
  { inner, isShared, service }: SimulatedStoreOptions,
  line: StoreLine,
): Pick<Store, 'snapshotNow'> {
  const { snapshotNow } = inner
  if (isShared || !line.isFast || !snapshotNow) return {}
  return {
    snapshotNow(reads) {
      if (line.refuses()) throw refusal(service)
      return snapshotNow(reads)
    },
  }
}

interface StoreLine {
  readonly place: string
  /** Whether answers take no time beside what they answer. */
  readonly isFast: boolean
  readonly replyLabel: string
  /** How long the next answer takes, in milliseconds. */
  delay(): number
  ask<T>(read: () => Promise<T>): Promise<T>
  /** Whether a read that cannot wait is refused. */
  refuses(): boolean
}

/** How much longer an answer takes where the store is slow, in milliseconds: at most. */
const slowMs = 400

function createLine({ core, service, process }: SimulatedStoreOptions): StoreLine {
  const { scheduler, faults, cuts } = core
  const place = `${process.name} ${service}`
  const readPlace = `read ${place}`
  const label = `read ${service} of ${process.name}`
  const replyLabel = `committed ${service} of ${process.name}`
  const isFast = core.chances.of('swarm').happens(0.5)

  const delay = (): number => {
    const isSlow =
      faults.strikes('store slow', place) || core.ledger.of(service).crawlsUntilMs > scheduler.nowMs
    const base = core.delay('store', place)
    return isSlow ? base + slowMs * core.calm * core.chances.of(`slow ${place}`).next() : base
  }

  return {
    place,
    isFast,
    replyLabel,
    delay,
    refuses: () =>
      cuts.until(process.name, 'to store') > 0 || faults.strikes('store busy', readPlace),
    ask(read) {
      const cutUntilMs = cuts.until(process.name, 'to store')
      if (cutUntilMs > 0)
        return later(core, { owner: process, label, afterMs: patienceMs }, () => refuse(service))
      if (faults.strikes('store busy', readPlace)) return refuse(service)
      if (isFast) return read()
      return later(core, { owner: process, label, afterMs: delay() }, read)
    },
  }
}

export interface Wait {
  /** For whom; nobody for what is on its way between two of them. */
  readonly owner?: ProcessOwner
  readonly label: string
  readonly afterMs: number
}

/** Does something after a time: never, when the owner has died. */
export function later<T>(
  { scheduler }: Surroundings,
  { owner, label, afterMs }: Wait,
  work: () => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const run = (): void => void work().then(resolve, reject)
    scheduler.at({ dueMs: scheduler.nowMs + afterMs, owner, label, run })
  })
}

/** Does something at once when it arrives, whatever becomes of who sent it. */
export function arrives(
  { scheduler }: Surroundings,
  { label, afterMs }: Omit<Wait, 'owner'>,
  take: () => void,
): Promise<void> {
  return new Promise((resolve) => {
    const run = (): void => {
      take()
      resolve()
    }
    scheduler.at({ dueMs: scheduler.nowMs + afterMs, label, run })
  })
}

function refuse(service: string): Promise<never> {
  return Promise.reject(refusal(service))
}

function refusal(service: string): DureError {
  return drawnFailure(
    'STORE_UNAVAILABLE',
    `The store of "${service}" cannot be reached. Try again.`,
  )
}

type Answer = (
  answer: { readonly verdicts: readonly Verdict[] } | { readonly error: Error },
) => void

/** Commits arrive one after the other, in the order in which they were sent. */
function createCommits(options: SimulatedStoreOptions, line: StoreLine): Store['commit'] {
  const { core, service, process } = options
  const { scheduler, faults, cuts } = core
  const label = `commit ${service} of ${process.name}`
  let lastMs = 0

  return (batch) =>
    new Promise((resolve, reject) => {
      const { place } = line
      if (process.isDead) return
      const crashes = faults.strikes('crash before commit', place)
      if (crashes) process.crash(`before a commit of ${service}`)
      const isLost =
        faults.strikes('commit request lost', place) ||
        (crashes && core.chances.of(place).happens(0.5))
      const cutUntilMs = cuts.until(process.name, 'to store')
      const answer: Answer = (given) =>
        'verdicts' in given ? resolve(given.verdicts) : reject(given.error)
      if (isLost || cutUntilMs > 0) return giveUp(options, answer)
      if (faults.strikes('store busy', place)) return answer({ error: refusal(service) })
      lastMs = Math.max(lastMs, scheduler.nowMs + line.delay())
      // Why without an owner: what is on its way to the store arrives, whatever becomes of the sender.
      scheduler.at({
        dueMs: lastMs,
        label,
        run: () => void apply({ options, line, batch, answer }),
      })
    })
}

function giveUp({ core, service, process }: SimulatedStoreOptions, answer: Answer): void {
  const { scheduler } = core
  const run = (): void =>
    answer({
      error: drawnFailure(
        'LOG_COMMIT_UNKNOWN',
        `The store of "${service}" did not answer a commit.`,
      ),
    })
  scheduler.at({ dueMs: scheduler.nowMs + patienceMs, owner: process, label: 'commit lost', run })
}

interface Applying {
  readonly options: SimulatedStoreOptions
  readonly line: StoreLine
  readonly batch: readonly Commit[]
  readonly answer: Answer
}

async function apply({ options, line, batch, answer }: Applying): Promise<void> {
  const { core, service, process, inner } = options
  const { scheduler, faults, ledger } = core
  const reply = (given: Parameters<Answer>[0]): void => {
    const task = { owner: process, label: line.replyLabel, run: () => answer(given) }
    if (line.isFast) scheduler.soon(task)
    else scheduler.at({ ...task, dueMs: scheduler.nowMs + line.delay() })
  }
  if (ledger.of(service).readOnlyUntilMs > scheduler.nowMs) {
    const text = `The store of "${service}" takes no writes now.`
    return reply({ error: drawnFailure('STORE_READ_ONLY', text) })
  }
  let verdicts: readonly Verdict[]
  try {
    verdicts = await inner.commit(batch)
  } catch (error) {
    return reply({ error: asError(error) })
  }
  const processMs = scheduler.nowMs + process.skewMaxMs
  for (const [index, commit] of batch.entries()) {
    const verdict = verdicts[index]
    if (verdict) ledger.record({ service, process: process.name, processMs, commit }, verdict)
  }
  if (process.isDead) return
  const { place } = line
  const movesCursor = batch.some(({ cursors }) => cursors !== undefined)
  if (movesCursor && faults.strikes('crash at cursor', place))
    return process.crash(`after a cursor of ${service}`)
  if (faults.strikes('crash after commit', place))
    return process.crash(`after a commit of ${service}`)
  if (faults.strikes('commit reply lost', place)) return giveUp(options, answer)
  reply({ verdicts })
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new DureError('INTERNAL_DEFECT', messageOf(thrown))
}

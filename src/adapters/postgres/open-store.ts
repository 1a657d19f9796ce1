import { DureError } from '../../language/errors.ts'
import type { Store } from '../../log/store.port.ts'
import { prepareAgendaReads } from './agenda-reads.ts'
import { prepareCommits } from './commit/committer.ts'
import {
  clientConfig,
  type Connections,
  NotSent,
  openConnections,
  type PostgresLimits,
  withClient,
} from './connections.ts'
import { gatherReads } from './gather-reads.ts'
import { createHinting, type Hints, hintStatement } from './hints.ts'
import { prepareLogReads } from './log-reads.ts'
import type { StoreFacts } from './migrate.ts'
import { type AnswerReads, prepareSnapshots } from './snapshot-reads.ts'
import { type LateReads, openLateReads, type StandbyPlan } from './standby/late-reads.ts'
import { storeError } from './store-error.ts'
import { followLog, type FollowLogOptions } from './tailing/follow-log.ts'

export interface OpenStoreOptions {
  readonly service: string
  /** The name of the schema, quoted. */
  readonly schema: string
  readonly url: string
  readonly role: string | undefined
  readonly facts: StoreFacts
  readonly isDurable: boolean
  readonly limits: PostgresLimits
  readonly hints: Hints
  /** How the log is tailed; absent: it is not. */
  readonly tailing?: Pick<FollowLogOptions, 'publication' | 'config' | 'limits'> | undefined
  /** Where reads may be answered that may be a little late; absent: nowhere else. */
  readonly standby?: StandbyPlan | undefined
}

/** How statements are planned: always by the indexes, whatever the server believes of tables that it never looked at. */
const planning = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  max_parallel_workers_per_gather: '0',
  jit: 'off',
}

/** How long the end of a lost connection's work is waited for. */
const settleMs = 5_000

/** Opens a store that is there. */
export function openStore(options: OpenStoreOptions): Store {
  const { service, schema, facts, tailing } = options
  const lines = openLines(options)
  const { readers } = lines
  const read = { service, schema, readers }
  const log = prepareLogReads(read)
  const answer = gatherReads(prepareSnapshots(read))
  const agenda = prepareAgendaReads(read)
  const commit = prepareCommits({ service, schema, ...facts, ...lines })
  const late = openLate(options, answer)
  const followings = new Set<AsyncDisposable>()
  let closing: Promise<void> | undefined

  const close = async (): Promise<void> => {
    await Promise.all([...followings].map((each) => each[Symbol.asyncDispose]()))
    await Promise.all([lines.close(), late?.[Symbol.asyncDispose]()])
  }
  const ask = async <T>(question: () => Promise<T>): Promise<T> => {
    if (closing) throw closedError(service)
    try {
      return await question()
    } catch (thrown) {
      if (closing && thrown instanceof NotSent) throw closedError(service)
      throw storeError(thrown instanceof NotSent ? thrown.cause : thrown, service)
    }
  }

  return {
    supports: Object.freeze({ durable: options.isDurable, shared: true }),
    incarnation: facts.incarnation,
    partitions: facts.partitions,
    commit: (batch) => ask(() => commit(batch).finally(() => late?.committed(batch))),
    read: (request) => ask(() => log.entries(request)),
    streamEvents: (request) => ask(() => log.streamEvents(request)),
    heads: () => ask(() => log.heads()),
    watch: (wake) => lines.watch(wake),
    ...(tailing && {
      follow: (follower) =>
        counted(followings, followLog({ service, readers, ...tailing }, follower)),
    }),
    results: (ids) =>
      ask(async () => {
        await lines.settle()
        return log.results(ids)
      }),
    snapshot: (reads) => ask(() => answer(reads)),
    ...(late && { snapshotLate: (reads) => ask(() => late.answer(reads)) }),
    dueTimers: (atMs, limit) => ask(() => agenda.dueTimers(atMs, limit)),
    nextTimer: () => ask(() => agenda.nextTimer()),
    countTimers: () => ask(() => agenda.countTimers()),
    cursors: () => ask(() => agenda.cursors()),
    parked: (page) => ask(() => agenda.parked(page)),
    [Symbol.asyncDispose]: () => (closing ??= close()),
  }
}

/** Counts a resource among others until it is disposed. */
function counted(all: Set<AsyncDisposable>, one: AsyncDisposable): AsyncDisposable {
  all.add(one)
  return {
    async [Symbol.asyncDispose]() {
      await one[Symbol.asyncDispose]()
      all.delete(one)
    },
  }
}

/** Where reads are answered that may be a little late. */
function openLate(
  { service, schema, role, limits, standby }: OpenStoreOptions,
  answer: AnswerReads,
): LateReads | undefined {
  const shared = { service, schema, role, answer, connections: limits, settings: planning }
  return standby && openLateReads({ ...standby, ...shared })
}

interface Lines {
  readonly readers: Connections
  readonly writers: Connections
  readonly settle: () => Promise<void>
  readonly makeRoom: (entries: number) => Promise<void>
  readonly onCommitted: (lastPositions: readonly number[]) => void
  readonly watch: (wake: () => void) => () => void
  readonly close: () => Promise<void>
}

function openLines(options: OpenStoreOptions): Lines {
  const { service, schema, url, role, limits, facts } = options
  const token = crypto.randomUUID().slice(0, 8)
  const name = `dure ${token} ${service}`.slice(0, 63)
  const shared = { url, role, limits, name, settings: planning }
  const lost = new Set<number>()
  const writers = openConnections({ ...shared, statementMs: limits.commitMs, max: 1 }, (backend) =>
    lost.add(backend),
  )
  const readers = openConnections({
    ...shared,
    statementMs: limits.readMs,
    max: limits.readersMax,
  })
  const caretaker = clientConfig({
    url,
    limits,
    name: 'dure caretaker',
    statementMs: limits.readMs,
  })
  const makeRoom = (entries: number): Promise<void> =>
    withClient(clientConfig({ ...shared, statementMs: limits.readMs }), async (client) => {
      await client.query(
        `SELECT ${schema}.make_room(max(u.p), $1) FROM ${schema}.head, unnest(positions) AS u(p)`,
        [entries],
      )
    })
  const unwatch = new Set<() => void>()
  const hinting = createHinting(() => readers.ask(hintStatement, [token, schema]))
  let roomMadeIn = -1
  let making: Promise<void> = Promise.resolve()

  return {
    writers,
    readers,
    makeRoom,
    async settle() {
      if (lost.size > 0) await endBackends(caretaker, { name, lost, service })
    },
    onCommitted(lastPositions) {
      hinting.committed()
      const chunk = Math.floor(Math.max(...lastPositions) / facts.chunkPositions)
      if (chunk === roomMadeIn) return
      roomMadeIn = chunk
      // What fails here is made up for when a row finds no chunk.
      making = makeRoom(0).catch(() => undefined)
    },
    watch(wake) {
      const end = options.hints.watch(schema, { self: token, wake })
      unwatch.add(end)
      return () => {
        unwatch.delete(end)
        end()
      }
    },
    async close() {
      hinting[Symbol.dispose]()
      for (const end of unwatch) end()
      await Promise.all([writers[Symbol.asyncDispose](), readers[Symbol.asyncDispose](), making])
    },
  }
}

/**
 * Ends what lost connections have left on the server, and waits until it has ended.
 *
 * Without this, a statement that a frozen server still has before it could take effect after somebody was told that it
 * had not.
 */
async function endBackends(
  caretaker: Parameters<typeof withClient>[0],
  {
    name,
    lost,
    service,
  }: { readonly name: string; readonly lost: Set<number>; readonly service: string },
): Promise<void> {
  const asked = [...lost]
  const left = await withClient(caretaker, async (client) => {
    const { rows } = await client.query<{ readonly ended: boolean }>(
      `SELECT pg_terminate_backend(pid, ${settleMs}) AS ended FROM pg_stat_activity
       WHERE application_name = $1 AND pid = ANY ($2)`,
      [name, asked],
    )
    return rows.filter(({ ended }) => !ended).length
  })
  if (left > 0) {
    throw new DureError(
      'STORE_UNAVAILABLE',
      `The database of "${service}" still works on a commit of a connection that was lost. Try again in a moment.`,
      { details: { service } },
    )
  }
  for (const backend of asked) lost.delete(backend)
}

function closedError(service: string): DureError {
  return new DureError('STORE_CLOSED', `The store of "${service}" is closed. Open it again.`, {
    details: { service },
  })
}

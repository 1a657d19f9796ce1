// Bugs on the way to the store.
import { DureError } from '../../../src/language/errors.ts'
import type { Commit, DocumentCheck, Store, Verdict } from '../../../src/log/store.port.ts'
import type { Sabotage } from '../../../src/simulate/world/process.ts'
import { busyShop, mendedShop } from './busy-shop.ts'
import type { PlantedBug } from './planted-bug.ts'

type CommitBatch = Store['commit']

/** Changes how batches are committed. */
function committing(change: (commit: CommitBatch) => CommitBatch): () => Sabotage {
  return () => ({
    store: (store) => ({ ...store, commit: change((batch) => store.commit(batch)) }),
  })
}

/** Changes each commit on its way. */
function changing(change: (commit: Commit) => Commit): () => Sabotage {
  return committing((commit) => (batch) => commit(batch.map(change)))
}

/** Splits each commit in two: both are written, but not together. */
function splitting(split: (commit: Commit) => readonly [Commit, Commit]): () => Sabotage {
  return committing((commit) => async (batch) => {
    const halves = batch.map(split)
    const first = await commit(halves.map(([half]) => half))
    const second = await commit(halves.map(([, half]) => half))
    return batch.map((whole, index) => joined(whole, first[index], second[index]))
  })
}

function joined(whole: Commit, first?: Verdict, second?: Verdict): Verdict {
  const failed = [first, second].find((verdict) => verdict && verdict.kind !== 'committed')
  if (failed) return failed
  const positions = [first, second].flatMap((verdict) =>
    verdict?.kind === 'committed' ? verdict.positions : [],
  )
  return { kind: 'committed', positions: positions.slice(0, whole.entries?.length ?? 0) }
}

function without(commit: Commit, ...parts: readonly (keyof Commit)[]): Commit {
  return Object.fromEntries(
    // Why the cast: these are the keys of a commit.
    Object.entries(commit).filter(([part]) => !parts.includes(part as keyof Commit)),
  )
}

function only(commit: Commit, ...parts: readonly (keyof Commit)[]): Commit {
  return Object.fromEntries(
    // Why the cast: these are the keys of a commit.
    Object.entries(commit).filter(([part]) => parts.includes(part as keyof Commit)),
  )
}

/** The commit as if it had been decided on what is there: what fencing is there to prevent. */
function rebased(commit: Commit, verdict: Extract<Verdict, { kind: 'conflict' }>): Commit {
  const { on, name, actual } = verdict
  if (on === 'stream') return rebasedStream(commit, name, actual)
  if (on === 'document') return rebasedDocument(commit, name, actual)
  if (on === 'cursor') {
    const cursors = commit.cursors?.map((each) =>
      `${each.consumer}/${each.source}/${each.partition}` === name
        ? { ...each, expected: actual }
        : each,
    )
    return { ...commit, ...(cursors && { cursors }) }
  }
  const isOther = (id: string): boolean => id !== name
  const { fireTimers = [], unpark = [] } = commit
  return { ...commit, fireTimers: fireTimers.filter(isOther), unpark: unpark.filter(isOther) }
}

function rebasedDocument(commit: Commit, name: string, actual: number): Commit {
  const at = <T extends DocumentCheck>(each: T): T =>
    `${each.view}/${each.key}` === name ? { ...each, expected: actual } : each
  const documents = commit.documents?.map(at)
  const checkDocuments = commit.checkDocuments?.map(at)
  return { ...commit, ...(documents && { documents }), ...(checkDocuments && { checkDocuments }) }
}

function rebasedStream(commit: Commit, name: string, actual: number): Commit {
  const old = commit.streams?.find(({ stream }) => stream === name)
  const moved = actual - (old?.expected ?? 0)
  const streams = commit.streams?.map((each) =>
    each.stream === name ? { ...each, expected: actual, next: each.next + moved } : each,
  )
  const entries = commit.entries?.map((each) =>
    each.stream === name ? { ...each, streamVersion: (each.streamVersion ?? 0) + moved } : each,
  )
  return { ...commit, ...(streams && { streams }), ...(entries && { entries }) }
}

/** Commits one by one, and again with other expectations as often as it is refused. */
async function force(commit: CommitBatch, wanted: Commit): Promise<Verdict> {
  let current = wanted
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const [verdict] = await commit([current])
    if (!verdict) throw new DureError('INTERNAL_DEFECT', 'There is no verdict.')
    if (verdict.kind !== 'conflict') return verdict
    current = rebased(current, verdict)
  }
  throw new DureError('INTERNAL_DEFECT', 'The commit cannot be forced.')
}

async function forceAll(
  commit: CommitBatch,
  batch: readonly Commit[],
): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = []
  for (const each of batch) verdicts.push(await force(commit, each))
  return verdicts
}

/** A timer that was there when the store was opened is never seen again. */
function forgetsTimers(store: Store): Store {
  let known: Promise<ReadonlySet<string>> | undefined
  const old = (): Promise<ReadonlySet<string>> => {
    known ??= store
      .dueTimers(Number.MAX_SAFE_INTEGER, 10_000)
      .then((timers) => new Set(timers.map(({ id }) => id)))
    return known
  }
  const fresh: Store['dueTimers'] = async (atMs, limit) => {
    const forgotten = await old()
    const timers = await store.dueTimers(atMs, limit + forgotten.size)
    return timers.filter(({ id }) => !forgotten.has(id)).slice(0, limit)
  }
  return {
    ...store,
    dueTimers: fresh,
    nextTimer: async () => (await fresh(Number.MAX_SAFE_INTEGER, 1))[0]?.atMs,
  }
}

/** Says where entries will be, and writes them when it finds the time. */
function answersEarly(store: Store): Store {
  let next: number[] | undefined
  return {
    ...store,
    async commit(batch) {
      next ??= [...(await store.heads())]
      const heads = next
      void store.commit(batch).catch(() => undefined)
      return batch.map(({ entries = [] }) => ({
        kind: 'committed',
        positions: entries.map(({ partition }) => {
          heads[partition] = (heads[partition] ?? 0) + 1
          return heads[partition]
        }),
      }))
    },
  }
}

/** A reader of sequence numbers: what is committed late at a lower number is passed over. */
function skipsEntries(store: Store): Store {
  let reads = 0
  return {
    ...store,
    async read(request) {
      const entries = await store.read(request)
      reads += 1
      return entries.length > 1 && reads % 5 === 0
        ? [...entries.slice(0, -2), ...entries.slice(-1)]
        : entries
    },
  }
}

const ids = new WeakMap<Commit, string>()

const bugs: readonly Omit<PlantedBug, 'scenario'>[] = [
  {
    name: 'the cursor is saved before the effect',
    sabotage: splitting((commit) => [only(commit, 'cursors'), without(commit, 'cursors')]),
  },
  {
    name: 'the inbox is in another commit, after the effect',
    sabotage: splitting((commit) => [without(commit, 'cursors'), only(commit, 'cursors')]),
  },
  { name: 'there is no inbox', sabotage: changing((commit) => without(commit, 'cursors')) },
  {
    name: 'orders to others are sent in another commit than the events',
    sabotage: splitting((commit) => {
      const { entries = [] } = commit
      const events = entries.filter(({ kind }) => kind === 'event')
      const sent = entries.filter(({ kind }) => kind !== 'event')
      return [{ ...commit, entries: events }, { entries: sent }]
    }),
  },
  {
    name: 'a view is written in another commit than its event',
    sabotage: splitting((commit) => [without(commit, 'documents'), only(commit, 'documents')]),
  },
  {
    name: 'a commit whose outcome is unknown is sent again under no id',
    sabotage: committing((commit) => async (batch) => {
      try {
        return await commit(batch)
      } catch (error) {
        if (!(error instanceof DureError) || error.code !== 'LOG_COMMIT_UNKNOWN') throw error
        return forceAll(
          commit,
          batch.map((each) => without(each, 'id', 'fingerprint', 'result')),
        )
      }
    }),
  },
  {
    name: 'a commit whose outcome is unknown is taken for written',
    sabotage: committing((commit) => async (batch) => {
      try {
        return await commit(batch)
      } catch (error) {
        if (!(error instanceof DureError) || error.code !== 'LOG_COMMIT_UNKNOWN') throw error
        return batch.map(({ entries = [] }) => ({
          kind: 'committed',
          positions: entries.map(() => 1),
        }))
      }
    }),
  },
  {
    name: 'a lease without fencing: who lost it writes all the same',
    sabotage: committing((commit) => (batch) => forceAll(commit, batch)),
  },
  {
    name: 'a conflict is taken for success',
    sabotage: committing((commit) => async (batch) => {
      const verdicts = await commit(batch)
      return verdicts.map((verdict) =>
        verdict.kind === 'conflict' ? { kind: 'committed', positions: [] } : verdict,
      )
    }),
  },
  {
    name: 'an answer is given before its commit is durable',
    sabotage: () => ({ store: answersEarly }),
  },
  {
    name: 'command ids are forgotten after a while',
    sabotage: committing((commit) => {
      let batches = 0
      return (batch) => {
        batches += 1
        const window = Math.floor(batches / 3)
        return commit(
          batch.map((each) =>
            each.id === undefined ? each : { ...each, id: `${each.id} ${window}` },
          ),
        )
      }
    }),
  },
  {
    name: 'an idempotency key is not bound to its caller and payload',
    sabotage: changing((commit) =>
      commit.id === undefined ? commit : { ...commit, fingerprint: 'the same for all' },
    ),
  },
  {
    name: 'a used id is taken with another payload',
    sabotage: committing((commit) => async (batch) => {
      for (const each of batch) if (each.result) ids.set(each, each.result)
      const verdicts = await commit(batch)
      return verdicts.map((verdict, index) => {
        const each = batch[index]
        const result = each && ids.get(each)
        return verdict.kind === 'refused' && result ? { kind: 'duplicate', result } : verdict
      })
    }),
  },
  { name: 'a timer is lost on a restart', sabotage: () => ({ store: forgetsTimers }) },
  {
    name: 'a timer is not taken off by what it leads to',
    sabotage: changing((commit) => without(commit, 'fireTimers')),
  },
  {
    name: 'a message that cannot be handled is dropped',
    sabotage: changing((commit) => without(commit, 'park')),
  },
  {
    name: 'a parked message does not park its key',
    sabotage: () => ({ store: (store) => ({ ...store, parked: async () => [] }) }),
  },
  {
    name: 'a reader of sequence numbers passes over late commits',
    sabotage: () => ({ store: skipsEntries }),
  },
  {
    name: 'a snapshot is one event behind',
    sabotage: changing((commit) => ({
      ...commit,
      ...(commit.streams && {
        streams: commit.streams.map((each) =>
          each.state === undefined ? each : { ...each, state: staleState(each.state) },
        ),
      }),
    })),
  },
  {
    name: 'a view counts a message again that is delivered again',
    sabotage: changing((commit) => ({
      ...commit,
      ...(commit.cursors && {
        cursors: commit.cursors.filter(({ consumer }) => consumer === 'inbox'),
      }),
    })),
  },
]

/** Bugs of what is written, and how. */
export const storeBugs: readonly PlantedBug[] = [
  ...bugs.map((bug) => ({ ...bug, scenario: busyShop })),
  {
    name: 'one process does not hear of what another has taken up from the parking place',
    scenario: mendedShop,
    sabotage: changing(({ documents, checkDocuments, ...commit }) => ({
      ...commit,
      ...(documents && { documents: documents.filter(isNoMark) }),
      ...(checkDocuments && { checkDocuments: checkDocuments.filter(isNoMark) }),
    })),
  },
]

function isNoMark({ view }: DocumentCheck): boolean {
  return view !== '$parked'
}

function staleState(state: string): string {
  return state.replaceAll(/true/g, 'false')
}

// A store that answers without waiting, as seen by the workspace.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { virtualClock } from '../adapters/memory/clock.ts'
import { memoryStores } from '../adapters/memory/store.ts'
import { aggregate } from '../language/aggregate.ts'
import { contract } from '../language/contract.ts'
import { DureError } from '../language/errors.ts'
import { createGroupCommit } from '../log/group-commit.ts'
import { eventTypesOf } from '../log/stored-event.ts'
import type { LoadedStream, SnapshotRead, Store } from '../log/store.port.ts'
import type { Draft } from './draft.ts'
import { createWorkspace, type Workspace } from './workspace.ts'

const Account = contract('account', {
  commands: { pay: { input: z.object({}) } },
  events: { Paid: z.object({}) },
})
const Purse = aggregate(Account, 'purse', {
  key: () => 'p',
  initial: () => ({ cents: 0 }),
  decide: { pay: () => Account.Paid({}) },
  evolve: { Paid: (purse) => purse },
})

interface Bench {
  readonly workspace: Workspace
  /** What had to be waited for. */
  readonly waited: SnapshotRead[]
}

/** A workspace on a store that answers every stream at once, as it is told to. */
async function openBench(
  answerNow: () => Omit<LoadedStream, 'stream'>,
  later = (): Promise<void> => Promise.resolve(),
): Promise<Bench> {
  const clock = virtualClock()
  const inner = await memoryStores().open('account', { partitions: 1 })
  const waited: SnapshotRead[] = []
  const store: Store = {
    ...inner,
    async snapshot(asked) {
      waited.push(...asked)
      const answers = await inner.snapshot(asked)
      await later()
      return answers
    },
    snapshotNow: (asked) =>
      asked.map((read) =>
        read.kind === 'stream'
          ? { kind: 'stream', stream: { stream: read.stream, ...answerNow() } }
          : { kind: 'documents', documents: [{ key: 'k', version: 3, value: '"shelf"' }] },
      ),
  }
  const group = createGroupCommit({ store, clock })
  const types = eventTypesOf([Account])
  const ignore = (): void => undefined
  const workspace = createWorkspace({
    service: 'account',
    store,
    types,
    group,
    clock,
    onEntries: ignore,
    onUnsure: ignore,
  })
  return { workspace, waited }
}

describe('a workspace on a store that answers without waiting', () => {
  it('builds a draft once, and remembers what it was answered', async () => {
    let answers = 0
    const { workspace, waited } = await openBench(() => {
      answers += 1
      return { version: 7, state: '{"cents":9}', stateVersion: 1, stateAt: 7, events: [] }
    })
    let builds = 0
    const build = (draft: Draft): unknown => {
      builds += 1
      const [document] = draft.documents('shelves', ['k'])
      return [draft.stream(Purse, 'purse/p').state, document?.value, document?.expected]
    }

    const first = await workspace.submit(build)
    const second = await workspace.submit(build)

    assert.deepEqual(first.value, [{ cents: 9 }, 'shelf', 3])
    assert.deepEqual(second.value, first.value)
    assert.deepEqual(
      { builds, answers, waited, cells: workspace.cells },
      {
        builds: 2,
        answers: 1,
        waited: [],
        cells: 2,
      },
    )
  })

  it('waits where the store has no answer now, and for what is too long for one answer', async () => {
    const failing = await openBench(() => {
      throw new DureError('STORE_UNAVAILABLE', 'Not now.')
    })
    const long = await openBench(() => ({ version: 7, stateAt: 0, events: [] }))

    for (const { workspace, waited } of [failing, long]) {
      const { value } = await workspace.submit((draft) => draft.stream(Purse, 'purse/p').version)

      assert.deepEqual([value, waited.length], [0, 1])
    }
  })

  it('lets an answer that was waited for not undo what came after it', async () => {
    let isBusy = true
    const asked = Promise.withResolvers<void>()
    const { workspace } = await openBench(
      () => {
        if (isBusy) throw new DureError('STORE_UNAVAILABLE', 'Not now.')
        return { version: 0, stateAt: 0, events: [] }
      },
      () => asked.promise,
    )
    const version = (draft: Draft): number => draft.stream(Purse, 'purse/p').version

    const early = workspace.submit(version)
    isBusy = false
    const { settled } = await workspace.submit((draft) => {
      const change = draft.stream(Purse, 'purse/p')
      change.version += 1
    })
    asked.resolve()

    assert.equal((await early).value, 1)
    assert.equal((await settled).kind, 'committed')
    assert.equal((await workspace.submit(version)).value, 1)
  })
})

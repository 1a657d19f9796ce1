// A commit whose outcome is unknown (connection lost at COMMIT) is settled by looking the command id up.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memoryStores } from '../../src/adapters/memory/store.ts'
import { DureError } from '../../src/language/errors.ts'
import { groupCommitLimits } from '../../src/log/group-commit.ts'
import type { Commit, StoreProvider } from '../../src/log/store.port.ts'
import { changedCommits } from './faulty-stores.ts'
import { numbersOf, Source, startLedger } from './ledger-world.ts'
import { assertFine, assertSeen, inTime, liveAndJudge, planOrders } from './shop-world.ts'

const plans = planOrders(15)

interface Silence {
  /** Which batch of a service loses its answer: every second, every third, ... */
  readonly every: number
  /** Whether the batch was written before its answer was lost. */
  readonly isWritten: boolean
}

/** Stores whose answer is lost now and then. */
function silentStores({ every, isWritten }: Silence): StoreProvider {
  let batches = 0
  return changedCommits(memoryStores(), async (commit, batch) => {
    batches += 1
    if (batches % every !== 0) return commit(batch)
    if (isWritten) await commit(batch)
    throw new DureError('LOG_COMMIT_UNKNOWN', 'The connection broke at COMMIT.')
  })
}

function isUnknown(error: unknown): boolean {
  return error instanceof DureError && error.code === 'LOG_COMMIT_UNKNOWN'
}

/** A planted bug: whatever has no answer is written again as if nobody had written it. */
function writingBlindly(stores: StoreProvider): StoreProvider {
  return changedCommits(stores, async (commit, batch) => {
    try {
      return await commit(batch)
    } catch (error) {
      if (!isUnknown(error)) throw error
      return commit(batch.map(withoutExpectations))
    }
  })
}

/** A commit under no id, that rests on nothing. */
function withoutExpectations({ entries = [] }: Commit): Commit {
  return { entries: entries.map(({ stream: _stream, streamVersion: _version, ...rest }) => rest) }
}

/** A planted bug: whatever has no answer counts as not written. */
function givingUp(stores: StoreProvider): StoreProvider {
  return changedCommits(stores, async (commit, batch) => {
    try {
      return await commit(batch)
    } catch (error) {
      if (!isUnknown(error)) throw error
      throw new DureError('STORE_UNAVAILABLE', 'The store is away, and nothing was written.')
    }
  })
}

/** A planted bug: whatever has no answer counts as written. */
function believing(stores: StoreProvider): StoreProvider {
  return changedCommits(stores, async (commit, batch) => {
    try {
      return await commit(batch)
    } catch (error) {
      if (!isUnknown(error)) throw error
      return batch.map(() => ({ kind: 'committed', positions: [] }) as const)
    }
  })
}

describe('a commit whose outcome is unknown', () => {
  for (const every of [2, 3, 5, 7]) {
    for (const isWritten of [true, false]) {
      const what = isWritten ? 'was written' : 'was not written'
      it(`takes effect once and is answered, when every ${every}. answer is lost (${what})`, async () => {
        assertFine(await liveAndJudge({ stores: silentStores({ every, isWritten }) }, plans))
      })
    }
  }

  it('is judged by a test that sees what is written again blindly', async () => {
    const stores = writingBlindly(silentStores({ every: 3, isWritten: true }))

    assertSeen(await liveAndJudge({ stores }, plans), /history|reservations|paid/)
  })

  it('is judged by a test that sees what is given up', async () => {
    const stores = givingUp(silentStores({ every: 3, isWritten: true }))

    assertSeen(await liveAndJudge({ stores }, plans), /was not answered/)
  })

  it('is judged by a test that sees what is believed to be written', async () => {
    const stores = believing(silentStores({ every: 3, isWritten: false }))

    assertSeen(await liveAndJudge({ stores }, plans), /history|reservations|paid/)
  })

  it('can be settled later, too, by sending the command again under its id', async () => {
    const answers = await askUntilAnswered(false)

    assert.deepEqual(answers, { refusals: ['LOG_COMMIT_UNKNOWN'], repeated: true, counted: [1] })
  })

  it('is judged by a test that sees ids which are not looked up', async () => {
    const { repeated, counted } = await askUntilAnswered(true)

    assert.deepEqual([repeated, counted], [false, [1, 2]])
  })
})

/** More answers are lost, one after the other, than are waited for; the caller asks again. */
async function askUntilAnswered(isForgetful: boolean): Promise<{
  readonly refusals: readonly string[]
  readonly repeated: boolean | undefined
  readonly counted: readonly number[] | undefined
}> {
  let left = groupCommitLimits.unknownRetriesMax + 1
  const stores = changedCommits(memoryStores(), async (commit, batch) => {
    const verdicts = await commit(isForgetful ? batch.map(withoutId) : batch)
    if (batch.some(({ id }) => id === 'once') && left > 0) {
      left -= 1
      throw new DureError('LOG_COMMIT_UNKNOWN', 'The connection broke at COMMIT.')
    }
    return verdicts
  })
  const life = await startLedger({ stores })
  const refusals: string[] = []
  let repeated: boolean | undefined
  while (repeated === undefined && refusals.length < 3) {
    const asked = life.running.execute(Source.count({ key: 'a' }), { id: 'once' })
    repeated = await inTime(life, asked).then(
      (answer) => answer.repeated,
      (error: unknown) => void refusals.push((error as { code: string }).code),
    )
  }
  await inTime(life, life.running.stop())
  return { refusals, repeated, counted: (await numbersOf(stores, 'source')).get('a') }
}

const withoutId = ({ id: _id, fingerprint: _print, result: _result, ...rest }: Commit): Commit =>
  rest

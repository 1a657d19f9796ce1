import { memoryStores } from '../../src/adapters/memory/store.ts'
import type { Commit } from '../../src/log/store.port.ts'
import { drive } from '../systems/drive.ts'
import { openSystem } from '../systems/open-system.ts'
import { warehouse } from '../systems/warehouse.ts'
import { watchStores } from '../systems/watch-stores.ts'
import { itemOf, type Pattern, reserve } from './commands.ts'

/** The commits that the runtime makes of commands: what is written by hand then is the same, row by row. */
export async function recordCommits(options: {
  readonly pattern: Pattern
  readonly hasView: boolean
  readonly count: number
}): Promise<readonly Commit[]> {
  const { pattern, count } = options
  const commits: Commit[] = []
  const stores = watchStores(memoryStores(), (commit) => {
    if (commit.id !== undefined) commits.push(commit)
  })
  await using opened = await openSystem(warehouse(options), { stores })
  const run = (index: number): Promise<unknown> =>
    reserve(opened.running, itemOf(pattern, index), { index })
  await drive({ concurrency: 128, count, run })
  return commits
}

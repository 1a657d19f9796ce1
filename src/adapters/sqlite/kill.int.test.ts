import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, it } from 'node:test'
import type { Entry, Store } from '../../log/store.port.ts'
import { sqliteStores } from './stores.ts'

const rounds = 12
const partitions = 2
/** A process is killed after it has told of at most so many batches. */
const batchesMax = 120

/** Commits batches for ever and tells of each that was answered. Commit c of batch b is `round.b.size.c`. */
const program = `
  import { writeSync } from 'node:fs'
  const [module, folder, round] = process.argv.slice(1)
  const { sqliteStores } = await import(module)
  const store = await sqliteStores({ folder }).open('stock', { partitions: ${partitions} })
  for (let batch = 0; ; batch += 1) {
    const size = 1 + ((batch * 7) % 40)
    const commits = Array.from({ length: size }, (_, index) => {
      const id = [round, batch, size, index].join('.')
      const entry = (partition, data) => ({
        kind: 'event', type: 't', schemaVersion: 1, stream: id + partition, streamVersion: 1,
        key: id, partition, data, meta: '{}', atMs: 1,
      })
      return {
        id, fingerprint: 'f', result: JSON.stringify(id),
        streams: [0, 1].map((partition) => ({ stream: id + partition, expected: 0, next: 1 })),
        entries: [entry(0, id), entry(1, id + 'x'.repeat(index * 40))],
        setTimers: [{ id, atMs: 1, data: '{}' }],
        documents: [{ view: 'v', key: id, expected: 0, value: '{}', index: [['by', 'all']] }],
      }
    })
    const verdicts = await store.commit(commits)
    if (verdicts.some(({ kind }) => kind !== 'committed')) process.exit(3)
    writeSync(1, commits.map(({ id }) => id).join(' ') + '\\n')
  }
`

describe('a process that is killed while it commits', () => {
  it('keeps all that was answered, whole batches only, without gaps', async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'dure-kill-'))
    context.after(() => rm(folder, { recursive: true, force: true }))
    const answered: string[] = []

    for (let round = 0; round < rounds; round += 1) {
      const batches = 1 + Math.floor(Math.random() * batchesMax)
      answered.push(...(await commitUntilKilled({ folder, round, batches })))

      const store = await sqliteStores({ folder }).open('stock', { partitions })
      await assertWhole(store, answered, round + 1)
      await store[Symbol.asyncDispose]()
    }
  })
})

async function commitUntilKilled(options: {
  readonly folder: string
  readonly round: number
  readonly batches: number
}): Promise<readonly string[]> {
  const { folder, round, batches } = options
  const child = spawn(
    process.execPath,
    [
      '--conditions=dure-source',
      '--input-type=module',
      `--eval=${program}`,
      import.meta.resolve('./stores.ts'),
      folder,
      String(round),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const exit = once(child, 'exit')
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (lines.length === batches) child.kill('SIGKILL')
  }
  const [, signal] = (await exit) as [number | null, string | null]
  assert.equal(signal, 'SIGKILL')
  return lines.flatMap((line) => line.split(' '))
}

async function assertWhole(
  store: Store,
  answered: readonly string[],
  rounds: number,
): Promise<void> {
  const results = await store.results(answered)
  assert.deepEqual(
    answered.filter((id) => !results.has(id)),
    [],
  )
  const [first, second] = await Promise.all([readAll(store, 0), readAll(store, 1)])
  const ids = first.map(({ data }) => data)
  assert.deepEqual(
    first.map(({ position }) => position),
    first.map((_, index) => index + 1),
  )
  assert.deepEqual(
    second.map(({ position }) => position),
    second.map((_, index) => index + 1),
  )
  assert.deepEqual(
    second.map(({ key }) => key),
    ids,
  )
  assert.equal((await store.results(ids)).size, ids.length)
  assert.equal(await store.countTimers(), ids.length)
  const [found] = await store.snapshot([
    { kind: 'find', view: 'v', index: 'by', value: 'all', limit: ids.length + 1 },
  ])
  assert.equal(found?.kind === 'documents' && found.documents.length, ids.length)
  assert.deepEqual(brokenBatches(ids), [])
  // Beyond what was told, each killed process may have finished the batch that it was telling of.
  const told = new Set(answered)
  const untold = new Set(ids.filter((id) => !told.has(id)).map((id) => id.split('.')[0]))
  assert.ok(untold.size <= rounds)
}

/** Batches of which some commits are there and others not. */
function brokenBatches(ids: readonly string[]): readonly string[] {
  const sizes = new Map<string, number>()
  for (const id of ids) {
    const batch = id.slice(0, id.lastIndexOf('.'))
    sizes.set(batch, (sizes.get(batch) ?? 0) + 1)
  }
  return [...sizes].flatMap(([batch, size]) =>
    batch.split('.')[2] === String(size) ? [] : [batch],
  )
}

async function readAll(store: Store, partition: number): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  for (;;) {
    const page = await store.read({ partition, after: entries.length, limit: 5_000 })
    if (page.length === 0) return entries
    entries.push(...page)
  }
}

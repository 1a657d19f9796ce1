// Several processes' worth of stores on one log: nothing is lost, doubled or skipped, whatever the server does.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { postgresStores } from '../../src/adapters/postgres/index.ts'
import type { Commit, Entry, Store, Verdict } from '../../src/log/store.port.ts'
import { type PrivatePostgres, startPostgres, whyNoPrivatePostgres } from '../servers/postgres.ts'
import { idsInLog, insist, placed } from './orders.ts'

describe('several replicas on one log', { skip: whyNoPrivatePostgres() }, () => {
  let server: PrivatePostgres
  before(async () => {
    server = await startPostgres({ durable: true })
  })
  after(() => server[Symbol.asyncDispose]())

  async function openReplicas(count: number, partitions = 1): Promise<readonly Store[]> {
    const url = await server.createDatabase()
    return Promise.all(
      Array.from({ length: count }, () => postgresStores({ url }).open('stock', { partitions })),
    )
  }

  it('show a reader every commit, in the order of positions, while twelve write', async () => {
    const partitions = 2
    const [reader, ...writers] = await openReplicas(13, partitions)
    assert.ok(reader)
    const commitsEach = 40
    const total = writers.length * commitsEach
    const write = async (store: Store, writer: number): Promise<void> => {
      for (let index = 0; index < commitsEach; index += 1) {
        const partition = (writer + index) % partitions
        await store.commit([inPartition(placed(`${writer}-${index}`), partition)])
      }
    }

    const writing = Promise.all(writers.map(write))
    const seen: Entry[] = []
    const lasts = [0, 0]
    while (seen.length < total) {
      for (const [partition, after] of lasts.entries()) {
        const page = await reader.read({ partition, after, limit: 7 })
        seen.push(...page)
        lasts[partition] = page.at(-1)?.position ?? after
      }
    }
    await writing

    assert.equal(new Set(seen.map(({ key }) => key)).size, total)
    for (const partition of lasts.keys()) {
      const positions = seen.filter((entry) => entry.partition === partition)
      assert.deepEqual(
        positions.map(({ position }) => position),
        positions.map((_, index) => index + 1),
      )
    }
    await Promise.all([reader, ...writers].map((store) => store[Symbol.asyncDispose]()))
  })

  it('lose and double nothing while the server is killed and started again', async () => {
    const replicas = await openReplicas(2)
    const [first] = replicas
    assert.ok(first)
    const commitsEach = 150
    let done = 0
    const write = async (store: Store, replica: number): Promise<void> => {
      for (let index = 0; index < commitsEach; index += 2) {
        const batch = [placed(`${replica}-${index}`), placed(`${replica}-${index + 1}`)]
        const verdicts = await insist(() => store.commit(batch))
        assert.ok(verdicts.every(({ kind }) => kind === 'committed' || kind === 'duplicate'))
        done += 2
      }
    }
    const reach = async (count: number): Promise<void> => {
      while (done < count) await new Promise((resolve) => setImmediate(resolve))
    }

    const writing = Promise.all(replicas.map(write))
    for (const count of [60, 160]) {
      await reach(count)
      await server.crash()
      await server.start()
    }
    await writing

    const ids = await insist(() => idsInLog(first))
    assert.equal(ids.length, replicas.length * commitsEach)
    assert.equal(new Set(ids).size, ids.length)
    assert.equal((await first.results(ids)).size, ids.length)
    await Promise.all(replicas.map((store) => store[Symbol.asyncDispose]()))
  })

  it('let one of them win where both write to one stream, and tell the other what is there', async () => {
    const [one, other] = await openReplicas(2)
    assert.ok(one && other)
    const rounds = 30
    let won = 0

    for (let version = 0; version < rounds; version += 1) {
      const commit = (): Commit => ({
        streams: [{ stream: 'order/hot', expected: version, next: version + 1 }],
      })
      const verdicts: readonly Verdict[] = (
        await Promise.all([one, other].map((store) => store.commit([commit()])))
      ).flat()
      won += verdicts.filter(({ kind }) => kind === 'committed').length
      const lost = verdicts.filter(({ kind }) => kind === 'conflict')
      assert.deepEqual(lost, [
        {
          kind: 'conflict',
          on: 'stream',
          name: 'order/hot',
          expected: version,
          actual: version + 1,
        },
      ])
    }

    assert.equal(won, rounds)
    await Promise.all([one, other].map((store) => store[Symbol.asyncDispose]()))
  })

  it('judge each commit of a large batch in its order, when another replica was first with some', async () => {
    const [one, other] = await openReplicas(2)
    assert.ok(one && other)
    const count = 200
    const taken = Array.from({ length: count }, (_, index) => index).filter((n) => n % 5 === 0)
    await other.commit(taken.map((index) => placed(`c${index}`, { id: `other-${index}` })))

    const batch = Array.from({ length: count }, (_, index) => placed(`c${index}`))
    const verdicts = await one.commit(batch)

    for (const [index, verdict] of verdicts.entries()) {
      assert.equal(verdict.kind, index % 5 === 0 ? 'conflict' : 'committed', String(index))
    }
    const positions = verdicts.flatMap((each) => (each.kind === 'committed' ? each.positions : []))
    assert.deepEqual(
      positions,
      positions.map((_, index) => taken.length + index + 1),
    )
    assert.deepEqual(await one.heads(), [count])
    await Promise.all([one, other].map((store) => store[Symbol.asyncDispose]()))
  })
})

function inPartition(commit: Commit, partition: number): Commit {
  return { ...commit, entries: (commit.entries ?? []).map((entry) => ({ ...entry, partition })) }
}

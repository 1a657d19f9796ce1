// Every queue, batch, buffer, retry and cache has a named maximum, and a test that fills it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memoryBrokerLimits } from '../../src/adapters/memory/broker.ts'
import { httpLimits } from '../../src/adapters/http/limits.ts'
import { groupCommitLimits } from '../../src/log/group-commit.ts'
import { carriedBrokerLimits } from '../../src/messaging/carried/limits.ts'
import { consumerLimits } from '../../src/messaging/consumer.ts'
import { leaseLimits } from '../../src/messaging/leases/lease-keeper.ts'
import { logTailLimits } from '../../src/messaging/log-tail.ts'
import { relayLimits } from '../../src/messaging/relay.ts'
import { agendaLimits } from '../../src/runtime/agenda.ts'
import { workspaceLimits } from '../../src/runtime/workspace.ts'
import { readRepository, shippedSources } from '../architecture/repository/files.ts'
import { findMaxima, judgeMaxima } from './find-maxima.ts'
import { namedMaxima, noMaxima } from './named-maxima.ts'
import { assertSeen } from './shop-world.ts'

const files = readRepository()
const register = { named: namedMaxima, none: noMaxima }

/** What runs: tools at a developer's desk may end with an error instead. */
const running = /^src\/(?:language|log|calls|messaging|runtime|sagas|views|gateway|adapters)\//
const sources = shippedSources(files).filter(
  ({ path }) => running.test(path) && !path.endsWith('.gen.ts'),
)

const limits: Readonly<Record<string, object>> = {
  carriedBrokerLimits,
  memoryBrokerLimits,
  httpLimits,
  groupCommitLimits,
  consumerLimits,
  leaseLimits,
  logTailLimits,
  relayLimits,
  agendaLimits,
  workspaceLimits,
}

/** What is no maximum: nothing can pass it, or everything. */
function findEndless(all: typeof limits): readonly string[] {
  return Object.entries(all).flatMap(([part, each]) =>
    Object.entries(each).flatMap(([name, value]: [string, unknown]) => {
      if (typeof value === 'object' && value !== null) return findEndless({ [part]: value })
      return Number.isSafeInteger(value) && Number(value) > 0 ? [] : [`${part}: ${name}`]
    }),
  )
}

describe('a maximum', () => {
  it('is filled by a test, wherever there is one', () => {
    const found = findMaxima(sources)

    assert.ok(sources.length > 100 && found.length > 60, `${sources.length} ${found.length}`)
    assert.deepEqual(judgeMaxima(files, found, register), [])
  })

  it('is a number that can be reached', () => {
    assert.deepEqual(findEndless(limits), [])
  })

  it('is judged by a test that sees a new one which nothing fills', () => {
    const path = 'src/log/new.ts'
    const texts = [
      'export const waitingMax = 5\n',
      'const pageMax: number = 5\n',
      'export const newLimits: NewLimits = { retryMs: 5, queueMax: 7 }\n',
      'export const newLimits = {\n  json: { depthMax: 5 },\n  retryMs: 7,\n}\n',
      'export const findLimit = { default: 1, max: 2 } as const\n',
    ]
    const names = texts.flatMap((text) => findMaxima([{ path, text }]).map(({ name }) => name))

    assert.deepEqual(names, [
      'waitingMax',
      'pageMax',
      'newLimits.queueMax',
      'newLimits.depthMax',
      'findLimit.max',
    ])
    const found = [...findMaxima(sources), { path, name: 'waitingMax' }]
    assertSeen(judgeMaxima(files, found, register), /waitingMax is filled by no test/)
  })

  it('is judged by a test that sees a test which is gone, and a maximum which is gone', () => {
    const found = findMaxima(sources)
    const gone = files.filter(({ path }) => path !== 'src/log/group-commit.test.ts')

    assertSeen(judgeMaxima(gone, found, register), /groupCommitLimits.queueMax has no test/)
    assertSeen(judgeMaxima(files, found.slice(1), register), /is not there/)
  })

  it('is judged by a test that sees one which can never be reached', () => {
    for (const queueMax of [Number.POSITIVE_INFINITY, Number.NaN, 0, -1]) {
      assert.deepEqual(findEndless({ queue: { queueMax } }), ['queue: queueMax'])
    }
  })
})

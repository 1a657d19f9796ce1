import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Connection } from '@platformatic/kafka'
import { Cluster } from './cluster.ts'

function createCluster(reports: string[]): Cluster {
  return new Cluster({
    servers: [],
    client: 'test',
    timeoutMs: 1,
    security: {},
    report: (text) => void reports.push(text),
  })
}

describe('a cluster of Kafka', () => {
  it('ends the waiting for an answer that never comes', async () => {
    const reports: string[] = []
    const cluster = createCluster(reports)
    const never = Promise.withResolvers<never>()

    await assert.rejects(cluster.answered(new Connection(), never.promise), {
      code: 'BROKER_UNAVAILABLE',
      message: 'Kafka did not answer within 2 ms.',
    })

    assert.throws(() => cluster.assertReached(), { code: 'BROKER_UNAVAILABLE' })
    assert.deepEqual(reports, ['The connection to Kafka is lost, and being sought.'])
    cluster.close()
  })

  it('keeps nobody waiting for its return once it is closed', async () => {
    const reports: string[] = []
    const cluster = createCluster(reports)
    cluster.failed(new Error('the line is dead'), 'a question')
    const waited = cluster.untilReached()

    cluster.close()

    await waited
    cluster.failed(new Error('the line is dead'), 'a question')
    assert.equal(reports.length, 1)
  })
})

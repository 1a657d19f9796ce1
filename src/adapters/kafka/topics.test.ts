// What the cluster of the other tests does not know: topics that are made by a request, and that say how they were made.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Connection, ResponseError } from '@platformatic/kafka'
import { asFailure } from './failures.ts'
import { kafkaLimits } from './limits.ts'
import { fetchPage, type KafkaTopicOptions, Topics } from './topics.ts'

const kinds = { produce: 0, fetch: 1, createTopics: 19, describeConfigs: 32 } as const
const leader = { host: 'one', port: 9_092, topicId: 'id-1' }
const topic = 'dure.shop.stock.0'

interface Setting {
  /** What a server answers to requests of a kind: a refusal by its number, or an answer. */
  readonly answers?: Readonly<Record<number, number | object>>
  /** The first time that the topic is found: 1 is at once. */
  readonly foundAt?: number
  readonly topics?: KafkaTopicOptions
}

interface Server {
  readonly topics: Topics
  readonly connection: Connection
  /** The texts in the requests that it got, by their kind. */
  readonly requests: Map<number, string>
  readonly looks: () => number
}

function simulate({ answers = {}, foundAt = 1, topics = {} }: Setting = {}): Server {
  const requests = new Map<number, string>()
  let looks = 0
  const respond = async (given: Parameters<Connection['send']>): Promise<void> => {
    const [kind, version, create, , , , callback] = given
    requests.set(kind, (await create()).buffer.toString('latin1'))
    const answer = answers[kind] ?? {}
    const isRefusal = typeof answer === 'number'
    const error = isRefusal ? new ResponseError(kind, version, { '/': [answer, null] }, {}) : null
    callback(error, isRefusal ? undefined : answer)
  }
  const send = (...given: Parameters<Connection['send']>): void => void respond(given)
  // Why the cast: nothing else of a connection is used to ask something.
  const connection = { send } as unknown as Connection
  const ask = async <Answer>(
    what: string,
    asked: (at: Connection) => Promise<Answer>,
  ): Promise<Answer> => {
    try {
      return await asked(connection)
    } catch (error) {
      throw asFailure(error, what)
    }
  }
  const cluster = {
    offers: () => true,
    atSome: ask,
    atController: ask,
    at: <Answer>(_: object, what: string, asked: (at: Connection) => Promise<Answer>) =>
      ask(what, asked),
    async leader() {
      looks += 1
      return looks >= foundAt ? leader : undefined
    },
  }
  const given = { create: true, bytesMax: 1_000, ...topics }
  const options = { timeoutMs: 100, messageBytesMax: 1_000_000, pause: async () => undefined }
  return {
    topics: new Topics({ cluster, topics: given, ...options }),
    connection,
    requests,
    looks: () => looks,
  }
}

function configs(given: Readonly<Record<string, string>>): Setting {
  const list = Object.entries(given).map(([name, value]) => ({ name, value }))
  return { answers: { [kinds.describeConfigs]: { results: [{ configs: list }] } } }
}

describe('topics of Kafka', () => {
  it('are made so that they lose nothing but the oldest, which two servers must have', async () => {
    const { topics, requests } = simulate({ foundAt: 2, topics: { replicas: 3, bytesMax: 777 } })

    const found = await topics.provide(topic)

    const made = requests.get(kinds.createTopics) ?? ''
    assert.deepEqual(found, leader)
    const wanted = [topic, 'cleanup.policy', 'delete', 'retention.ms', '-1', 'retention.bytes']
    for (const text of [...wanted, '777', 'max.message.bytes', '1040000', 'min.insync.replicas'])
      assert.ok(made.includes(text), `${text} is missing`)
  })

  it('are found when somebody else has made them in the same moment', async () => {
    const { topics } = simulate({ foundAt: 2, answers: { [kinds.createTopics]: 36 } })

    assert.deepEqual(await topics.provide(topic), leader)
  })

  it('are looked for until somebody leads them, and not for ever', async () => {
    const { leaderLooksMax } = kafkaLimits
    const soon = simulate({ foundAt: leaderLooksMax })
    const never = simulate({ foundAt: Number.POSITIVE_INFINITY })

    assert.deepEqual(await soon.topics.provide(topic), leader)
    await assert.rejects(never.topics.provide(topic), { code: 'BROKER_UNAVAILABLE' })
    assert.equal(never.looks(), leaderLooksMax + 2)
  })

  it('are refused when they are missing and may not be made', async () => {
    const { topics, requests } = simulate({ foundAt: 2, topics: { create: false } })

    await assert.rejects(topics.provide(topic), {
      code: 'BROKER_UNSUITABLE',
      message: /There is no topic dure\.shop\.stock\.0/,
    })
    assert.equal(requests.size, 0)
  })

  it('are refused when the servers do not let them be made', async () => {
    const { topics } = simulate({ foundAt: 2, answers: { [kinds.createTopics]: 29 } })

    await assert.rejects(topics.provide(topic), {
      code: 'BROKER_UNSUITABLE',
      message: /TOPIC_AUTHORIZATION_FAILED/,
    })
  })

  it('are refused when they remove messages in the middle', async () => {
    const { topics } = simulate(configs({ 'cleanup.policy': 'compact' }))

    await assert.rejects(topics.provide(topic), {
      code: 'BROKER_UNSUITABLE',
      message: /cleanup\.policy is "compact"/,
    })
  })

  it('are refused when they take smaller messages than are sent', async () => {
    const { topics } = simulate(configs({ 'max.message.bytes': '1000' }))

    await assert.rejects(topics.provide(topic), {
      code: 'BROKER_UNSUITABLE',
      message: /takes 1000 bytes at once, and not 1040000/,
    })
  })

  it('are used as somebody else has made them', async () => {
    const suitable = { 'cleanup.policy': 'delete', 'max.message.bytes': '1048588' }
    const { topics, requests } = simulate(configs(suitable))

    assert.deepEqual(await topics.provide(topic), leader)
    assert.equal(requests.has(kinds.createTopics), false)
  })

  it('are used by one who may not look how they were made', async () => {
    const { topics } = simulate({ answers: { [kinds.describeConfigs]: 29 } })

    assert.deepEqual(await topics.provide(topic), leader)
  })

  it('say what to do when they take a message for too large', async () => {
    const { topics } = simulate({ answers: { [kinds.produce]: 10 } })

    await assert.rejects(topics.append(leader, topic, [{ value: Buffer.from('{}') }]), {
      code: 'BROKER_UNSUITABLE',
      message: /Raise its max\.message\.bytes, or lower messageBytesMax/,
    })
  })

  it('are asked again when too few servers have a message', async () => {
    const { topics } = simulate({ answers: { [kinds.produce]: 19 } })

    await assert.rejects(topics.append(leader, topic, [{ value: Buffer.from('{}') }]), {
      code: 'BROKER_UNAVAILABLE',
      message: /NOT_ENOUGH_REPLICAS/,
    })
  })

  it('are asked for no more than fetchedBytesMax at once', async () => {
    const { connection, requests } = simulate({ answers: { [kinds.fetch]: { responses: [] } } })

    const page = await fetchPage(connection, { topic, offset: 7, waitMs: 0 })

    const wanted = Buffer.alloc(4)
    wanted.writeInt32BE(kafkaLimits.fetchedBytesMax)
    assert.deepEqual(page, { records: [], next: 7 })
    assert.ok(requests.get(kinds.fetch)?.includes(wanted.toString('latin1')))
  })

  it('are read past what only servers and transactions know', async () => {
    const record = { offsetDelta: 0, key: null, value: Buffer.from('a'), headers: [] }
    const batch = { firstOffset: 8n, lastOffsetDelta: 1, attributes: 0, records: [record] }
    const marks = { firstOffset: 10n, lastOffsetDelta: 0, attributes: 0x20, records: [record] }
    const partitions = [{ records: [batch, marks] }]
    const { connection } = simulate({ answers: { [kinds.fetch]: { responses: [{ partitions }] } } })

    const { records, next } = await fetchPage(connection, { topic, offset: 7, waitMs: 0 })

    assert.deepEqual([records.map(({ offset }) => offset), next], [[8], 11])
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseKafkaUrl, parseServers } from './place.ts'

describe('the address of Kafka', () => {
  it('names some servers', () => {
    assert.deepEqual(parseKafkaUrl('kafka://one:9092,two:9093'), { servers: 'one:9092,two:9093' })
    assert.deepEqual(parseServers('one:9093, two,[::1]:9094'), [
      { host: 'one', port: 9093 },
      { host: 'two', port: 9092 },
      { host: '::1', port: 9094 },
    ])
  })

  it('says who connects, and how that is proved', () => {
    assert.deepEqual(parseKafkaUrl('kafka://ann:p%40ss@one'), {
      servers: 'one',
      sasl: { mechanism: 'SCRAM-SHA-512', username: 'ann', password: 'p@ss' },
    })
    assert.deepEqual(parseKafkaUrl('kafkas://ann:secret@one:9094/?mechanism=PLAIN'), {
      servers: 'one:9094',
      tls: {},
      sasl: { mechanism: 'PLAIN', username: 'ann', password: 'secret' },
    })
  })

  it('is refused when a password would go over the network as it is', () => {
    assert.throws(() => parseKafkaUrl('kafka://ann:secret@one?mechanism=PLAIN'), {
      code: 'CONFIG_INVALID',
      message: /PLAIN sends the password as it is/,
    })
  })

  const unreadable = [
    'one:9092',
    'amqp://one',
    'kafka://',
    'kafka://one:0',
    'kafka://one:65536',
    'kafka://one,,two',
    'kafka://one:9092/path',
    'kafka://ann:%zz@one',
    'kafka://ann:secret@one?mechanism=MD5',
  ]
  for (const text of unreadable) {
    it(`is refused as ${text}, without saying it`, () => {
      assert.throws(
        () => parseKafkaUrl(text),
        (error: Error & { readonly code?: string }) =>
          error.code === 'CONFIG_INVALID' && !error.message.includes('secret'),
      )
    })
  }
})

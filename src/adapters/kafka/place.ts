// Where a Kafka cluster is, as one text: kafka://user:password@one:9092,two:9092
import type { ConnectionOptions } from '@platformatic/kafka'
import { DureError } from '../../language/errors.ts'
import type { Address } from './cluster.ts'

/** The options of a carrier that an address says. */
export interface KafkaPlace {
  readonly servers: string
  readonly tls?: ConnectionOptions['tls']
  readonly sasl?: ConnectionOptions['sasl']
}

const defaultPort = 9_092
const portMax = 65_535
const mechanisms = ['SCRAM-SHA-512', 'SCRAM-SHA-256', 'PLAIN'] as const

/** `user:password@` and `?mechanism=` may be left out; `kafkas` is Kafka over TLS. */
const shape = /^(kafkas?):\/\/(?:([^:@/]*):([^@/]*)@)?([^@/?]+)\/?(?:\?mechanism=([A-Z0-9-]+))?$/

/**
 * Reads an address such as "kafkas://user:password@one:9092,two:9092?mechanism=SCRAM-SHA-256". Credentials are proved by
 * SCRAM-SHA-512 unless it names another mechanism.
 *
 * @throws `CONFIG_INVALID` when it is none, and when it would send a password that anybody on the way can read.
 */
export function parseKafkaUrl(text: string): KafkaPlace {
  const [, scheme, user, password = '', servers = '', named] = shape.exec(text) ?? []
  if (scheme === undefined) throw unreadable()
  parseServers(servers)
  const tls = scheme === 'kafkas' ? { tls: {} } : {}
  if (user === undefined) return { servers, ...tls }
  const mechanism = mechanisms.find((each) => each === (named ?? mechanisms[0]))
  if (mechanism === undefined) throw unreadable()
  if (mechanism === 'PLAIN' && scheme === 'kafka')
    throw invalid('PLAIN sends the password as it is. Use kafkas://, or another mechanism')
  return { servers, ...tls, sasl: { mechanism, username: plain(user), password: plain(password) } }
}

/** Reads "one:9092,two"; a port that is not said is 9092. */
export function parseServers(text: string): readonly Address[] {
  return text.split(',').map((each) => {
    const [, host, port] = /^\s*(\[[0-9a-fA-F:]+\]|[^\s:[\]]+)(?::(\d+))?\s*$/.exec(each) ?? []
    const number = port === undefined ? defaultPort : Number(port)
    if (host === undefined || number < 1 || number > portMax) throw unreadable()
    return { host: host.replace(/^\[|\]$/g, ''), port: number }
  })
}

/** A text with its %-signs resolved. */
function plain(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A sign that stands for nothing.
    throw unreadable()
  }
}

function unreadable(): DureError {
  const known = mechanisms.join(', ')
  return invalid(
    `the address of Kafka cannot be read. Write kafka://one:9092,two:9092, or kafkas:// for TLS, with user:password@ and ?mechanism= one of ${known}`,
  )
}

function invalid(problem: string): DureError {
  return new DureError('CONFIG_INVALID', `The configuration cannot be used: ${problem}.`)
}

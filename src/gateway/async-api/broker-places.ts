// Where messages lie for each of the things that can carry them: the names that their adapters use.
import type { JsonSchema } from '../json-schema.ts'

/** What carries messages between the processes of a system: `feeds` is HTTP and no broker. */
export type BrokerName = 'feeds' | 'nats' | 'rabbitmq' | 'kafka'

/** All of them, as a user names them. */
export const brokerNames: readonly BrokerName[] = ['feeds', 'nats', 'rabbitmq', 'kafka']

export interface BrokerPlaces {
  readonly protocol: string
  /** Where the log of a service lies; `{partition}` stands for one of its partitions, `{type}` for that of a message. */
  readonly log: (service: string) => string
  /** Where requests to publish a log again are heard; undefined where nothing is lost between the two. */
  readonly rewind: (service: string) => string | undefined
  readonly channelBindings: (what: 'log' | 'rewind') => JsonSchema | undefined
  readonly operationBindings: JsonSchema | undefined
  /** What the message of a request to publish again has beside its data. */
  readonly rewindBindings?: JsonSchema
  /** Whether messages have the headers of Dure. */
  readonly hasHeaders: boolean
}

/** The places of a system; its names begin with `prefix`. */
export function placesOf(broker: BrokerName, prefix: string, system: string): BrokerPlaces {
  return makers[broker](`${prefix}.${system}`)
}

const partition = '{partition}'

const makers: Readonly<Record<BrokerName, (root: string) => BrokerPlaces>> = {
  feeds: () => ({
    protocol: 'http',
    log: () => '/dure/v1/feed',
    rewind: () => undefined,
    channelBindings: () => undefined,
    operationBindings: { http: { method: 'POST', bindingVersion: '0.3.0' } },
    hasHeaders: false,
  }),
  nats: (root) => ({
    protocol: 'nats',
    log: (service) => `${root}.${service}.${partition}.{type}`,
    rewind: (service) => `${root}.rewind.${service}.${partition}`,
    channelBindings: () => undefined,
    operationBindings: undefined,
    hasHeaders: true,
  }),
  rabbitmq: (root) => ({
    protocol: 'amqp',
    log: (service) => `${service}.${partition}.{type}`,
    rewind: (service) => `${service}.${partition}`,
    channelBindings: (what) => amqpBinding(what === 'log' ? root : `${root}.rewind`),
    operationBindings: undefined,
    hasHeaders: true,
  }),
  kafka: (root) => ({
    protocol: 'kafka',
    log: (service) => `${root}.${service}.${partition}`,
    rewind: () => `${root}.rewind`,
    // Each partition of a log has a topic of its own.
    channelBindings: () => ({ kafka: { partitions: 1, bindingVersion: '0.5.0' } }),
    operationBindings: undefined,
    rewindBindings: { kafka: { key: rewindKey, bindingVersion: '0.5.0' } },
    hasHeaders: true,
  }),
}

const rewindKey: JsonSchema = {
  type: 'string',
  description: 'Whose log, and which partition of it: the service, a dot, the partition.',
}

function amqpBinding(exchange: string): JsonSchema {
  const facts = { name: exchange, type: 'topic', durable: true, autoDelete: false }
  return { amqp: { is: 'routingKey', exchange: facts, bindingVersion: '0.3.0' } }
}

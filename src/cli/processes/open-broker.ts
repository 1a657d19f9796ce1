import { DureError } from '../../language/errors.ts'
import type { Broker } from '../../messaging/broker.port.ts'
import { carriedBroker } from '../../messaging/carried/carried-broker.ts'
import type { Carrier } from '../../messaging/carried/carrier.port.ts'
import type { Clock, RuntimeReport } from '../../runtime/index.ts'
import type { Settings } from '../config/settings.ts'
import { importClient } from './import-client.ts'

export interface BrokerRequest {
  readonly settings: Pick<Settings, 'broker' | 'brokerUrl'>
  readonly system: string
  readonly clock: Clock
  readonly report: (report: RuntimeReport) => void
}

/**
 * Connects to the broker that the configuration names. Undefined: services follow each other's logs.
 *
 * @throws `CONFIG_INVALID`; `BROKER_UNAVAILABLE` when it cannot be reached.
 */
export async function openBroker(request: BrokerRequest): Promise<Broker | undefined> {
  const { settings, clock, report } = request
  if (settings.broker === 'feeds') return undefined
  const onFailure = (message: string): void => report({ level: 'warn', message })
  const carrier = await openCarrier(request, onFailure)
  return carriedBroker({ carrier, clock, onFailure })
}

async function openCarrier(
  { settings: { broker, brokerUrl }, system }: BrokerRequest,
  report: (message: string) => void,
): Promise<Carrier> {
  if (brokerUrl === undefined) {
    throw new DureError(
      'CONFIG_INVALID',
      `The configuration cannot be used: "broker" is ${broker}, and DURE_BROKER_URL does not say where it is. Set it, or DURE_BROKER_URL_FILE to a file that holds it.`,
    )
  }
  if (broker === 'nats') {
    const { natsCarrier } = await importClient(
      '"broker": "nats"',
      '@nats-io/transport-node',
      () => import('../../adapters/nats/index.ts'),
    )
    return natsCarrier({ ...natsPlace(brokerUrl), system, report })
  }
  if (broker === 'kafka') {
    const { kafkaCarrier, parseKafkaUrl } = await importClient(
      '"broker": "kafka"',
      '@platformatic/kafka',
      () => import('../../adapters/kafka/index.ts'),
    )
    return kafkaCarrier({ ...parseKafkaUrl(brokerUrl), system, report })
  }
  const { rabbitCarrier } = await importClient(
    '"broker": "rabbitmq"',
    'amqplib',
    () => import('../../adapters/rabbitmq/index.ts'),
  )
  return rabbitCarrier({ url: brokerUrl, system, report })
}

/** `nats://user:password@host:4222`, or `nats://token@host:4222`. */
function natsPlace(text: string) {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url) {
    throw new DureError(
      'CONFIG_INVALID',
      'The configuration cannot be used: DURE_BROKER_URL cannot be read. Write nats://user:password@host:4222.',
    )
  }
  const servers = `${url.protocol}//${url.host}`
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)]
  if (user === '') return { servers }
  return password === '' ? { servers, token: user } : { servers, user, password }
}

// A Kafka cluster for one test file, simulated by librdkafka inside of kcat: several brokers on loopback, which keep
// everything in memory, 5 MB of each topic. They know no requests that make topics: each is made when it is asked for.
import { findKcat, kafkaVariable } from '../../tools/servers/kafka.ts'
import { openKafkaFront } from './kafka-front.ts'
import { type ServerProcess, startServer } from './server-process.ts'

export interface KafkaCluster extends AsyncDisposable {
  readonly url: string
  /** What a carrier has to know of it. */
  readonly limits: { readonly waitMs?: number; readonly messageBytesMax?: number }
}

/** A cluster that the test may break. */
export interface PrivateKafka extends KafkaCluster {
  /** Ends it as a power cut would. What it has kept is gone. */
  crash(): Promise<void>
  /** Starts it again, at the same ports, with nothing in it. */
  start(): Promise<void>
  /** Ends all connections, and takes none until `mend`. */
  cut(): void
  mend(): void
  freeze(): void
  thaw(): void
}

/** Why tests that need a Kafka cluster cannot run; `false` when they can. For the `skip` of a test. */
export function whyNoKafka(): string | false {
  if (process.env[kafkaVariable] !== undefined) return false
  return whyNoPrivateKafka()
}

/** Why tests that break their Kafka cluster cannot run; `false` when they can. */
export function whyNoPrivateKafka(): string | false {
  return findKcat() === undefined
    ? `no Kafka: install kcat, or name a cluster in ${kafkaVariable}`
    : false
}

const brokers = 3
/**
 * The simulation answers a request for records only when the whole wait is over, also when some come meanwhile; and what
 * it keeps of a topic is less than twenty messages of the usual size.
 */
const limits = { waitMs: 20, messageBytesMax: 200_000 } as const

/** The cluster that the environment names, or else a private one. */
export async function openKafka(): Promise<KafkaCluster> {
  const url = process.env[kafkaVariable]
  if (url !== undefined) return { url, limits: {}, [Symbol.asyncDispose]: async () => undefined }
  const server = await begin()
  return {
    url: urlOf(portsOf(server)),
    limits,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** Starts a cluster of this test alone. */
export async function startKafka(): Promise<PrivateKafka> {
  const front = await openKafkaFront(brokers)
  let server = await begin()
  front.lead(portsOf(server))
  return {
    url: urlOf(front.ports),
    limits,
    crash: () => server.end('SIGKILL'),
    async start() {
      server = await begin()
      front.lead(portsOf(server))
    },
    cut: () => front.cut(),
    mend: () => front.lead(portsOf(server)),
    freeze: () => server.freeze(),
    thaw: () => server.thaw(),
    async [Symbol.asyncDispose]() {
      server.thaw()
      await server.end('SIGKILL')
      await front[Symbol.asyncDispose]()
    },
  }
}

function begin(): Promise<ServerProcess> {
  const cluster = ['-X', `test.mock.num.brokers=${brokers}`, '-X', 'fetch.wait.max.ms=100']
  return startServer({
    file: findKcat() ?? 'kcat',
    // It reads a topic of its own cluster, where nothing comes: so it runs until it is ended. While it looks for that topic
    // it must not stand still for as long as `-m` says, in seconds: it would end itself.
    args: ['-C', '-E', '-m', '86400', '-b', 'simulated', '-t', 'idle', ...cluster],
    isReady: (line) => line.includes('Reached end of topic idle'),
  })
}

function portsOf(server: ServerProcess): readonly number[] {
  const [, addresses = ''] = /replaced with (\S+)/.exec(server.printed()) ?? []
  return addresses.split(',').map((each) => Number(each.split(':').at(-1)))
}

function urlOf(ports: readonly number[]): string {
  return `kafka://${ports.map((port) => `127.0.0.1:${port}`).join(',')}`
}

// Everything that can be set, in one table: what it is called in the file and in the environment, what it may be, and
// what it is when nobody says.
import { asChoice, asInteger, asPeers, asReplicas, asText, type Read } from './read-setting.ts'

export interface Setting<Value> {
  readonly variable: string
  readonly summary: string
  readonly read: Read<Value>
  /** What it is when nobody says; absent: nothing. */
  readonly otherwise?: Value
  /** Never printed, and not taken from the file. Its variable with `_FILE` names a file that holds it. */
  readonly isSecret?: true
}

/** Keeps what is known of the facts, so that a setting with a value of its own is never undefined. */
function setting<const Facts extends Omit<Setting<unknown>, 'variable' | 'summary'>>(
  variable: string,
  summary: string,
  facts: Facts,
): Facts & Pick<Setting<unknown>, 'variable' | 'summary'> {
  return { variable, summary, ...facts }
}

const portMax = 65_535
const stalenessMsMax = 3_600_000
export const partitionsMax = 256

/** All settings, by the names that they have in the file. */
export const settings = {
  data: setting('DURE_DATA', 'folder of the data', { read: asText, otherwise: '.dure' }),
  port: setting('PORT', 'port of the gateway; 0 is any that is free', {
    read: asInteger(0, portMax),
    otherwise: 8080,
  }),
  host: setting('DURE_HOST', 'address of the gateway; by default only this machine reaches it', {
    read: asText,
    otherwise: '127.0.0.1',
  }),
  partitions: setting('DURE_PARTITIONS', 'partitions of a log that is made anew', {
    read: asInteger(1, partitionsMax),
    otherwise: 1,
  }),
  store: setting('DURE_STORE', 'where services store what they have: sqlite or postgres', {
    read: asChoice('sqlite', 'postgres'),
    otherwise: 'sqlite' as const,
  }),
  postgresUrl: setting(
    'DURE_POSTGRES_URL',
    'where the stores are: postgres://user:password@host/db',
    {
      read: asText,
      isSecret: true,
    },
  ),
  relay: setting(
    'DURE_RELAY',
    'how a log in Postgres is read to be passed on: polling or tailing',
    {
      read: asChoice('polling', 'tailing'),
      otherwise: 'polling' as const,
    },
  ),
  postgresTailUrl: setting(
    'DURE_POSTGRES_TAIL_URL',
    'the same database, as a user who may replicate; for "relay": "tailing"',
    {
      read: asText,
      isSecret: true,
    },
  ),
  postgresReadUrl: setting(
    'DURE_POSTGRES_READ_URL',
    'a standby of that server: queries read views there that follow a log',
    {
      read: asText,
      isSecret: true,
    },
  ),
  postgresReadStalenessMs: setting(
    'DURE_POSTGRES_READ_STALENESS_MS',
    'how far that standby may be behind, in milliseconds; later views are read from the server',
    { read: asInteger(1, stalenessMsMax), otherwise: 5_000 },
  ),
  durability: setting('DURE_DURABILITY', 'relaxed: a server may lose what it has answered', {
    read: asChoice('required', 'relaxed'),
    otherwise: 'required' as const,
  }),
  broker: setting(
    'DURE_BROKER',
    'what carries messages between processes: feeds, nats, rabbitmq or kafka',
    {
      read: asChoice('feeds', 'nats', 'rabbitmq', 'kafka'),
      otherwise: 'feeds' as const,
    },
  ),
  brokerUrl: setting(
    'DURE_BROKER_URL',
    'where the broker is: nats://host:4222, amqp://user:password@host, kafka://one:9092,two:9092',
    {
      read: asText,
      isSecret: true,
    },
  ),
  replicas: setting('DURE_REPLICAS', 'processes of each service: order=2,stock=1..4,gateway=2', {
    read: asReplicas,
    otherwise: {},
  }),
  peerHost: setting('DURE_PEER_HOST', 'address at which other processes ask this one', {
    read: asText,
    otherwise: '127.0.0.1',
  }),
  peerPort: setting('DURE_PEER_PORT', 'port at which other processes ask this one; 0 is any', {
    read: asInteger(0, portMax),
    otherwise: 0,
  }),
  peerAddress: setting('DURE_PEER_ADDRESS', 'what others are told to reach this process', {
    read: asText,
  }),
  peers: setting(
    'DURE_PEERS',
    'where other services are: order=http://one:7070|http://two:7070,stock=http://three:7070',
    { read: asPeers, otherwise: {} },
  ),
  peerSecret: setting(
    'DURE_PEER_SECRET',
    'what processes prove to each other that they belong together',
    {
      read: asText,
      isSecret: true,
    },
  ),
} as const

export type SettingName = keyof typeof settings

/** The value of a setting: what it is without a word, or undefined. */
type ValueOf<Of> = Of extends { readonly read: Read<infer Value> }
  ? Of extends { readonly otherwise: unknown }
    ? Value
    : Value | undefined
  : never

/** The whole configuration. */
export type Settings = { readonly [Name in SettingName]: ValueOf<(typeof settings)[Name]> }

import { createHash } from 'node:crypto'
import { assertName } from '../../language/contract.ts'
import { assertThat, DureError } from '../../language/errors.ts'
import type { StoreProvider } from '../../log/store.port.ts'
import { clientConfig, type PostgresLimits, postgresLimits, withClient } from './connections.ts'
import { createHints, type Hints } from './hints.ts'
import { migrate, quoteName, type RolePlan, type StoreFacts } from './migrate.ts'
import { openStore, type OpenStoreOptions } from './open-store.ts'
import { chunkPositionsUsual } from './schema.ts'
import { assertLogical, assertMayReplicate, readDurability } from './server-settings.ts'
import {
  type StandbyLimits,
  type StandbyReport,
  type StandbyWatch,
  standbyLimits,
  watchStandby,
} from './standby/watch-standby.ts'
import { storeError } from './store-error.ts'
import { type TailingLimits, tailingLimits } from './tailing/follow-log.ts'

/** A URL for all services, or one for each. */
export type UrlOfService = string | ((service: string) => string)

export interface PostgresStoresOptions {
  /** Where a service works: `postgres://user:password@host:5432/database`. */
  readonly url: UrlOfService
  /**
   * Where schemas are made: of a user who may make them in the same database. With it the user of `url` gets the
   * rights of the service and no more. Without it, the user of `url` makes the schemas.
   */
  readonly ownerUrl?: UrlOfService
  /** What the names of schemas begin with: `dure` without it. */
  readonly prefix?: string
  /**
   * Whether statements run as a role of the service's own, which sees its schema only. `'own'` by default, where there
   * is no `ownerUrl`: the role is made and taken on. `'none'`: they run as the user of the URL.
   */
  readonly role?: 'own' | 'none'
  /** `'relaxed'` takes a server that may lose what it has answered: for development and tests. */
  readonly durability?: 'required' | 'relaxed'
  readonly limits?: Partial<PostgresLimits>
  /**
   * How the log is read to be passed on: `'polling'` asks for what is new; with `'tailing'` the server sends it, by
   * logical replication, and has to run with `wal_level = logical`. `'polling'` by default.
   */
  readonly relay?: 'polling' | 'tailing'
  /** Where the log is tailed: of a user who may replicate. The user of `url` without it. */
  readonly tailUrl?: UrlOfService
  readonly tailing?: Partial<TailingLimits>
  /**
   * A standby of the same server: queries read views that follow a log there, while it is behind by no more than
   * `standby.stalenessMsMax`, and from the primary else. Everything else is read from the primary.
   */
  readonly readUrl?: UrlOfService
  readonly standby?: Partial<StandbyLimits>
  /** Told who answers such reads, whenever that changes, and why. */
  readonly onStandby?: StandbyReport
  /** Positions of one chunk of a log that is made; a million without it. */
  readonly chunkPositions?: number
  /** Makes the ids of incarnations; random ones without it. */
  readonly newId?: () => string
}

/** The longest name that Postgres keeps whole. */
const nameBytesMax = 63
const migrateMs = 60_000
const partitionsMax = 1_024

/**
 * Keeps each service in a schema of its own, in a database of a Postgres server.
 *
 * A store may be open in several processes: their batches follow one another, and no reader skips what is committed.
 * With a URL for each service, each may have its own database or server.
 */
export function postgresStores(options: PostgresStoresOptions): StoreProvider {
  const { prefix = 'dure', chunkPositions = chunkPositionsUsual } = options
  const limits = { ...postgresLimits, ...options.limits }
  const isTailed = options.relay === 'tailing'
  const newId = options.newId ?? ((): string => crypto.randomUUID())
  const ownerConfig = (service: string): Parameters<typeof withClient>[0] =>
    clientConfig({
      url: urlOf(options.ownerUrl ?? options.url, service),
      name: 'dure migrate',
      statementMs: migrateMs,
      limits,
    })
  const hintsOf = hintsByUrl(limits)
  const standbyOf = standbysByUrl(options, limits)

  return {
    async open(service, { partitions }) {
      const isCount = Number.isSafeInteger(partitions) && partitions > 0
      assertThat(
        isCount && partitions <= partitionsMax,
        `A log cannot have ${partitions} partitions.`,
      )
      const schema = schemaOf(prefix, service)
      const role = roleOf(options, service, schema)
      const url = urlOf(options.url, service)
      const tailing = isTailed ? await planTailing(options, { service, schema, limits }) : undefined
      const { facts, isDurable } = await withOwner(
        service,
        ownerConfig(service),
        async (client) => {
          const isRequired = options.durability !== 'relaxed'
          const isDurable = await readDurability(client, { service, isRequired })
          if (isTailed) await assertLogical(client, service)
          const plan = { service, schema, role, partitions, chunkPositions, newId, isTailed }
          return { facts: await migrate(client, plan), isDurable }
        },
      )
      assertPartitions(service, facts, partitions)
      return openStore({
        service,
        facts,
        isDurable,
        limits,
        schema: quoteName(schema),
        url,
        tailing,
        standby: standbyOf(service, url),
        hints: hintsOf(url),
        role: role?.isMade ? role.name : undefined,
      })
    },
    async erase(service) {
      const schema = quoteName(schemaOf(prefix, service))
      await withOwner(service, ownerConfig(service), async (client) => {
        await client.query(
          `DROP SCHEMA IF EXISTS ${schema} CASCADE; DROP PUBLICATION IF EXISTS ${schema}`,
        )
      })
    },
  }
}

/** One connection for each database listens for the hints of all its services. */
function hintsByUrl(limits: PostgresLimits): (url: string) => Hints {
  const hints = new Map<string, Hints>()
  return (url) => {
    const known = hints.get(url)
    if (known) return known
    const config = clientConfig({ url, name: 'dure hints', statementMs: limits.readMs, limits })
    const made = createHints(config)
    hints.set(url, made)
    return made
  }
}

/** What watches one standby of one primary does so for all services there. */
function standbysByUrl(
  { readUrl, standby, onStandby = () => undefined }: PostgresStoresOptions,
  connections: PostgresLimits,
): (service: string, primaryUrl: string) => OpenStoreOptions['standby'] {
  const watches = new Map<string, StandbyWatch>()
  const limits = { ...standbyLimits, ...standby }
  return (service, primaryUrl) => {
    if (readUrl === undefined) return undefined
    const url = urlOf(readUrl, service)
    const key = JSON.stringify([primaryUrl, url])
    const known = watches.get(key)
    const options = { primaryUrl, standbyUrl: url, limits, connections, report: onStandby }
    const watch = known ?? watchStandby(options)
    watches.set(key, watch)
    return { url, watch, limits }
  }
}

/** How a log is tailed, when its user may. */
async function planTailing(
  options: PostgresStoresOptions,
  {
    service,
    schema,
    limits,
  }: { readonly service: string; readonly schema: string; readonly limits: PostgresLimits },
): Promise<OpenStoreOptions['tailing']> {
  const url = urlOf(options.tailUrl ?? options.url, service)
  const config = clientConfig({
    url,
    name: 'dure tailing',
    statementMs: 0,
    limits,
    // A slot is made when transactions that are open have ended.
    settings: { lock_timeout: '0' },
  })
  await withOwner(service, config, (client) => assertMayReplicate(client, service))
  return { publication: schema, config, limits: { ...tailingLimits, ...options.tailing } }
}

async function withOwner<T>(
  service: string,
  config: Parameters<typeof withClient>[0],
  work: Parameters<typeof withClient<T>>[1],
): Promise<T> {
  try {
    return await withClient(config, work)
  } catch (thrown) {
    throw storeError(thrown, service)
  }
}

function schemaOf(prefix: string, service: string): string {
  assertName('service', service)
  const name = `${prefix}_${service}`
  if (Buffer.byteLength(name) <= nameBytesMax) return name
  const digest = createHash('sha256').update(service).digest('hex').slice(0, 12)
  return `${name.slice(0, nameBytesMax - digest.length - 1)}_${digest}`
}

function urlOf(url: UrlOfService, service: string): string {
  const text = typeof url === 'string' ? url : url(service)
  // Trap: the error of the parser has the whole text in it, with the password.
  if (URL.canParse(text) && /^postgres(?:ql)?:$/.test(new URL(text).protocol)) return text
  throw new DureError(
    'STORE_UNAVAILABLE',
    `The URL of the database of "${service}" cannot be read. Write postgres://user:password@host:port/database.`,
    { details: { service } },
  )
}

function roleOf(
  { url, ownerUrl, role }: PostgresStoresOptions,
  service: string,
  schema: string,
): RolePlan | undefined {
  if (ownerUrl !== undefined) {
    const name = decodeURIComponent(new URL(urlOf(url, service)).username)
    return { name, isMade: false }
  }
  return role === 'none' ? undefined : { name: schema, isMade: true }
}

function assertPartitions(service: string, { partitions }: StoreFacts, asked: number): void {
  if (partitions === asked) return
  throw new DureError(
    'STORE_UNAVAILABLE',
    `The log of "${service}" has ${partitions} partitions, not ${asked}. Open it with ${partitions}, or erase it first.`,
    { details: { service, stored: partitions, asked } },
  )
}

import { openDataFolder } from '../../adapters/node/index.ts'
import { sqliteStores } from '../../adapters/sqlite/index.ts'
import { DureError } from '../../language/errors.ts'
import type { StoreProvider } from '../../log/store.port.ts'
import type { Clock, RuntimeReport } from '../../runtime/index.ts'
import type { Settings } from '../config/settings.ts'
import { importClient } from './import-client.ts'

/** What a configuration says of stores. */
export type StoreSettings = Pick<
  Settings,
  | 'data'
  | 'store'
  | 'postgresUrl'
  | 'durability'
  | 'relay'
  | 'postgresTailUrl'
  | 'postgresReadUrl'
  | 'postgresReadStalenessMs'
>

export interface StoresRequest {
  readonly settings: StoreSettings
  readonly system: string
  readonly clock: Clock
  readonly report: (report: RuntimeReport) => void
}

/**
 * Opens the stores of a system where the configuration says: a SQLite file for each service, or a schema in Postgres.
 *
 * @throws `CONFIG_INVALID`, `STORE_*` when they cannot be opened.
 */
export async function openStores({
  settings,
  system,
  clock,
  report,
}: StoresRequest): Promise<StoreProvider> {
  const { data, store, postgresUrl, durability, relay } = settings
  const { postgresTailUrl, postgresReadUrl, postgresReadStalenessMs } = settings
  if (store === 'sqlite' && relay === 'tailing') throw untailable()
  if (store === 'sqlite' && postgresReadUrl !== undefined) throw withoutStandby()
  openDataFolder(data, system)
  const newId = (): string => clock.newId()
  if (store === 'sqlite') return sqliteStores({ folder: data, newId })
  const { postgresStores } = await importClient(
    '"store": "postgres"',
    'pg',
    () => import('../../adapters/postgres/index.ts'),
  )
  const url = postgresUrl ?? missingUrl()
  return postgresStores({
    url: () => url,
    ...(postgresTailUrl !== undefined && { tailUrl: () => postgresTailUrl }),
    ...(postgresReadUrl !== undefined && { readUrl: () => postgresReadUrl }),
    standby: { stalenessMsMax: postgresReadStalenessMs },
    onStandby: (level, message) => report({ level, message }),
    prefix: prefixOf(system),
    durability,
    relay,
    newId,
  })
}

function untailable(): DureError {
  return new DureError(
    'CONFIG_INVALID',
    'The configuration cannot be used: "relay" is tailing, and "store" is sqlite, whose log nobody sends. Choose "store": "postgres", or "relay": "polling".',
  )
}

function withoutStandby(): DureError {
  return new DureError(
    'CONFIG_INVALID',
    'The configuration cannot be used: DURE_POSTGRES_READ_URL names a standby, and "store" is sqlite, which has none. Choose "store": "postgres", or leave it out.',
  )
}

function missingUrl(): never {
  throw new DureError(
    'CONFIG_INVALID',
    'The configuration cannot be used: "store" is postgres, and DURE_POSTGRES_URL does not say where it is. Set it, or DURE_POSTGRES_URL_FILE to a file that holds it.',
  )
}

/** Schemas of two systems in one database do not meet. */
function prefixOf(system: string): string {
  return system.replaceAll(/[^a-z0-9]+/gi, '_').toLowerCase()
}

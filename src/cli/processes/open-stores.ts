import { openDataFolder } from '../../adapters/node/index.ts'
import { sqliteStores } from '../../adapters/sqlite/index.ts'
import { DureError } from '../../language/errors.ts'
import type { StoreProvider } from '../../log/store.port.ts'
import type { Clock } from '../../runtime/index.ts'
import type { Settings } from '../config/settings.ts'
import { importClient } from './import-client.ts'

/** What a configuration says of stores. */
export type StoreSettings = Pick<Settings, 'data' | 'store' | 'postgresUrl' | 'durability'>

/**
 * Opens the stores of a system where the configuration says: a SQLite file for each service, or a schema in Postgres.
 *
 * @throws `CONFIG_INVALID`, `STORE_*` when they cannot be opened.
 */
export async function openStores(
  { data, store, postgresUrl, durability }: StoreSettings,
  system: string,
  clock: Clock,
): Promise<StoreProvider> {
  openDataFolder(data, system)
  const newId = (): string => clock.newId()
  if (store === 'sqlite') return sqliteStores({ folder: data, newId })
  const { postgresStores } = await importClient(
    '"store": "postgres"',
    'pg',
    () => import('../../adapters/postgres/index.ts'),
  )
  const url = postgresUrl ?? missingUrl()
  return postgresStores({ url: () => url, prefix: prefixOf(system), durability, newId })
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

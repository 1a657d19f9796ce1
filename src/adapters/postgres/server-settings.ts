import type pg from 'pg'
import { DureError } from '../../language/errors.ts'

/** Settings without which an answered commit may be lost, and the values with which it is not. */
const durableSettings: ReadonlyMap<string, readonly string[]> = new Map([
  ['fsync', ['on']],
  ['full_page_writes', ['on']],
  ['synchronous_commit', ['on', 'local', 'remote_write', 'remote_apply']],
])

/** The oldest version of the server that is tested. */
const oldestVersion = 15

/**
 * Looks whether the server keeps what it answers, and is one that this code knows.
 *
 * @throws `STORE_UNAVAILABLE` when it is too old, not in UTF-8, or keeps commits loosely although it must not.
 */
export async function readDurability(
  client: pg.Client,
  { service, isRequired }: { readonly service: string; readonly isRequired: boolean },
): Promise<boolean> {
  const { rows } = await client.query<{ readonly name: string; readonly setting: string }>(
    `SELECT name, setting FROM pg_settings
     WHERE name IN ('server_version_num', 'server_encoding', 'fsync', 'full_page_writes', 'synchronous_commit')`,
  )
  const settings = new Map(rows.map(({ name, setting }) => [name, setting]))
  const version = Math.floor(Number(settings.get('server_version_num')) / 10_000)
  if (version < oldestVersion)
    throw unusable(service, `is Postgres ${version}; ${oldestVersion} or newer is needed`)
  const encoding = settings.get('server_encoding')
  if (encoding !== 'UTF8') throw unusable(service, `is encoded in ${encoding}; UTF8 is needed`)
  const loose = [...durableSettings].filter(
    ([name, values]) => !values.includes(settings.get(name) ?? ''),
  )
  const [first] = loose
  if (first === undefined) return true
  if (!isRequired) return false
  const [name] = first
  throw unusable(
    service,
    `has ${name} = ${settings.get(name)}: commits that were answered could be lost. Set it to "on"; only in development, and in tests, durability 'relaxed' takes it as it is`,
  )
}

/**
 * Looks whether the server writes what a log is tailed from, and sends nothing that it may lose.
 *
 * @throws `STORE_UNAVAILABLE` when it does not.
 */
export async function assertLogical(client: pg.Client, service: string): Promise<void> {
  const { rows } = await client.query<{ readonly level: string; readonly standbys: string }>(
    `SELECT current_setting('wal_level') AS level,
      current_setting('synchronous_standby_names') AS standbys`,
  )
  const { level, standbys } = rows[0] ?? {}
  if (level !== 'logical') {
    throw unusable(
      service,
      `has wal_level = ${level}, and its log cannot be tailed: set wal_level = logical and restart the server, or choose "relay": "polling"`,
    )
  }
  if (standbys !== '') throw unusable(service, waitsForStandbys)
}

/** Why the log of a server is not tailed that waits for standbys before it answers. */
export const waitsForStandbys =
  'has synchronous_standby_names set, and would send what its standbys do not have yet: choose "relay": "polling"'

/**
 * Looks whether the user of a connection may tail a log.
 *
 * @throws `STORE_UNAVAILABLE` when it may not.
 */
export async function assertMayReplicate(client: pg.Client, service: string): Promise<void> {
  const { rows } = await client.query<{ readonly may: boolean }>(
    `SELECT rolreplication OR rolsuper AS may FROM pg_roles WHERE rolname = current_user`,
  )
  if (rows[0]?.may === true) return
  throw unusable(
    service,
    'lets this user not tail the log: give it the attribute REPLICATION, name a user who has it in tailUrl, or choose "relay": "polling"',
  )
}

function unusable(service: string, what: string): DureError {
  return new DureError('STORE_UNAVAILABLE', `The database of "${service}" ${what}.`, {
    details: { service },
  })
}

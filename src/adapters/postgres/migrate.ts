// Making the schema of a service and bringing it up to date: once, forward only, whoever comes first.
import type pg from 'pg'
import { DureError } from '../../language/errors.ts'
import { commitFunctionSql } from './commit/commit-function.ts'
import { grantsSql, layoutSql, layoutVersion } from './schema.ts'
import { escapeText, unescapeText } from './text-escape.ts'

/** What is known of a store that is there. */
export interface StoreFacts {
  readonly incarnation: string
  readonly partitions: number
  readonly chunkPositions: number
}

export interface MigrateOptions {
  readonly service: string
  /** The name of the schema, not quoted. */
  readonly schema: string
  /** The role that the service works as; the user of the connection without it. */
  readonly role: RolePlan | undefined
  readonly partitions: number
  readonly chunkPositions: number
  readonly newId: () => string
  /** Whether the log is published, for whoever tails it. */
  readonly isTailed: boolean
}

/** The role of a service: one that is made for it, or the user of its own URL. */
export interface RolePlan {
  readonly name: string
  readonly isMade: boolean
}

/** Quotes a name of the database. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/**
 * Makes or mends the store of a service, and gives what is known of it.
 *
 * Several may come at the same time: the lock lets one do the work, and the others find it done.
 *
 * @throws `STORE_NEWER` when a newer Dure has been here; nothing was changed.
 */
export async function migrate(client: pg.Client, options: MigrateOptions): Promise<StoreFacts> {
  const schema = quoteName(options.schema)
  await client.query('BEGIN')
  await client.query('SELECT pg_advisory_xact_lock(hashtext($1), hashtext($2))', [
    'dure migrate',
    options.schema,
  ])
  const layout = await readLayout(client, options.schema)
  if (layout !== undefined && layout > layoutVersion) throw newerError(options.service, layout)
  if (layout === undefined) await makeStore(client, options)
  if (options.isTailed) await publishLog(client, options.schema)
  if (options.role) await grantTo(client, options.schema, options.role)
  const facts = await readFacts(client, schema)
  const { command } = await client.query('COMMIT')
  if (command === 'COMMIT') return facts
  throw new DureError(
    'STORE_UNAVAILABLE',
    `The store of "${options.service}" could not be made: the database took it back. Look at its log.`,
    { details: { service: options.service } },
  )
}

/** The layout that a schema has; `undefined` when there is no store in it. */
async function readLayout(client: pg.Client, schema: string): Promise<number | undefined> {
  const name = `${quoteName(schema)}.facts`
  const { rows } = await client.query<{ readonly there: string | null }>(
    'SELECT to_regclass($1)::text AS there',
    [name],
  )
  if (rows[0]?.there === null) return undefined
  const found = await client.query<{ readonly value: string }>(
    `SELECT value FROM ${name} WHERE name = 'layout'`,
  )
  return Number(found.rows[0]?.value)
}

async function makeStore(client: pg.Client, options: MigrateOptions): Promise<void> {
  const { partitions, chunkPositions, newId } = options
  const schema = quoteName(options.schema)
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`)
  await client.query(`REVOKE ALL ON SCHEMA ${schema} FROM PUBLIC`)
  await client.query(layoutSql(schema, chunkPositions))
  await client.query(commitFunctionSql(schema))
  const incarnation = escapeText(newId())
  const zeros = Array.from({ length: partitions }, () => 0)
  await client.query(`INSERT INTO ${schema}.head VALUES ($1, $2)`, [incarnation, zeros])
  await client.query(
    `INSERT INTO ${schema}.facts VALUES ('layout', $1), ('incarnation', $2), ('partitions', $3),
      ('chunk positions', $4)`,
    [String(layoutVersion), incarnation, String(partitions), String(chunkPositions)],
  )
}

async function readFacts(client: pg.Client, schema: string): Promise<StoreFacts> {
  const { rows } = await client.query<{ readonly name: string; readonly value: string }>(
    `SELECT name, value FROM ${schema}.facts`,
  )
  const facts = new Map(rows.map(({ name, value }) => [name, value]))
  return {
    incarnation: unescapeText(facts.get('incarnation') ?? ''),
    partitions: Number(facts.get('partitions')),
    chunkPositions: Number(facts.get('chunk positions')),
  }
}

/** Publishes what is appended to a log, as rows of the whole log and not of its chunks. */
async function publishLog(client: pg.Client, name: string): Promise<void> {
  const { rows } = await client.query(
    `SELECT 1 FROM pg_publication_tables WHERE pubname = $1 AND schemaname = $1 AND tablename = 'log'`,
    [name],
  )
  if (rows.length > 0) return
  const schema = quoteName(name)
  await client.query(`
    DROP PUBLICATION IF EXISTS ${schema};
    CREATE PUBLICATION ${schema} FOR TABLE ${schema}.log
      WITH (publish = 'insert', publish_via_partition_root = true)`)
}

/** Gives a role its rights, unless it has them. */
async function grantTo(client: pg.Client, schema: string, role: RolePlan): Promise<void> {
  if (role.isMade) await makeRole(client, role.name)
  const { rows } = await client.query<{ readonly has: boolean }>(
    `SELECT has_schema_privilege($1, $2, 'USAGE') AS has`,
    [role.name, schema],
  )
  if (rows[0]?.has === true) return
  await client.query(grantsSql(quoteName(schema), quoteName(role.name)))
}

/** Roles belong to the whole server: another database may make the same one at the same time. */
async function makeRole(client: pg.Client, name: string): Promise<void> {
  const role = quoteName(name)
  const { rows } = await client.query<{ readonly count: number }>(
    `SELECT count(*)::integer AS count FROM pg_roles
     WHERE rolname = $1 AND pg_has_role(current_user, oid, 'MEMBER')`,
    [name],
  )
  if (rows[0]?.count === 1) return
  await client.query(`
    DO $role$ BEGIN
      CREATE ROLE ${role} NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END $role$`)
  await client.query(`
    DO $role$ BEGIN
      IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        GRANT ${role} TO CURRENT_USER;
      END IF;
    END $role$`)
}

function newerError(service: string, layout: number): DureError {
  return new DureError(
    'STORE_NEWER',
    `The store of "${service}" was written by a newer Dure (layout ${layout}; this one knows ${layoutVersion}). Use that version or a later one.`,
    { details: { service, layout, known: layoutVersion } },
  )
}

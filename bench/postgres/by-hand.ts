import pg from 'pg'
import type { Commit, NewEntry } from '../../src/log/store.port.ts'
import type { BenchServer } from './server.ts'

/** What somebody would write by hand with `pg`: the same rows, without a check and without a verdict. */
export interface ByHand extends AsyncDisposable {
  /** All commits in one statement, which is one transaction. */
  write(commits: readonly Commit[]): Promise<void>
  /** One row, durable. */
  insert(entry: NewEntry): Promise<void>
}

const schema = `
  CREATE TABLE commands (id text PRIMARY KEY, fingerprint text, result text);
  CREATE TABLE streams (stream text PRIMARY KEY, version bigint, state text);
  CREATE TABLE log (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind text, type text,
    schema_version integer, stream text, stream_version bigint, key text, data text, meta text,
    at_ms bigint
  );
  CREATE INDEX log_by_stream ON log (stream, stream_version);
`

const columns = '(kind, type, schema_version, stream, stream_version, key, data, meta, at_ms)'

const insertOne = {
  name: 'insert',
  text: `INSERT INTO log ${columns} VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
}

const insertMany = {
  name: 'write',
  text: `WITH ids AS (INSERT INTO commands SELECT * FROM unnest($1::text[], $2::text[], $3::text[])),
    heads AS (
      INSERT INTO streams SELECT DISTINCT ON (stream) * FROM unnest($4::text[], $5::bigint[], $6::text[])
        AS rows (stream, version, state) ORDER BY stream, version DESC
      ON CONFLICT (stream) DO UPDATE
        SET version = excluded.version, state = coalesce(excluded.state, streams.state))
    INSERT INTO log ${columns} SELECT * FROM unnest($7::text[], $8::text[], $9::integer[], $10::text[],
      $11::bigint[], $12::text[], $13::text[], $14::text[], $15::bigint[])`,
}

/** Opens a database with the tables that one would make by hand. */
export async function openByHand({ url }: BenchServer): Promise<ByHand> {
  const client = new pg.Client(url)
  await client.connect()
  await client.query(schema)
  return {
    async write(commits) {
      const streams = commits.flatMap((commit) => commit.streams ?? [])
      const entries = commits.flatMap((commit) => commit.entries ?? [])
      const values = [
        commits.map(({ id }) => id),
        commits.map(({ fingerprint }) => fingerprint),
        commits.map(({ result }) => result),
        streams.map(({ stream }) => stream),
        streams.map(({ next }) => next),
        streams.map(({ state }) => state ?? null),
        ...valuesOf(entries),
      ]
      await client.query({ ...insertMany, values })
    },
    async insert(entry) {
      await client.query({ ...insertOne, values: valuesOf([entry]).flat() })
    },
    [Symbol.asyncDispose]: () => client.end(),
  }
}

function valuesOf(entries: readonly NewEntry[]): readonly unknown[][] {
  return [
    entries.map(({ kind }) => kind),
    entries.map(({ type }) => type),
    entries.map(({ schemaVersion }) => schemaVersion),
    entries.map(({ stream }) => stream),
    entries.map(({ streamVersion }) => streamVersion),
    entries.map(({ key }) => key),
    entries.map(({ data }) => data),
    entries.map(({ meta }) => meta),
    entries.map(({ atMs }) => atMs),
  ]
}

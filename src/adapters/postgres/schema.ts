// The layout of a service's schema. The reasons and the numbers are in decision 0014.
//
//   head       one row: the incarnation and the last position of every partition. Whoever commits updates it first, and
//              so holds it until the commit is visible: batches follow one another, whoever gives them.
//   log        one row per entry, in chunks by position (native range partitions).
//   streams    the head of each stream. `born` is a position before which none of its events lies.
//   states     the newest snapshot of a stream, apart from its head: most commits move only the head.
//   commands   what every command id came to, for ever.
//
// Texts are kept as `text-escape.ts` writes them, and ordered as bytes (collation "C").

/** The layout that this code reads and writes. A schema with a higher one is from a newer Dure. */
export const layoutVersion = 1

/** Positions of one chunk of the log, in each partition, where nothing else is asked for. */
export const chunkPositionsUsual = 1_000_000

/** Chunks that are made before they are needed. */
export const chunksAhead = 3

const text = 'text COLLATE "C"'

/** The statements that make the layout in a schema whose name is quoted already. */
export function layoutSql(schema: string, chunkPositions: number): string {
  return [
    logSql(schema),
    documentsSql(schema),
    agendaSql(schema),
    roomFunctionSql(schema, chunkPositions),
  ].join('')
}

function logSql(schema: string): string {
  return `
  CREATE TABLE ${schema}.facts (name ${text} PRIMARY KEY, value ${text} NOT NULL);
  CREATE TABLE ${schema}.head (
    incarnation ${text} PRIMARY KEY,
    positions bigint[] NOT NULL
  ) WITH (fillfactor = 10);
  CREATE TABLE ${schema}.log (
    partition integer NOT NULL,
    position bigint NOT NULL,
    kind smallint NOT NULL,
    type ${text} NOT NULL,
    schema_version bigint NOT NULL,
    stream ${text},
    stream_version bigint,
    key ${text} NOT NULL,
    recipient ${text},
    data ${text} NOT NULL,
    meta ${text} NOT NULL,
    at_ms bigint NOT NULL,
    PRIMARY KEY (partition, position)
  ) PARTITION BY RANGE (position);
  CREATE INDEX log_by_stream ON ${schema}.log (stream, stream_version) WHERE stream IS NOT NULL;
  CREATE TABLE ${schema}.streams (
    stream ${text} PRIMARY KEY,
    version bigint NOT NULL,
    born bigint NOT NULL
  ) WITH (fillfactor = 80);
  CREATE TABLE ${schema}.states (
    stream ${text} PRIMARY KEY,
    state_at bigint NOT NULL,
    state_version bigint,
    state ${text} NOT NULL,
    born bigint NOT NULL
  ) WITH (fillfactor = 70);
  CREATE TABLE ${schema}.commands (
    id ${text} PRIMARY KEY,
    fingerprint ${text} NOT NULL,
    result ${text} NOT NULL
  );`
}

function documentsSql(schema: string): string {
  return `
  CREATE TABLE ${schema}.documents (
    view ${text} NOT NULL,
    key ${text} NOT NULL,
    version bigint NOT NULL,
    value ${text} NOT NULL,
    PRIMARY KEY (view, key)
  ) WITH (fillfactor = 80);
  CREATE TABLE ${schema}.document_index (
    view ${text} NOT NULL,
    name ${text} NOT NULL,
    value ${text} NOT NULL,
    key ${text} NOT NULL,
    PRIMARY KEY (view, name, value, key)
  );`
}

function agendaSql(schema: string): string {
  return `
  CREATE TABLE ${schema}.cursors (
    consumer ${text} NOT NULL,
    source ${text} NOT NULL,
    partition integer NOT NULL,
    incarnation ${text} NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (consumer, source, partition)
  ) WITH (fillfactor = 20);
  CREATE TABLE ${schema}.timers (
    id ${text} PRIMARY KEY,
    at_ms bigint NOT NULL,
    data ${text} NOT NULL
  ) WITH (fillfactor = 80);
  CREATE INDEX timers_by_time ON ${schema}.timers (at_ms, id);
  CREATE TABLE ${schema}.parked (
    id ${text} PRIMARY KEY,
    consumer ${text} NOT NULL,
    source ${text} NOT NULL,
    partition integer NOT NULL,
    position bigint NOT NULL,
    key ${text} NOT NULL,
    envelope ${text} NOT NULL,
    code ${text} NOT NULL,
    reason ${text} NOT NULL,
    attempts bigint NOT NULL,
    at_ms bigint NOT NULL
  );`
}

/**
 * Makes chunks of the log for so many entries after a position, and some more. It runs with the rights of the schema's owner: the role of a service may
 * make no tables.
 *
 * A chunk is attached and not made in place: that waits for nobody who reads or appends.
 */
function roomFunctionSql(schema: string, chunkPositions: number): string {
  return `
  CREATE FUNCTION ${schema}.make_room(after bigint, entries bigint) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $make$
  DECLARE
    chunk bigint;
    name text;
  BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('dure room'), '${schema}.log'::regclass::oid::integer);
    FOR chunk IN after / ${chunkPositions} .. (after + entries) / ${chunkPositions} + ${chunksAhead} LOOP
      name := 'log_' || lpad(chunk::text, 8, '0');
      CONTINUE WHEN to_regclass('${schema}.' || name) IS NOT NULL;
      EXECUTE format('CREATE TABLE ${schema}.%I (LIKE ${schema}.log INCLUDING ALL)', name);
      EXECUTE format(
        'ALTER TABLE ${schema}.log ATTACH PARTITION ${schema}.%I FOR VALUES FROM (%s) TO (%s)',
        name, chunk * ${chunkPositions}, (chunk + 1) * ${chunkPositions}
      );
    END LOOP;
  END
  $make$;
  REVOKE ALL ON FUNCTION ${schema}.make_room(bigint, bigint) FROM PUBLIC;
  SELECT ${schema}.make_room(0, 0);`
}

/** What the role of a service may do: append to the log and to the commands, never change them. */
export function grantsSql(schema: string, role: string): string {
  return `
  GRANT USAGE ON SCHEMA ${schema} TO ${role};
  GRANT SELECT ON ${schema}.facts TO ${role};
  GRANT SELECT, UPDATE ON ${schema}.head TO ${role};
  GRANT SELECT, INSERT ON ${schema}.log, ${schema}.commands TO ${role};
  GRANT SELECT, INSERT, UPDATE, DELETE ON ${schema}.streams, ${schema}.states, ${schema}.documents,
    ${schema}.document_index, ${schema}.cursors, ${schema}.timers, ${schema}.parked TO ${role};
  GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${schema} TO ${role};`
}

// The parts of the commit function that write the slice `a` to `upto`, in which everything was as expected.
//
// Where several commits of a slice write the same thing, the last one counts.

/** The rows of a group that are in the slice: only the last of those with the same key. */
function lastRows(
  group: string,
  key: readonly string[],
  { others, only = 'true' }: { readonly others: readonly string[]; readonly only?: string },
): string {
  const names = ['c', ...key, ...others]
  const arrays = names.map((name) => `${group}_${name}`).join(', ')
  const keys = key.map((name) => `u.${name}`).join(', ')
  return `(
          SELECT DISTINCT ON (${keys}) u.* FROM unnest(${arrays})
            WITH ORDINALITY AS u(${names.join(', ')}, o)
          WHERE u.c BETWEEN a AND upto AND ${only} ORDER BY ${keys}, u.o DESC)`
}

/** Writes everything that the slice changes. */
export function applySql(schema: string): string {
  return [commands, streams, entries, documents, cursors, timers, parked]
    .map((part) => part(schema))
    .join('')
}

function commands(schema: string): string {
  return `
      IF m_c IS NOT NULL THEN
        INSERT INTO ${schema}.commands (id, fingerprint, result)
        SELECT u.id, u.fingerprint, u.result
        FROM unnest(m_c, m_id, m_fingerprint, m_result) AS u(c, id, fingerprint, result)
        WHERE u.c BETWEEN a AND upto;
      END IF;`
}

function streams(schema: string): string {
  return `
      IF s_c IS NOT NULL THEN
        INSERT INTO ${schema}.streams (stream, version, born)
        SELECT u.stream, max(u.next), born_after
        FROM unnest(s_c, s_stream, s_expected, s_next) AS u(c, stream, expected, next)
        WHERE u.c BETWEEN a AND upto AND u.next <> u.expected GROUP BY u.stream
        ON CONFLICT (stream) DO UPDATE SET version = excluded.version;
      END IF;
      IF s_state IS NOT NULL THEN
        INSERT INTO ${schema}.states (stream, state_at, state_version, state, born)
        SELECT DISTINCT ON (u.stream) u.stream, u.next, u.state_version, u.state, born_after
        FROM unnest(s_c, s_stream, s_expected, s_next, s_state, s_state_version)
          WITH ORDINALITY AS u(c, stream, expected, next, state, state_version, o)
        WHERE u.c BETWEEN a AND upto AND u.next <> u.expected AND u.state IS NOT NULL
        ORDER BY u.stream, u.o DESC
        ON CONFLICT (stream) DO UPDATE SET state_at = excluded.state_at,
          state_version = excluded.state_version, state = excluded.state, born = excluded.born;
      END IF;`
}

function entries(schema: string): string {
  return `
      IF e_c IS NOT NULL THEN
        INSERT INTO ${schema}.log (partition, position, kind, type, schema_version, stream,
          stream_version, key, recipient, data, meta, at_ms)
        SELECT u.partition,
          last_positions[u.partition + 1] - counts[u.partition + 1]
            + u.rank - coalesce(skipped[u.partition + 1], 0),
          u.kind, u.type, u.schema_version, u.stream, u.stream_version, u.key, u.recipient,
          u.data, u.meta, u.at_ms
        FROM unnest(e_c, e_partition, e_rank, e_kind, e_type, e_schema_version, e_stream,
          e_stream_version, e_key, e_recipient, e_data, e_meta, e_at_ms)
          AS u(c, partition, rank, kind, type, schema_version, stream, stream_version, key,
            recipient, data, meta, at_ms)
        WHERE u.c BETWEEN a AND upto;
      END IF;`
}

function documents(schema: string): string {
  const written = (others: readonly string[]): string =>
    lastRows('d', ['view', 'key'], { others, only: 'u.next >= 0' })
  const rows = lastRows('i', ['view', 'name', 'value', 'key'], { others: ['adds'] })
  return `
      IF v_c IS NOT NULL THEN
        DELETE FROM ${schema}.documents WHERE view IN (
          SELECT u.view FROM unnest(v_c, v_view) AS u(c, view) WHERE u.c BETWEEN a AND upto);
        DELETE FROM ${schema}.document_index WHERE view IN (
          SELECT u.view FROM unnest(v_c, v_view) AS u(c, view) WHERE u.c BETWEEN a AND upto);
      END IF;
      IF 0 = ANY (d_next) THEN
        DELETE FROM ${schema}.documents t USING ${written(['next'])} AS u
        WHERE u.next = 0 AND t.view = u.view AND t.key = u.key;
      END IF;
      IF d_c IS NOT NULL THEN
        INSERT INTO ${schema}.documents (view, key, version, value)
        SELECT u.view, u.key, u.next, u.value FROM ${written(['next', 'value'])} AS u
        WHERE u.next > 0
        ON CONFLICT (view, key) DO UPDATE SET version = excluded.version, value = excluded.value;
      END IF;
      IF i_c IS NOT NULL THEN
        DELETE FROM ${schema}.document_index t
        USING ${rows} AS u
        WHERE u.adds = 0 AND t.view = u.view AND t.name = u.name AND t.value = u.value
          AND t.key = u.key;
        INSERT INTO ${schema}.document_index (view, name, value, key)
        SELECT u.view, u.name, u.value, u.key
        FROM ${rows} AS u WHERE u.adds = 1
        ON CONFLICT DO NOTHING;
      END IF;`
}

function cursors(schema: string): string {
  const rows = lastRows('k', ['consumer', 'source', 'partition'], {
    others: ['incarnation', 'position'],
  })
  return `
      IF k_c IS NOT NULL THEN
        INSERT INTO ${schema}.cursors (consumer, source, partition, incarnation, position)
        SELECT u.consumer, u.source, u.partition, u.incarnation, u.position FROM ${rows} AS u
        ON CONFLICT (consumer, source, partition)
        DO UPDATE SET incarnation = excluded.incarnation, position = excluded.position;
      END IF;`
}

function timers(schema: string): string {
  return `
      IF t_c IS NOT NULL THEN
        DELETE FROM ${schema}.timers t USING ${lastRows('t', ['id'], { others: ['op'] })} AS u
        WHERE u.op < 2 AND t.id = u.id;
        INSERT INTO ${schema}.timers (id, at_ms, data)
        SELECT u.id, u.at_ms, u.data FROM ${lastRows('t', ['id'], { others: ['op', 'at_ms', 'data'] })} AS u
        WHERE u.op = 2
        ON CONFLICT (id) DO UPDATE SET at_ms = excluded.at_ms, data = excluded.data;
      END IF;`
}

const parkedColumns = [
  'consumer',
  'source',
  'partition',
  'position',
  'key',
  'envelope',
  'code',
  'reason',
  'attempts',
  'at_ms',
]

function parked(schema: string): string {
  const columns = parkedColumns.join(', ')
  const values = parkedColumns.map((name) => `u.${name}`).join(', ')
  const updates = parkedColumns.map((name) => `${name} = excluded.${name}`).join(', ')
  return `
      IF p_c IS NOT NULL THEN
        DELETE FROM ${schema}.parked t USING ${lastRows('p', ['id'], { others: ['op'] })} AS u
        WHERE u.op = 0 AND t.id = u.id;
        INSERT INTO ${schema}.parked (id, ${columns})
        SELECT u.id, ${values} FROM ${lastRows('p', ['id'], { others: ['op', ...parkedColumns] })} AS u
        WHERE u.op = 1
        ON CONFLICT (id) DO UPDATE SET ${updates};
      END IF;`
}

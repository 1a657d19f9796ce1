/**
 * The way of a batch of one plain commit: one stream that moves, at most one entry and one command id, nothing else.
 *
 * It is what a service does that is asked one thing at a time. Without arrays to go through each statement costs a third.
 * Nothing is written before everything was compared; what is not as expected takes the general way, which tells what.
 */
export function singleSql(schema: string): string {
  return `
    IF is_single AND (SELECT true FROM ${schema}.commands k WHERE k.id = m_id[1]) IS NULL THEN
      IF s_expected[1] = 0 THEN
        INSERT INTO ${schema}.streams (stream, version, born)
        VALUES (s_stream[1], s_next[1], born_after) ON CONFLICT DO NOTHING;
      ELSE
        UPDATE ${schema}.streams SET version = s_next[1]
        WHERE stream = s_stream[1] AND version = s_expected[1]::bigint;
      END IF;
      IF FOUND THEN
        IF m_id IS NOT NULL THEN
          INSERT INTO ${schema}.commands (id, fingerprint, result)
          VALUES (m_id[1], m_fingerprint[1], m_result[1]);
        END IF;
        IF e_c IS NOT NULL THEN
          INSERT INTO ${schema}.log (partition, position, kind, type, schema_version, stream,
            stream_version, key, recipient, data, meta, at_ms)
          VALUES (e_partition[1], last_positions[e_partition[1] + 1], e_kind[1], e_type[1],
            e_schema_version[1], e_stream[1], e_stream_version[1], e_key[1], e_recipient[1],
            e_data[1], e_meta[1], e_at_ms[1]);
        END IF;
        RETURN;
      END IF;
    END IF;
`
}

// The function that applies a batch: one statement, one transaction, a verdict for each commit.
//
// The batch comes as columns (`batch-columns.ts`), with the number of its commit, counted from 1, for each row. A slice
// of the batch is compared at once; when all is as expected it is applied at once, table by table. Otherwise what lies
// before the first commit that differs is applied, that commit is judged alone, and the rest is the next slice.
//
// `rests` says what a row rests on within the batch: 0 on nothing, otherwise the number of the commit whose effect it
// is compared with, negative when it does not fit. Within a slice everything before the first difference is applied,
// so that the number decides; of what lies before the slice the tables tell.

import { applySql } from './apply-sql.ts'
import { compareSql, judgeSql } from './compare-sql.ts'
import { singleSql } from './single-sql.ts'

/** A group of columns: one row for each thing of a kind that commits name. */
type Columns = readonly (readonly [name: string, type: string])[]

const integer = 'integer[]'
const double = 'double precision[]'
const texts = 'text[]'

/** The parameters of the function, in their order. */
export const commitColumns: Columns = [
  ['m_c', integer],
  ['m_id', texts],
  ['m_fingerprint', texts],
  ['m_result', texts],
  ['m_rests', integer],
  ['s_c', integer],
  ['s_stream', texts],
  ['s_expected', double],
  ['s_next', double],
  ['s_rests', integer],
  ['s_state', texts],
  ['s_state_version', double],
  ['e_c', integer],
  ['e_partition', integer],
  ['e_rank', integer],
  ['e_kind', integer],
  ['e_type', texts],
  ['e_schema_version', double],
  ['e_stream', texts],
  ['e_stream_version', double],
  ['e_key', texts],
  ['e_recipient', texts],
  ['e_data', texts],
  ['e_meta', texts],
  ['e_at_ms', double],
  ['d_c', integer],
  ['d_view', texts],
  ['d_key', texts],
  ['d_expected', double],
  ['d_next', double],
  ['d_value', texts],
  ['d_rests', integer],
  ['i_c', integer],
  ['i_adds', integer],
  ['i_view', texts],
  ['i_name', texts],
  ['i_value', texts],
  ['i_key', texts],
  ['v_c', integer],
  ['v_view', texts],
  ['k_c', integer],
  ['k_consumer', texts],
  ['k_source', texts],
  ['k_partition', integer],
  ['k_incarnation', texts],
  ['k_expected', double],
  ['k_position', double],
  ['k_rests', integer],
  ['t_c', integer],
  ['t_op', integer],
  ['t_id', texts],
  ['t_at_ms', double],
  ['t_data', texts],
  ['t_rests', integer],
  ['p_c', integer],
  ['p_op', integer],
  ['p_id', texts],
  ['p_consumer', texts],
  ['p_source', texts],
  ['p_partition', double],
  ['p_position', double],
  ['p_key', texts],
  ['p_envelope', texts],
  ['p_code', texts],
  ['p_reason', texts],
  ['p_attempts', double],
  ['p_at_ms', double],
  ['p_rests', integer],
]

/** Raised when the store is another incarnation than the one that was opened, or none. */
export const erasedState = 'DU001'

const parameters = [
  'asked_incarnation text',
  'commits integer',
  'is_stepwise boolean',
  'is_single boolean',
  'counts integer[]',
  ...commitColumns.map(([name, type]) => `${name} ${type}`),
].join(', ')

/** The statement that makes the function, in a schema whose name is quoted already. */
export function commitFunctionSql(schema: string): string {
  return `
  CREATE OR REPLACE FUNCTION ${schema}.commit_batch(
    ${parameters}, OUT last_positions bigint[], OUT refusals json
  ) LANGUAGE plpgsql AS $commit$
  #variable_conflict use_column
  DECLARE
    a integer := 1;
    upto integer;
    f integer;
    bad integer[];
    refused json[];
    refusal json;
    first_found integer;
    skipped integer[];
    born_after bigint;
  BEGIN
    UPDATE ${schema}.head
    SET positions = CASE
      WHEN cardinality(counts) = 1 THEN ARRAY[positions[1] + counts[1]]
      ELSE ARRAY(SELECT u.p + u.n FROM unnest(positions, counts) WITH ORDINALITY AS u(p, n, o) ORDER BY u.o)
      END
    WHERE incarnation = asked_incarnation
    RETURNING positions INTO last_positions;
    IF last_positions IS NULL THEN
      RAISE EXCEPTION 'the store was erased' USING ERRCODE = '${erasedState}';
    END IF;
    born_after := last_positions[1] - counts[1];
    IF cardinality(counts) > 1 THEN
      SELECT min(u.p - u.n) INTO born_after FROM unnest(last_positions, counts) AS u(p, n);
    END IF;
${singleSql(schema)}
    WHILE a <= commits LOOP
      upto := CASE WHEN is_stepwise THEN a ELSE commits END;
      f := NULL;
${compareSql(schema)}
      IF upto >= a THEN
${applySql(schema)}
      END IF;
      IF f IS NULL THEN
        a := upto + 1;
        CONTINUE;
      END IF;
      -- What it rests on is applied or not applied by now: the tables tell.
      a := f;
${judgeSql(schema)}
      refused := refused || refusal;
      bad := bad || f;
${skipSql}
      a := f + 1;
    END LOOP;

    IF bad IS NOT NULL THEN
      SELECT array_agg(last_positions[n.n] - skipped[n.n] ORDER BY n.n) INTO last_positions
      FROM generate_subscripts(counts, 1) AS n(n);
      UPDATE ${schema}.head SET positions = last_positions;
      refusals := array_to_json(refused);
    END IF;
  END
  $commit$;`
}

/** Counts the entries that are not written, by partition. */
const skipSql = `
      skipped := coalesce(skipped, array_fill(0, ARRAY[cardinality(counts)]));
      SELECT array_agg(skipped[n.n] + (
        SELECT count(*) FROM unnest(e_c, e_partition) AS u(c, partition)
        WHERE u.c = f AND u.partition + 1 = n.n
      ) ORDER BY n.n) INTO skipped FROM generate_subscripts(counts, 1) AS n(n);`

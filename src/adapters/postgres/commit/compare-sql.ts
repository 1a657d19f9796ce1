// The parts of the commit function that compare what commits expect with what there is.

/** How the rows of a group are compared. In the texts `u` is a row of the group. */
interface Comparison {
  /** What its columns are called: `s` for `s_stream`. */
  readonly group: string
  readonly columns: readonly string[]
  /** What there is: null when there is nothing. */
  readonly actual: string
  readonly expected: string
  /** What a refusal names. */
  readonly on: string
  /** Whether the row rests on what a commit of `bad`, which was not applied, would have written. */
  readonly restsOnBad?: string
  /** Which rows of the group expect something; all without it. */
  readonly only?: string
}

function comparisonsOf(schema: string): readonly Comparison[] {
  const isThere = { columns: ['op', 'id', 'rests'], expected: '1', only: 'u.op = 0' }
  return [
    {
      group: 's',
      columns: ['stream', 'expected', 'rests'],
      actual: `SELECT t.version FROM ${schema}.streams t WHERE t.stream = u.stream`,
      expected: 'u.expected',
      on: 'stream',
      restsOnBad: `EXISTS (
        SELECT FROM unnest(s_c, s_stream, s_expected, s_next) AS b(c, stream, expected, next)
        WHERE b.c = ANY (bad) AND b.next <> b.expected AND b.stream = u.stream)`,
    },
    {
      group: 'd',
      columns: ['view', 'key', 'expected', 'rests'],
      // A row that rests on its own commit is of a view that the commit clears.
      actual: `SELECT t.version FROM ${schema}.documents t
        WHERE t.view = u.view AND t.key = u.key AND abs(u.rests) <> u.c`,
      expected: 'u.expected',
      on: 'document',
      restsOnBad: `EXISTS (
        SELECT FROM unnest(d_c, d_view, d_key, d_next) AS b(c, view, key, next)
        WHERE b.c = ANY (bad) AND b.next >= 0 AND b.view = u.view AND b.key = u.key
      ) OR EXISTS (
        SELECT FROM unnest(v_c, v_view) AS b(c, view) WHERE b.c = ANY (bad) AND b.view = u.view)`,
    },
    {
      group: 'k',
      columns: ['consumer', 'source', 'partition', 'incarnation', 'expected', 'rests'],
      actual: `SELECT t.position FROM ${schema}.cursors t
        WHERE t.consumer = u.consumer AND t.source = u.source AND t.partition = u.partition
          AND t.incarnation = u.incarnation`,
      expected: 'u.expected',
      on: 'cursor',
    },
    {
      ...isThere,
      group: 't',
      actual: `SELECT 1 FROM ${schema}.timers t WHERE t.id = u.id`,
      on: 'timer',
    },
    {
      ...isThere,
      group: 'p',
      actual: `SELECT 1 FROM ${schema}.parked t WHERE t.id = u.id`,
      on: 'parked',
    },
  ]
}

function rowsOf({ group, columns }: Comparison): string {
  const names = ['c', ...columns]
  const arrays = names.map((name) => `${group}_${name}`).join(', ')
  return `unnest(${arrays}) WITH ORDINALITY AS u(${names.join(', ')}, o)`
}

/** Finds the first commit of the slice `a` to `upto` that is not as expected: `f`. What is before it is the slice then. */
export function compareSql(schema: string): string {
  // Trap: EXISTS would let the server read all ids of the table into memory, once for each batch.
  const commands = `
      IF m_c IS NOT NULL THEN
        SELECT min(u.c) INTO first_found FROM unnest(m_c, m_id, m_rests) AS u(c, id, rests)
        WHERE u.c BETWEEN a AND upto
          AND (u.rests >= a OR (SELECT true FROM ${schema}.commands k WHERE k.id = u.id));
        IF first_found IS NOT NULL THEN f := first_found; upto := f - 1; END IF;
      END IF;`
  return [commands, ...comparisonsOf(schema).map(compareGroup)].join('')
}

function compareGroup(comparison: Comparison): string {
  const { group, actual, expected, restsOnBad = 'false', only = 'true' } = comparison
  return `
      IF ${group}_c IS NOT NULL THEN
        SELECT min(u.c) INTO first_found FROM ${rowsOf(comparison)}
        WHERE u.c BETWEEN a AND upto AND ${only} AND (
          CASE WHEN abs(u.rests) >= a THEN u.rests < 0 ELSE coalesce((${actual}), 0) <> ${expected} END
          OR bad IS NOT NULL AND (${restsOnBad}));
        IF first_found IS NOT NULL THEN f := first_found; upto := f - 1; END IF;
      END IF;`
}

/** Says what of commit `f` is not as expected: `refusal`. */
export function judgeSql(schema: string): string {
  const commands = `
      refusal := NULL;
      IF m_c IS NOT NULL THEN
        SELECT CASE WHEN k.fingerprint = u.fingerprint
          THEN json_build_object('commit', f, 'kind', 'duplicate', 'result', k.result)
          ELSE json_build_object('commit', f, 'kind', 'refused') END
        INTO refusal
        FROM unnest(m_c, m_id, m_fingerprint) AS u(c, id, fingerprint)
        JOIN ${schema}.commands k ON k.id = u.id WHERE u.c = f;
      END IF;`
  return [commands, ...comparisonsOf(schema).map(judgeGroup)].join('')
}

function judgeGroup(comparison: Comparison): string {
  const { group, actual, expected, on, restsOnBad = 'false', only = 'true' } = comparison
  return `
      IF refusal IS NULL AND ${group}_c IS NOT NULL THEN
        SELECT json_build_object(
          'commit', f, 'kind', 'conflict', 'on', '${on}', 'row', u.o, 'actual', coalesce((${actual}), 0))
        INTO refusal FROM ${rowsOf(comparison)}
        WHERE u.c = f AND ${only} AND (
          coalesce((${actual}), 0) <> ${expected} OR bad IS NOT NULL AND (${restsOnBad}))
        ORDER BY u.o LIMIT 1;
      END IF;`
}

import type { ErrorEntry } from '../../src/language/errors.ts'

/** Renders the reference of every error code, grouped by area in the order of the catalogue. */
export function renderErrorsPage(catalogue: Readonly<Record<string, ErrorEntry>>): string {
  const areas = Map.groupBy(Object.entries(catalogue), ([code]) => code.slice(0, code.indexOf('_')))
  return [
    '# Errors',
    '',
    'Every failure that Dure reports is a `DureError` with one of these codes. Generated from `src/language/errors.ts`',
    'by `npm run generate`.',
    '',
    'The *kind* says what sort of bad news it is; transports map it to their own numbers. The *retry* advice says',
    'whether asking again can help: `never`, with the `same-request`, or `after-reload` of what was decided upon.',
    ...[...areas].flatMap(([area, entries]) => [
      '',
      `## ${area}`,
      '',
      '| Code | Kind | Retry | Meaning |',
      '|---|---|---|---|',
      ...entries.map(renderRow),
    ]),
    '',
  ].join('\n')
}

function renderRow([code, { kind, retry, summary }]: readonly [string, ErrorEntry]): string {
  return `| \`${code}\` | ${kind} | ${retry} | ${summary.replaceAll('|', '\\|')} |`
}

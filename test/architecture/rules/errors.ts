import { isTest, type RepositoryFile, shippedSources } from '../repository/files.ts'
import { lineAt, nameOf, nodesOf, syntaxOf } from '../repository/syntax.ts'

const catalogue = 'src/language/errors.ts'
const catalogues: ReadonlySet<string> = new Set([
  catalogue,
  'src/language/message-errors.ts',
  'src/language/saga/saga-errors.ts',
])
const plainErrors = new Set([
  'Error',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'ReferenceError',
  'AggregateError',
])

/** Finds codes that nobody uses, and codes that no test asserts. */
export function findLooseCodes(
  files: readonly RepositoryFile[],
  codes: readonly string[],
): readonly string[] {
  const sources = shippedSources(files).filter(({ path }) => path.endsWith('.ts'))
  const used = namedIn(sources.filter(({ path }) => !catalogues.has(path) && !isSuite(path)))
  const asserted = namedIn(
    files
      .filter(({ path }) => path.endsWith('.ts'))
      .filter((file) => isTest(file) || isSuite(file.path)),
  )
  const inHelpers = namedIn(
    sources.filter(({ path }) => path === catalogue),
    2,
  )
  return codes.flatMap((code) => [
    ...(used.has(code) || inHelpers.has(code)
      ? []
      : [`${code} is thrown nowhere: throw it or retire it`]),
    ...(asserted.has(code) ? [] : [`${code} is asserted in no test`]),
  ])
}

function isSuite(path: string): boolean {
  return path.startsWith('src/testing/')
}

/** Codes that stand in strings, templates, patterns or as keys, at least `timesMin` times; comments do not count. */
function namedIn(files: readonly RepositoryFile[], timesMin = 1): ReadonlySet<string> {
  const counts = new Map<string, number>()
  for (const file of files) {
    for (const code of withoutComments(file).matchAll(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g)) {
      counts.set(code[0], (counts.get(code[0]) ?? 0) + 1)
    }
  }
  return new Set([...counts].filter(([, count]) => count >= timesMin).map(([code]) => code))
}

function withoutComments(file: RepositoryFile): string {
  return syntaxOf(file).comments.reduceRight(
    (text, { start, end }) => text.slice(0, start) + text.slice(end),
    file.text,
  )
}

/** Finds errors of no code: a caller can tell them apart only by their text. */
export function findPlainErrors(files: readonly RepositoryFile[]): readonly string[] {
  return shippedSources(files)
    .filter(({ path }) => path !== catalogue)
    .flatMap((file) =>
      [...nodesOf(syntaxOf(file).program)]
        .filter(({ type }) => type === 'NewExpression' || type === 'CallExpression')
        .filter((node) => plainErrors.has(nameOf(node['callee']) ?? ''))
        .map(
          (node) => `${file.path}:${lineAt(file, node.start)} makes a plain error: use DureError`,
        ),
    )
}

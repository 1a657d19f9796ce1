import { posix } from 'node:path'
import { isTest, type RepositoryFile } from '../../test/architecture/repository/files.ts'

const folder = 'test/promises'
const fillers = /\/filled-[^/]*$/
const planted = /^(?:is|are) judged by an? (?:test|exploration) that sees /
const call = /^\s*(describe|it)\(\s*(['`])(.+?)\2,/gm

interface Title {
  readonly subject: string
  readonly title: string
}

/**
 * Renders what Dure promises, and how each promise is held: by which test, what it looks at, and which bugs were planted
 * to see that it can fail. All is read from the tests.
 */
export function renderPromisesPage(files: readonly RepositoryFile[]): string {
  const tests = files
    .filter((file) => posix.dirname(file.path) === folder && isTest(file))
    .filter(({ path }) => !fillers.test(path))
  return [
    '# Promises',
    '',
    'What every system that is built with Dure may rely on, and the test that holds each promise. A test that cannot fail',
    'holds nothing: bugs are planted on purpose, in a store, a broker or a saga, and the same judge has to see them.',
    'Generated from `test/promises` by `npm run generate`.',
    ...tests.flatMap(renderPromise),
    '',
  ].join('\n')
}

function renderPromise(test: RepositoryFile): readonly string[] {
  const titles = titlesOf(test)
  const bugs = titles.filter(({ title }) => planted.test(title))
  const looks = titles.filter(({ title }) => !planted.test(title))
  return [
    '',
    `## ${headingOf(test)}`,
    '',
    `*${sentencesOf(test)}*`,
    '',
    `Held by [\`${test.path}\`](../../${test.path}):`,
    '',
    ...looks.map(({ subject, title }) => `- ${subject} ${title}`),
    '',
    'Planted, and seen:',
    '',
    ...bugs.map(({ subject, title }) => `- ${subject}: ${title.replace(planted, '')}`),
  ]
}

function headingOf({ path }: RepositoryFile): string {
  const words = posix.basename(path, '.test.ts').replaceAll('-', ' ')
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`
}

/** The sentences at the top of the file. */
function sentencesOf({ path, text }: RepositoryFile): string {
  const lines = /^(?:\/\/ .*\n)+/.exec(text)?.[0].trim().split('\n') ?? []
  if (lines.length === 0) throw new TypeError(`${path} does not begin with what it holds.`)
  return lines.map((line) => line.slice('// '.length)).join(' ')
}

/** Titles of tests with what they are about; what a title is filled with becomes three dots. */
function titlesOf({ text }: RepositoryFile): readonly Title[] {
  const titles: Title[] = []
  let subject = ''
  for (const [, kind, , name = ''] of text.matchAll(call)) {
    const title = name.replaceAll(/\$\{[^}]*\}/g, '...')
    if (kind === 'describe') subject = title
    else titles.push({ subject, title })
  }
  return titles
}

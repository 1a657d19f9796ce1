import type { RepositoryFile } from '../architecture/repository/files.ts'
import type { FilledBy } from './named-maxima.ts'

/** A maximum in the source: `relayLimits.pageMax` of a file. */
export interface Maximum {
  readonly path: string
  readonly name: string
}

const single = /^(?:export )?const (\w+Max)(?:: number)? =/gm
const several = /^(?:export )?const (\w+[lL]imits?)(?:: \w+)? = \{([^;]*?)\}(?: as const)?$/gm
const member = /\b(max|\w+Max):/g

/** Finds what is called a maximum: constants, and members of constants that are called limits. */
export function findMaxima(files: readonly RepositoryFile[]): readonly Maximum[] {
  return files.flatMap(({ path, text }) => {
    const alone = [...text.matchAll(single)].map(([, name = '']) => name)
    const members = [...text.matchAll(several)].flatMap(([, object = '', body = '']) =>
      [...body.matchAll(member)].map(([, name = '']) => `${object}.${name}`),
    )
    return [...alone, ...members].map((name) => ({ path, name }))
  })
}

export interface Register {
  readonly named: Readonly<Record<string, Readonly<Record<string, FilledBy>>>>
  readonly none: Readonly<Record<string, string>>
}

/** What is wrong with the register of maxima. Empty: each one is filled by a test that is there. */
export function judgeMaxima(
  files: readonly RepositoryFile[],
  found: readonly Maximum[],
  { named, none }: Register,
): readonly string[] {
  const texts = new Map(files.map(({ path, text }) => [path, text]))
  const known = new Set(found.map(({ path, name }) => `${path} ${name}`))
  const listed = Object.entries(named).flatMap(([path, rows]) =>
    Object.entries(rows).map(([name, test]) => ({ place: `${path} ${name}`, test })),
  )
  const places = new Set([...listed.map(({ place }) => place), ...Object.keys(none)])
  return [
    ...[...known].filter((each) => !places.has(each)).map((each) => `${each} is filled by no test`),
    ...[...places].filter((each) => !known.has(each)).map((each) => `${each} is not there`),
    ...listed
      .filter(({ test: [file, title] }) => !hasTitle(texts.get(file), title))
      .map(({ place, test }) => `${place} has no test "${test.join(': ')}"`),
  ]
}

function hasTitle(text: string | undefined, title: string): boolean {
  return ["'", '`', '/'].some((quote) => text?.includes(`${quote}${title}`))
}

import { posix } from 'node:path'
import { folderOf, type RepositoryFile, sourcesUnder } from '../repository/files.ts'
import { importsOf } from '../repository/syntax.ts'

/** Finds the services of the examples and the test systems that import more of another service than its contract. */
export function findServiceBorderViolations(files: readonly RepositoryFile[]): readonly string[] {
  const examples = [...sourcesUnder(files, 'examples'), ...sourcesUnder(files, 'test')]
  const services = new Set(examples.filter(isServiceFile).map(({ path }) => folderOf(path)))
  const serviceOf = (path: string): string | undefined =>
    [...services].find((folder) => path.startsWith(`${folder}/`))

  return examples.flatMap((file) => {
    const own = serviceOf(file.path)
    if (own === undefined) return []
    return importsOf(file)
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map((each) => ({ ...each, path: posix.join(folderOf(file.path), each.specifier) }))
      .filter(({ path }) => {
        const other = serviceOf(path)
        return other !== undefined && other !== own && !isContract(path)
      })
      .map(
        ({ path, line }) => `${file.path}:${line} imports ${path}: only its contract is for others`,
      )
  })
}

/** A folder that publishes a contract or defines a service is a service. */
function isServiceFile({ path }: RepositoryFile): boolean {
  return /\/(?:contract|service)\.ts$/.test(path)
}

function isContract(path: string): boolean {
  return /(?:^|[.-])contract\b[^/]*\.ts$/.test(posix.basename(path))
}

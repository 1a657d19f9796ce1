import { posix } from 'node:path'
import {
  folderOf,
  type RepositoryFile,
  shippedSources,
} from '../../test/architecture/repository/files.ts'
import {
  importsOf,
  isNode,
  nameOf,
  nodesOf,
  type SyntaxNode,
  syntaxOf,
} from '../../test/architecture/repository/syntax.ts'
import { portsOf } from '../../test/architecture/rules/ports.ts'

/**
 * Renders the reference of every port: what it is, what each adapter of it promises, and which adapters run those
 * promises. All is read from the ports, the conformance suites and the contract tests.
 */
export function renderPortsPage(files: readonly RepositoryFile[]): string {
  const ports = portsOf(files)
  return [
    '# Ports',
    '',
    'Every port, what an adapter of it promises, and which adapters run those promises as tests. Generated from the',
    '`*.port.ts` files, `src/testing/contracts` and the `*.contract.test.ts` files by `npm run generate`.',
    ...ports.flatMap((port) => renderPort(port, files)),
    '',
  ].join('\n')
}

function renderPort(port: RepositoryFile, files: readonly RepositoryFile[]): readonly string[] {
  const name = posix.basename(port.path, '.port.ts')
  const suite = files.find(({ path }) => path === `src/testing/contracts/${name}.contract.ts`)
  const head = [
    '',
    `## ${name}`,
    '',
    `[\`${port.path}\`](../../${port.path})`,
    '',
    '| Interface | What it is |',
    '|---|---|',
    ...interfacesOf(port).map((each) => `| \`${each.name}\` | ${each.summary} |`),
  ]
  if (suite === undefined) return [...head, '', 'No adapter: there is no conformance suite.']
  return [...head, '', ...renderAdapters(suite, files), ...renderPromises(suite, files)]
}

interface Documented {
  readonly name: string
  readonly summary: string
}

/** The interfaces that have methods, with the first paragraph of their docstrings. */
function interfacesOf(port: RepositoryFile): readonly Documented[] {
  return exportsOf(port)
    .filter(({ declaration }) => declaration.type === 'TSInterfaceDeclaration')
    .filter(({ declaration }) =>
      [...nodesOf(declaration)].some(({ type }) => type === 'TSMethodSignature'),
    )
    .map(({ declaration, start }) => ({
      name: nameOf(declaration['id']) ?? '',
      summary: docBefore(port, start),
    }))
}

interface Exported {
  readonly declaration: SyntaxNode
  readonly start: number
}

function exportsOf(file: RepositoryFile): readonly Exported[] {
  return [...nodesOf(syntaxOf(file).program)].flatMap((node) => {
    const declaration = node['declaration']
    if (node.type !== 'ExportNamedDeclaration' || !isNode(declaration)) return []
    return [{ declaration, start: node.start }]
  })
}

/** The first paragraph of the docstring that ends right before a place. */
function docBefore(file: RepositoryFile, start: number): string {
  const comment = syntaxOf(file).comments.findLast(
    ({ end }) => end <= start && file.text.slice(end, start).trim() === '',
  )
  const lines = (comment?.value ?? '').split('\n').map((line) => line.replace(/^\s*\*? ?/, ''))
  const [paragraph = ''] = lines.join('\n').trim().split('\n\n')
  return paragraph.replaceAll('\n', ' ').replaceAll('|', '\\|').trim()
}

function renderAdapters(
  suite: RepositoryFile,
  files: readonly RepositoryFile[],
): readonly string[] {
  const runs = files
    .filter(({ path }) => path.endsWith('.contract.test.ts'))
    .filter((file) => reaches(file, suite.path))
  const rows = runs.flatMap((run) =>
    textsOf(run, 'adapter').map((adapter) => {
      const unkept = unkeptOf(run)
      const exceptions = unkept.length === 0 ? 'none' : unkept.join('; ')
      return `| ${adapter} | [\`${run.path}\`](../../${run.path}) | ${exceptions} |`
    }),
  )
  return ['| Adapter | Run by | Promises not kept |', '|---|---|---|', ...rows, '']
}

function reaches(file: RepositoryFile, target: string): boolean {
  return importsOf(file).some(
    ({ specifier }) => posix.join(folderOf(file.path), specifier) === target,
  )
}

/** `promise (reason)` for each entry of an `unkept` object. */
function unkeptOf(run: RepositoryFile): readonly string[] {
  return propertiesOf(run, 'unkept').flatMap((value) =>
    isNode(value) && Array.isArray(value['properties'])
      ? value['properties'].filter(isNode).map((each) => {
          const key = nameOf(each['key']) ?? (isNode(each['key']) ? each['key']['value'] : '')
          const reason = isNode(each['value']) ? each['value']['value'] : undefined
          return `${String(key)} (${String(reason)})`
        })
      : [],
  )
}

function propertiesOf(file: RepositoryFile, name: string): readonly unknown[] {
  return [...nodesOf(syntaxOf(file).program)]
    .filter((node) => node.type === 'Property' && nameOf(node['key']) === name)
    .map((node) => node['value'])
}

/** Values of all properties of a name that are written as plain text. */
function textsOf(file: RepositoryFile, name: string): readonly string[] {
  return propertiesOf(file, name).flatMap((value) =>
    isNode(value) && typeof value['value'] === 'string' ? [value['value']] : [],
  )
}

function renderPromises(
  suite: RepositoryFile,
  files: readonly RepositoryFile[],
): readonly string[] {
  const parts = shippedSources(files).filter(
    (file) => file.path === suite.path || reaches(suite, file.path),
  )
  return parts
    .flatMap((part) => exportsOf(part).map((each) => ({ part, each })))
    .flatMap(({ part, each: { declaration, start } }) => {
      const promises = promisesIn(declaration)
      if (promises.length === 0) return []
      return [docBefore(part, start), '', ...promises.map((text) => `- ${text}`), '']
    })
    .slice(0, -1)
}

/** Promises that are put together from other things (`promise,`) are listed where they are written. */
function promisesIn(declaration: SyntaxNode): readonly string[] {
  return [...nodesOf(declaration)]
    .filter((node) => node.type === 'Property' && nameOf(node['key']) === 'promise')
    .flatMap(({ value }) => {
      if (!isNode(value) || value.type === 'Identifier') return []
      if (typeof value['value'] === 'string') return [value['value']]
      throw new Error(`a promise is not plain text, so it cannot be listed: ${value.type}`)
    })
}

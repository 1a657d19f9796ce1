import { posix } from 'node:path'
import type { PortException } from '../exceptions.ts'
import { folderOf, type RepositoryFile, shippedSources } from '../repository/files.ts'
import { importsOf, isNode, nodesOf, type SyntaxNode, syntaxOf } from '../repository/syntax.ts'

export const methodsMax = 7

/** Lists the ports of the repository. */
export function portsOf(files: readonly RepositoryFile[]): readonly RepositoryFile[] {
  return shippedSources(files).filter(({ path }) => path.endsWith('.port.ts'))
}

/** Finds ports that are too wide, promise nothing that a test can check, or have no reference. */
export function findUnfinishedPorts(
  files: readonly RepositoryFile[],
  exceptions: readonly PortException[],
): readonly string[] {
  const ports = portsOf(files)
  const gone = exceptions.filter(({ file }) => !ports.some(({ path }) => path === file))
  return [
    ...gone.map(({ file }) => `${file} has a port exception but does not exist: remove it`),
    ...ports.flatMap(findWideInterfaces),
    ...ports
      .filter(({ path }) => !exceptions.some(({ file }) => file === path))
      .flatMap((port) => findMissingParts(port, files)),
  ]
}

function findWideInterfaces(port: RepositoryFile): readonly string[] {
  return [...nodesOf(syntaxOf(port).program)]
    .filter(({ type }) => type === 'TSInterfaceDeclaration')
    .map((node) => ({ name: textOf(port, node['id']), count: countMethods(node) }))
    .filter(({ count }) => count > methodsMax)
    .map(({ name, count }) => `${port.path}: ${name} has ${count} methods, ${methodsMax} at most`)
}

function countMethods(declaration: SyntaxNode): number {
  const body = declaration['body']
  const members = isNode(body) && Array.isArray(body['body']) ? body['body'] : []
  return members.filter((member) => isNode(member) && isMethod(member)).length
}

function isMethod(member: SyntaxNode): boolean {
  if (member.type === 'TSMethodSignature') return true
  const annotation = member['typeAnnotation']
  const type = isNode(annotation) ? annotation['typeAnnotation'] : undefined
  return isNode(type) && type.type === 'TSFunctionType'
}

function findMissingParts(
  port: RepositoryFile,
  files: readonly RepositoryFile[],
): readonly string[] {
  const name = posix.basename(port.path, '.port.ts')
  const suite = `src/testing/contracts/${name}.contract.ts`
  const hasSuite = files.some(({ path }) => path === suite)
  const inMemory = files.filter(({ path }) => path.startsWith('src/adapters/memory/'))
  const runsSuite = inMemory.some(
    (file) => file.path.endsWith('.contract.test.ts') && imports(file, suite),
  )
  const hasReference = shippedSources(inMemory).some((file) => imports(file, port.path))
  return [
    ...(hasSuite ? [] : [`${port.path} has no conformance suite ${suite}`]),
    ...(hasReference ? [] : [`${port.path} has no reference in src/adapters/memory`]),
    ...(hasSuite && !runsSuite
      ? [`${suite} is run by no src/adapters/memory/*.contract.test.ts`]
      : []),
  ]
}

function imports(file: RepositoryFile, target: string): boolean {
  return importsOf(file).some(
    ({ specifier }) => posix.join(folderOf(file.path), specifier) === target,
  )
}

function textOf({ text }: RepositoryFile, node: unknown): string {
  return isNode(node) ? text.slice(node.start, node.end) : ''
}

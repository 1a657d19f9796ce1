import { type Comment, parseSync } from 'oxc-parser'
import type { RepositoryFile } from './files.ts'

/** A node of the syntax tree, seen loosely: rules ask for the few fields that they know. */
export interface SyntaxNode {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [field: string]: unknown
}

export interface ImportedModule {
  readonly specifier: string
  readonly line: number
  /** Whether only types come in, so that nothing is loaded at run time. */
  readonly isType: boolean
}

export interface Syntax {
  readonly program: SyntaxNode
  readonly comments: readonly Comment[]
}

const parsed = new WeakMap<RepositoryFile, Syntax>()

/** Parses a file, once. */
export function syntaxOf(file: RepositoryFile): Syntax {
  const known = parsed.get(file)
  if (known !== undefined) return known
  const { program, comments, errors } = parseSync(file.path, file.text)
  const [error] = errors
  if (error !== undefined) throw new Error(`${file.path} does not parse: ${error.message}`)
  const syntax: Syntax = { program: program as unknown as SyntaxNode, comments }
  parsed.set(file, syntax)
  return syntax
}

/** Whether a value is a node. */
export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value
}

/** The nodes directly below a node. */
export function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  return Object.values(node).flatMap((value) => {
    if (Array.isArray(value)) return value.filter(isNode)
    return isNode(value) ? [value] : []
  })
}

/** Every node of a tree, parents first. */
export function* nodesOf(node: SyntaxNode): Generator<SyntaxNode> {
  yield node
  for (const child of childrenOf(node)) yield* nodesOf(child)
}

/** The name of an identifier; `undefined` for any other node. */
export function nameOf(node: unknown): string | undefined {
  return isNode(node) && node.type === 'Identifier' ? String(node['name']) : undefined
}

/** The line of a place in a file, from 1. */
export function lineAt({ text }: RepositoryFile, offset: number): number {
  return text.slice(0, offset).split('\n').length
}

const importing = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
])

/** Every module that a file names in an import or an export, dynamic ones and those of types included. */
export function importsOf(file: RepositoryFile): readonly ImportedModule[] {
  return [...nodesOf(syntaxOf(file).program)]
    .filter((node) => importing.has(node.type))
    .flatMap((node) => {
      const source = node['source'] ?? node['argument']
      if (!isNode(source)) return []
      const line = lineAt(file, node.start)
      return [{ specifier: specifierOf(file, source), line, isType: bringsOnlyTypes(node) }]
    })
}

/** A specifier that is no literal is given as it is written: no rule will know it, and so it is refused. */
function specifierOf({ text }: RepositoryFile, source: SyntaxNode): string {
  const { value } = source
  return typeof value === 'string' ? value : text.slice(source.start, source.end)
}

function bringsOnlyTypes(node: SyntaxNode): boolean {
  if (node.type === 'TSImportType') return true
  const kinds = [node['importKind'], node['exportKind']]
  if (kinds.includes('type')) return true
  const specifiers = node['specifiers']
  if (!Array.isArray(specifiers) || specifiers.length === 0) return false
  return specifiers.every(
    (each) => isNode(each) && [each['importKind'], each['exportKind']].includes('type'),
  )
}

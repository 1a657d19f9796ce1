// Finds the names that a file uses and does not declare: globals. A name counts as declared only inside the
// scope of its declaration, so a parameter `fetch` in one function hides nothing in another.
import { childrenOf, isNode, nameOf, type SyntaxNode } from './syntax.ts'

export interface GlobalUse {
  readonly name: string
  readonly offset: number
  /** The property taken from it, as in `Math.random`; `undefined` for the name alone or a computed one. */
  readonly member?: string
}

interface Place {
  readonly parent?: SyntaxNode
  readonly declared: ReadonlySet<string>
}

/** Every use of a global, types left out: they are gone at run time. */
export function globalUsesOf(program: SyntaxNode): readonly GlobalUse[] {
  return collect(program, { declared: new Set() })
}

const scopes =
  /^(?:Program|BlockStatement|StaticBlock|SwitchStatement|CatchClause|For.*Statement|Class.*|Function.*|ArrowFunctionExpression)$/
/** Syntax of TypeScript that holds an expression which runs. */
const typedExpressions = new Set([
  'TSAsExpression',
  'TSSatisfiesExpression',
  'TSNonNullExpression',
  'TSInstantiationExpression',
  'TSTypeAssertion',
  'TSParameterProperty',
])
const silent = new Set(['ImportDeclaration', 'ExportAllDeclaration', 'MetaProperty'])

function collect(node: SyntaxNode, place: Place): readonly GlobalUse[] {
  if (silent.has(node.type)) return []
  if (node.type.startsWith('TS') && !typedExpressions.has(node.type)) return []
  if (node.type === 'ExportNamedDeclaration' && isNode(node['source'])) return []
  const name = nameOf(node)
  if (name !== undefined) return useOf(node, name, place)
  const declared = scopes.test(node.type)
    ? new Set([...place.declared, ...declaredBy(node)])
    : place.declared
  return childrenOf(node)
    .filter((child) => !isPropertyName(child, node))
    .flatMap((child) => collect(child, { parent: node, declared }))
}

function useOf(node: SyntaxNode, name: string, { parent, declared }: Place): readonly GlobalUse[] {
  if (declared.has(name)) return []
  const member = memberTaken(node, parent) ?? (isDateOfNow(name, parent) ? 'now' : undefined)
  return [{ name, offset: node.start, ...(member === undefined ? {} : { member }) }]
}

function memberTaken(node: SyntaxNode, parent: SyntaxNode | undefined): string | undefined {
  const isObject = parent?.type === 'MemberExpression' && parent['object'] === node
  return isObject && parent['computed'] !== true ? nameOf(parent['property']) : undefined
}

/** `new Date()` reads the clock as `Date.now` does; with an argument it only converts. */
function isDateOfNow(name: string, parent: SyntaxNode | undefined): boolean {
  if (name !== 'Date' || nameOf(parent?.['callee']) !== name) return false
  return listOf(parent?.['arguments']).length === 0
}

function isPropertyName(child: SyntaxNode, parent: SyntaxNode): boolean {
  if (parent['computed'] === true) return false
  if (parent['shorthand'] === true) return parent['key'] === child && parent['value'] !== child
  return (
    (parent.type === 'MemberExpression' && parent['property'] === child) ||
    parent['key'] === child ||
    parent['label'] === child
  )
}

function declaredBy(scope: SyntaxNode): readonly string[] {
  const own = [scope['id'], scope['param'], scope['init'], scope['left']]
  const parameters = listOf(scope['params'])
  const statements = [...listOf(scope['body']), ...listOf(scope['cases']).flatMap(caseBody)]
  return [...own.filter(isNode), ...parameters, ...statements].flatMap(boundBy)
}

function caseBody(each: SyntaxNode): readonly SyntaxNode[] {
  return listOf(each['consequent'])
}

function listOf(value: unknown): readonly SyntaxNode[] {
  if (Array.isArray(value)) return value.filter(isNode)
  return isNode(value) ? [value] : []
}

const boundFields: Readonly<Record<string, readonly string[]>> = {
  VariableDeclaration: ['declarations'],
  VariableDeclarator: ['id'],
  FunctionDeclaration: ['id'],
  ClassDeclaration: ['id'],
  ImportDeclaration: ['specifiers'],
  ImportSpecifier: ['local'],
  ImportDefaultSpecifier: ['local'],
  ImportNamespaceSpecifier: ['local'],
  ExportNamedDeclaration: ['declaration'],
  ObjectPattern: ['properties'],
  ArrayPattern: ['elements'],
  Property: ['value'],
  AssignmentPattern: ['left'],
  RestElement: ['argument'],
  TSParameterProperty: ['parameter'],
}

function boundBy(node: SyntaxNode): readonly string[] {
  const name = nameOf(node)
  if (name !== undefined) return [name]
  return (boundFields[node.type] ?? []).flatMap((field) => listOf(node[field]).flatMap(boundBy))
}

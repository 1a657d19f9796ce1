import { levelOf, testRoots } from '../../../tools/verify/test-files.ts'
import { isTest, type RepositoryFile } from '../repository/files.ts'
import { isNode, lineAt, nameOf, nodesOf, type SyntaxNode, syntaxOf } from '../repository/syntax.ts'

const testFunctions = new Set(['test', 'it', 'describe', 'suite'])

/** Finds test files that no step runs, and tests that are switched off without a reason. */
export function findSilentTests(files: readonly RepositoryFile[]): readonly string[] {
  const tests = files.filter(
    (file) => /\.(?:test|spec)\.[cm]?[jt]sx?$/.test(file.path) || isTest(file),
  )
  return tests.flatMap((file) => [
    ...(isRun(file)
      ? []
      : [`${file.path} is run by no step: put it under ${testRoots.join(', ')}`]),
    ...[...nodesOf(syntaxOf(file).program)]
      .filter(isSwitchedOff)
      .map((node) => `${file.path}:${lineAt(file, node.start)} is switched off without a reason`),
  ])
}

function isRun({ path }: RepositoryFile): boolean {
  const isUnderRoot = testRoots.some((folder) => path.startsWith(`${folder}/`))
  return isUnderRoot && (levelOf(path) !== undefined || path.endsWith('.test-d.ts'))
}

function isSwitchedOff(node: SyntaxNode): boolean {
  if (node.type === 'CallExpression') return isSwitchedOffCall(node)
  if (node.type !== 'Property') return false
  const key = nameOf(node['key'])
  if (key === 'only' || key === 'todo') return isInTestOptions(node)
  return key === 'skip' && isNode(node['value']) && !canBeReason(node['value'])
}

/** `it.only` leaves out everything else, and `it.skip` and `it.todo` have no place for a reason. */
function isSwitchedOffCall(node: SyntaxNode): boolean {
  const callee = node['callee']
  if (!isNode(callee) || callee.type !== 'MemberExpression') return false
  const [object, member] = [nameOf(callee['object']) ?? '', nameOf(callee['property']) ?? '']
  if (testFunctions.has(object)) return ['skip', 'only', 'todo'].includes(member)
  const hasNoArgument = Array.isArray(node['arguments']) && node['arguments'].length === 0
  return object === 't' && ['skip', 'todo'].includes(member) && hasNoArgument
}

function isInTestOptions(node: SyntaxNode): boolean {
  const value = node['value']
  return isNode(value) && value.type === 'Literal' && value['value'] === true
}

/** A reason is a text, or something that may become one. */
function canBeReason(value: SyntaxNode): boolean {
  if (value.type === 'Literal')
    return typeof value['value'] === 'string' || value['value'] === false
  return value.type !== 'UnaryExpression' && value.type !== 'BinaryExpression'
}

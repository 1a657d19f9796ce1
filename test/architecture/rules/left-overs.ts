import { type Comment, parseSync } from 'oxc-parser'
import type { RepositoryFile } from '../repository/files.ts'
import { isNode, lineAt, syntaxOf } from '../repository/syntax.ts'

const promise = /\b(?:TODO|FIXME|XXX|HACK)\b/
/** Statements that a sentence never is. A lone name, a label or a list of words parses as code, too. */
const codeTypes =
  /^(?:Import|Export|VariableDeclaration|FunctionDeclaration|ClassDeclaration|ReturnStatement|ThrowStatement|IfStatement|For|While)/
const codeExpressions = new Set([
  'CallExpression',
  'AwaitExpression',
  'AssignmentExpression',
  'NewExpression',
  'UpdateExpression',
])

/** Finds comments that put work off, and comments that are code. */
export function findLeftOvers(files: readonly RepositoryFile[]): readonly string[] {
  return files.filter(({ path }) => /\.(?:ts|mjs)$/.test(path)).flatMap(leftOversIn)
}

function leftOversIn(file: RepositoryFile): readonly string[] {
  return syntaxOf(file).comments.flatMap((comment) => {
    const place = `${file.path}:${lineAt(file, comment.start)}`
    return [
      ...(promise.test(comment.value) ? [`${place} puts work off: say what is true now`] : []),
      ...(isCode(comment) ? [`${place} is code in a comment: delete it`] : []),
    ]
  })
}

/** Docstrings may show code; they are the only comments that may. */
function isCode({ type, value }: Comment): boolean {
  if (type === 'Block' && value.startsWith('*')) return false
  const text = value.trim()
  if (!/[=(){}]|^(?:import|export|return|throw) /.test(text)) return false
  // Wrapped, so that `return` and `await` parse where a comment has torn them from their function.
  return parsesAsCode(text) || parsesAsCode(`async function torn() {\n${text}\n}`)
}

function parsesAsCode(text: string): boolean {
  const { program, errors } = parseSync('comment.ts', text)
  if (errors.length > 0) return false
  const [first] = program.body
  const isTorn = text.startsWith('async function torn') && first?.type === 'FunctionDeclaration'
  const statements = isTorn ? (first.body?.body ?? []) : program.body
  return statements.some((statement) => {
    if (codeTypes.test(statement.type)) return true
    const expression = 'expression' in statement ? statement.expression : undefined
    return isNode(expression) && codeExpressions.has(expression.type)
  })
}

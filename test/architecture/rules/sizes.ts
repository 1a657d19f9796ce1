import type { SizeException } from '../exceptions.ts'
import { folderOf, isTest, type RepositoryFile } from '../repository/files.ts'
import { syntaxOf } from '../repository/syntax.ts'

export const linesMax = 300
/** For files of types, ports and tables, which are read by looking up and not from top to bottom. */
export const tableLinesMax = 400
export const filesPerFolderMax = 20
export const folderDepthMax = 3
/** How far a file may fall below its exception before the exception must follow it down. */
const slackLines = 10

/** Finds files over their budget, and exceptions that no longer tell the truth. */
export function findLargeFiles(
  files: readonly RepositoryFile[],
  exceptions: readonly SizeException[],
): readonly string[] {
  const budgeted = files.filter(isBudgeted)
  const gone = exceptions
    .filter(({ file }) => !budgeted.some(({ path }) => path === file))
    .map(({ file }) => `${file} has a size exception but does not exist: remove it`)
  return [...gone, ...budgeted.flatMap((file) => judgeSize(file, exceptions))]
}

function isBudgeted({ path }: RepositoryFile): boolean {
  return path.endsWith('.ts') && !path.endsWith('.gen.ts')
}

function judgeSize(file: RepositoryFile, exceptions: readonly SizeException[]): readonly string[] {
  const lines = countCodeLines(file)
  const budget = isTable(file) ? tableLinesMax : linesMax
  const exception = exceptions.find((each) => each.file === file.path)
  const max = exception?.lines ?? budget
  if (lines > max) return [`${file.path} has ${lines} code lines, over its budget of ${max}`]
  if (exception === undefined) return []
  if (lines <= budget) return [`${file.path} fits its budget: remove its size exception`]
  if (lines >= max - slackLines) return []
  return [`${file.path} has ${lines} code lines: lower its size exception of ${max}`]
}

function isTable({ path }: RepositoryFile): boolean {
  return path.endsWith('.port.ts') || path.endsWith('-table.ts') || path.startsWith('src/language/')
}

/** Counts the lines that hold code: what is left when comments and empty lines are taken out. */
export function countCodeLines(file: RepositoryFile): number {
  const { comments } = syntaxOf(file)
  const code = comments.reduceRight(
    (text, { start, end }) => text.slice(0, start) + text.slice(end),
    file.text,
  )
  const blank = comments.reduce(
    (sum, { start, end }) => sum + newlines(file.text.slice(start, end)),
    0,
  )
  const filled = code.split('\n').filter((line) => line.trim() !== '').length
  // A comment inside a line of code leaves that line; one that spans lines takes only its own away.
  return Math.max(0, Math.min(filled, newlines(file.text) + 1 - blank))
}

function newlines(text: string): number {
  return text.split('\n').length - 1
}

/** Finds folders of `src` with too many files or too deep. Tests beside their subject do not count. */
export function findLargeFolders(files: readonly RepositoryFile[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const file of files) {
    if (!file.path.startsWith('src/') || isTest(file)) continue
    const folder = folderOf(file.path)
    counts.set(folder, (counts.get(folder) ?? 0) + 1)
  }
  return [...counts].flatMap(([folder, count]) => {
    const depth = folder.split('/').length - 1
    return [
      ...(count > filesPerFolderMax
        ? [`${folder} holds ${count} files: ${filesPerFolderMax} at most`]
        : []),
      ...(depth > folderDepthMax ? [`${folder} is ${depth} deep: ${folderDepthMax} at most`] : []),
    ]
  })
}

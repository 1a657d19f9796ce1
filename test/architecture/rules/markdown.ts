import { posix } from 'node:path'
import { folderOf, type RepositoryFile } from '../repository/files.ts'

/** Finds pages without exactly one title, and relative links that lead nowhere. */
export function findMarkdownFaults(
  files: readonly RepositoryFile[],
  exists: (path: string) => boolean,
): readonly string[] {
  return files
    .filter(({ path }) => path.endsWith('.md'))
    .flatMap((page) => [
      ...titleFaults(page),
      ...linkFaults(page, exists),
      ...changelogFaults(page),
    ])
}

function titleFaults({ path, text }: RepositoryFile): readonly string[] {
  const count = withoutCode(text).match(/^# /gm)?.length ?? 0
  return count === 1 ? [] : [`${path} has ${count} titles: one is right`]
}

function linkFaults(
  { path, text }: RepositoryFile,
  exists: (path: string) => boolean,
): readonly string[] {
  const links = withoutCode(text).matchAll(/\]\(<?(?<target>[^)\s>]+)>?(?:\s+"[^"]*")?\)/g)
  return [...links]
    .map(({ groups }) => groups?.['target'] ?? '')
    .filter((target) => !/^(?:[a-z][a-z+.-]*:|#)/i.test(target))
    .map((target) => decodeURI(target.replace(/[#?].*$/, '')))
    .filter((target) => target.startsWith('/') || !exists(posix.join(folderOf(path), target)))
    .map((target) => `${path} links to ${target}, which is not there`)
}

function changelogFaults({ path, text }: RepositoryFile): readonly string[] {
  if (path !== 'CHANGELOG.md' || /^## \[?Unreleased\]?$/m.test(text)) return []
  return ['CHANGELOG.md has no "Unreleased" part']
}

function withoutCode(text: string): string {
  return text
    .replaceAll(/^ *(?<fence>`{3,}|~{3,})[^\n]*\n.*?^ *\k<fence>/gms, '')
    .replaceAll(/`[^`\n]*`/g, '')
}

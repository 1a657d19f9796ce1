// Code in pages comes from files that compile and run. A fence names its file, and a region of it if not all is meant:
//
//   ```ts examples/first-service/borrowing.ts#saga
//   ...written by "npm run generate"...
//   ```
//
// A region lies between the lines `// #region saga` and `// #endregion saga`.

const fences =
  /^```(?<language>[a-z]+) (?<file>[\w./-]+\.\w+)(?:#(?<region>[\w-]+))?\n(?:.*?\n)??```$/gms

/**
 * Writes the code of every fence that names a file anew; everything else of the page stays as it is.
 *
 * @throws when a file or a region is not there.
 */
export function fillSnippets(page: string, read: (file: string) => string): string {
  return page.replaceAll(fences, (...found) => {
    // Why the cast: the last argument of a replacer holds the named groups.
    const { language, file, region } = found.at(-1) as Readonly<Record<string, string>>
    const name = region === undefined ? file : `${file}#${region}`
    const text = read(file ?? '')
    const code = region === undefined ? withoutMarks(text) : regionOf(text, name ?? '', region)
    return `\`\`\`${language} ${name}\n${code.trim()}\n\`\`\``
  })
}

/** The openings of the TypeScript fences that name no file: code that nobody compiles. */
export function findLooseCode(page: string): readonly string[] {
  return page.match(/^```(?:ts|typescript|js|javascript)\s*$/gm) ?? []
}

function regionOf(text: string, name: string, region: string): string {
  const [, inner] = text.split(new RegExp(`^ *// #(?:end)?region ${region}\\n`, 'm'))
  if (inner === undefined) throw new Error(`${name}: the file has no region of that name`)
  const indent = /^ */.exec(inner)?.[0] ?? ''
  return withoutMarks(inner.replaceAll(new RegExp(`^${indent}`, 'gm'), ''))
}

function withoutMarks(text: string): string {
  return text.replaceAll(/^ *\/\/ #(?:end)?region .*\n/gm, '')
}

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readRepository } from '../../test/architecture/repository/files.ts'
import { fillSnippets, findLooseCode } from './snippets.ts'

const file = [
  `import { a } from 'a'`,
  '',
  'function wrap() {',
  '  // #region inner',
  '  go()',
  '    .on()',
  '  // #endregion inner',
  '}',
  '',
].join('\n')

function filled(page: string): string {
  return fillSnippets(page, (path) => {
    assert.equal(path, 'examples/a.ts')
    return file
  })
}

describe('code in pages', () => {
  it('comes from files: no page for newcomers holds code that nobody compiles', () => {
    const pages = readRepository().filter(({ path }) =>
      /^(?:README\.md|docs\/tutorial\.md|docs\/concepts\/.*\.md)$/.test(path),
    )

    assert.ok(pages.length >= 6)
    for (const { path, text } of pages) assert.deepEqual(findLooseCode(text), [], path)
  })

  it('is written anew from the whole file, without the marks of regions', () => {
    const page = '# A\n\n```ts examples/a.ts\nold\n```\n\nText.\n'

    const text = filled(page)

    assert.equal(
      text,
      `# A\n\n\`\`\`ts examples/a.ts\nimport { a } from 'a'\n\nfunction wrap() {\n  go()\n    .on()\n}\n\`\`\`\n\nText.\n`,
    )
    assert.equal(filled(text), text)
  })

  it('is written anew from a region, moved to the left', () => {
    assert.equal(
      filled('```ts examples/a.ts#inner\n```\n'),
      '```ts examples/a.ts#inner\ngo()\n  .on()\n```\n',
    )
  })

  it('fails for a region that is not there', () => {
    assert.throws(() => filled('```ts examples/a.ts#outer\nold\n```\n'), /no region/)
  })

  it('is left alone when its fence names no file, and is then found', () => {
    const loose = '```ts\nlet a\n```\n\n```sh\nnpm ci\n```\n'

    assert.equal(filled(loose), loose)
    assert.deepEqual(findLooseCode(loose), ['```ts'])
    assert.deepEqual(findLooseCode('```ts examples/a.ts\n```\n'), [])
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sizeExceptions } from './exceptions.ts'
import { assertNone } from './repository/assert-none.ts'
import { readRepository } from './repository/files.ts'
import { countCodeLines, findLargeFiles, findLargeFolders } from './rules/sizes.ts'

const reason = 'planted'

function linesOf(count: number): string {
  return 'go()\n'.repeat(count)
}

describe('files and folders keep their budgets', () => {
  const files = readRepository()

  it('holds in this repository', () => {
    assert.ok(files.length > 50)
    assertNone([...findLargeFiles(files, sizeExceptions), ...findLargeFolders(files)])
  })

  it('counts code, not comments or empty lines', () => {
    const text = '// one\n\n/**\n * two\n */\nconst a = 1 // beside\nconst b = 2\n'

    assert.equal(countCodeLines({ path: 'a.ts', text }), 2)
  })

  it('sees a file over its budget, and gives types and tables more room', () => {
    const long = { path: 'src/log/a.ts', text: linesOf(301) }
    const port = { path: 'src/log/a.port.ts', text: linesOf(400) }

    assert.equal(findLargeFiles([long], []).length, 1)
    assert.equal(findLargeFiles([port], []).length, 0)
  })

  it('lets an exception only shrink', () => {
    const file = 'src/log/a.ts'
    const grown = [{ path: file, text: linesOf(351) }]
    const shrunk = [{ path: file, text: linesOf(320) }]
    const fitting = [{ path: file, text: linesOf(300) }]
    const exceptions = [{ file, lines: 350, reason }]

    assert.match(findLargeFiles(grown, exceptions)[0] ?? '', /over its budget of 350/)
    assert.match(findLargeFiles(shrunk, exceptions)[0] ?? '', /lower its size exception/)
    assert.match(findLargeFiles(fitting, exceptions)[0] ?? '', /remove its size exception/)
    assert.match(findLargeFiles([], exceptions)[0] ?? '', /does not exist/)
    assert.deepEqual(findLargeFiles([{ path: file, text: linesOf(345) }], exceptions), [])
  })

  it('sees a crowded folder and a deep one', () => {
    const crowd = Array.from({ length: 21 }, (_, index) => ({
      path: `src/log/a${index}.ts`,
      text: '',
    }))
    const deep = { path: 'src/log/b/c/d/e.ts', text: '' }

    assert.match(findLargeFolders(crowd)[0] ?? '', /holds 21 files/)
    assert.match(findLargeFolders([deep])[0] ?? '', /4 deep/)
  })
})

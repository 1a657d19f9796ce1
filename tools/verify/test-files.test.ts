import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { levelOf, narrow } from './test-files.ts'

describe('test files', () => {
  it('are put at a level by their ending', () => {
    assert.equal(levelOf('src/log/a.test.ts'), 'unit')
    assert.equal(levelOf('src/adapters/sqlite/sqlite.contract.test.ts'), 'contract')
    assert.equal(levelOf('test/order.sim.test.ts'), 'sim')
    assert.equal(levelOf('test/packaging/package.int.test.ts'), 'int')
    assert.equal(levelOf('examples/marketplace/marketplace.e2e.test.ts'), 'e2e')
    assert.equal(levelOf('test/architecture/layers.test.ts'), 'architecture')
    assert.equal(levelOf('src/log/a.test-d.ts'), undefined)
    assert.equal(levelOf('src/testing/contracts/clock.contract.ts'), undefined)
  })

  it('are narrowed to a folder or a file, and never to a name that only begins alike', () => {
    const files = ['src/log/a.test.ts', 'src/logging/b.test.ts']

    assert.deepEqual(narrow(files, []), files)
    assert.deepEqual(narrow(files, ['./src/log/']), ['src/log/a.test.ts'])
    assert.deepEqual(narrow(files, ['src/logging/b.test.ts']), ['src/logging/b.test.ts'])
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readRepository } from '../../test/architecture/repository/files.ts'
import { portsOf } from '../../test/architecture/rules/ports.ts'
import { renderPortsPage } from './ports-page.ts'

const port = {
  path: 'src/log/store.port.ts',
  text: '/**\n * Keeps | events.\n *\n * More.\n */\nexport interface Store { read(): void }\nexport interface Row { readonly a: 1 }',
}
const suite = {
  path: 'src/testing/contracts/store.contract.ts',
  text: `/** What all keep. */\nexport const storeContract = { promises: [{ promise: 'reads', check() {} }] }`,
}
const run = {
  path: 'src/adapters/paper/paper.contract.test.ts',
  text: `import { storeContract } from '../../testing/contracts/store.contract.ts'
verifyContract(runner, storeContract, { adapter: 'paper', open, unkept: { reads: 'torn', 'is quick': 'slow' } })`,
}

describe('the reference of the ports', () => {
  it('has a part for every port of this repository', () => {
    const files = readRepository()

    const page = renderPortsPage(files)

    const ports = portsOf(files)
    assert.ok(ports.length >= 3)
    for (const { path } of ports) assert.ok(page.includes(`(../../${path})`), path)
    assert.ok((page.match(/^- /gm)?.length ?? 0) > 60)
  })

  it('says what a port is, what is promised and who runs it', () => {
    const page = renderPortsPage([port, suite, run])

    assert.match(page, /^\| `Store` \| Keeps \\\| events\. \|$/m)
    assert.doesNotMatch(page, /`Row`/)
    assert.match(page, /^What all keep\.\n\n- reads$/m)
    assert.match(
      page,
      /^\| paper \| .*paper\.contract\.test\.ts`\].* \| reads \(torn\); is quick \(slow\) \|$/m,
    )
  })

  it('says when nobody can implement a port', () => {
    assert.match(renderPortsPage([port]), /no conformance suite/)
  })

  it('refuses a promise that it could not list', () => {
    const text = suite.text.replace(`'reads'`, '`reads ${1}`')

    assert.throws(() => renderPortsPage([port, { ...suite, text }, run]), /not plain text/)
  })
})

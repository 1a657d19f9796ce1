import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { portExceptions } from './exceptions.ts'
import { assertNone } from './repository/assert-none.ts'
import { readRepository } from './repository/files.ts'
import { findUnfinishedPorts, portsOf } from './rules/ports.ts'

const port = { path: 'src/log/store.port.ts', text: 'export interface Store { read(): void }' }
const suite = { path: 'src/testing/contracts/store.contract.ts', text: '' }
const reference = {
  path: 'src/adapters/memory/store.ts',
  text: `import type { Store } from '../../log/store.port.ts'`,
}
const run = {
  path: 'src/adapters/memory/memory.contract.test.ts',
  text: `import { storeContract } from '../../testing/contracts/store.contract.ts'`,
}

describe('each port is small, promised and referenced', () => {
  it('holds in this repository', () => {
    const files = readRepository()

    assert.ok(portsOf(files).length >= 3)
    assertNone(findUnfinishedPorts(files, portExceptions))
  })

  it('is content with a finished port', () => {
    assert.deepEqual(findUnfinishedPorts([port, suite, reference, run], []), [])
  })

  it('sees each part that is missing', () => {
    assert.match(findUnfinishedPorts([port, reference, run], [])[0] ?? '', /no conformance suite/)
    assert.match(findUnfinishedPorts([port, suite, run], [])[0] ?? '', /no reference/)
    assert.match(findUnfinishedPorts([port, suite, reference], [])[0] ?? '', /is run by no/)
  })

  it('sees an interface with eight methods, however they are written', () => {
    const methods = ['a(): void', 'b(): void', 'c(): void', 'd: () => void', 'e(): void']
    const text = `export interface Wide { ${[...methods, 'f(): void', 'g(): void', 'h(): void'].join('\n')} }`

    const found = findUnfinishedPorts([{ ...port, text }, suite, reference, run], [])

    assert.deepEqual(found, ['src/log/store.port.ts: Wide has 8 methods, 7 at most'])
  })

  it('takes exceptions only for ports that exist', () => {
    const exception = { file: port.path, reason: 'planted' }

    assert.deepEqual(findUnfinishedPorts([port], [exception]), [])
    assert.match(findUnfinishedPorts([], [exception])[0] ?? '', /does not exist/)
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assertNone } from './repository/assert-none.ts'
import { readRepository } from './repository/files.ts'
import { findServiceBorderViolations } from './rules/service-borders.ts'

describe('a service knows only the contracts of other services', () => {
  it('holds in the examples', () => {
    assertNone(findServiceBorderViolations(readRepository()))
  })

  it('sees a service that reaches into another one', () => {
    const found = findServiceBorderViolations([
      { path: 'examples/shop/stock/contract.ts', text: '' },
      { path: 'examples/shop/stock/item.ts', text: `import { a } from '../product/contract.ts'` },
      { path: 'examples/shop/product/contract.ts', text: '' },
      { path: 'examples/shop/product/price.ts', text: `import { a } from '../stock/item.ts'` },
      { path: 'examples/shop/product/own.ts', text: `import { a } from './price.ts'` },
      { path: 'examples/shop/system.ts', text: `import a from './stock/service.ts'` },
    ])

    assert.deepEqual(found, [
      'examples/shop/product/price.ts:1 imports examples/shop/stock/item.ts: only its contract is for others',
    ])
  })
})

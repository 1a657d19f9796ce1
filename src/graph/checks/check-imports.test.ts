import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkImports, type SourceFile } from './check-imports.ts'

function source(file: string, facts: Partial<SourceFile> = {}): SourceFile {
  return { file, imports: [], defines: [], publishes: [], ...facts }
}

const stock = [
  source('/shop/stock/contract.ts', { defines: ['stock'], publishes: ['stock'] }),
  source('/shop/stock/service.ts', {
    defines: ['stock'],
    imports: ['/shop/stock/rules/limits.ts'],
  }),
  source('/shop/stock/rules/limits.ts'),
]

describe('checkImports', () => {
  it('allows the own inside, the contracts of others, and files that belong to no service', () => {
    const findings = checkImports([
      ...stock,
      source('/shop/money.ts'),
      source('/shop/order/service.ts', {
        defines: ['order'],
        imports: ['/shop/stock/contract.ts', '/shop/money.ts', '/elsewhere/library.ts'],
      }),
    ])

    assert.deepEqual(findings, [])
  })

  it('finds the import of another service, also deep inside both', () => {
    const findings = checkImports([
      ...stock,
      source('/shop/order/service.ts', { defines: ['order'] }),
      source('/shop/order/pricing/total.ts', { imports: ['/shop/stock/rules/limits.ts'] }),
    ])

    assert.deepEqual(findings, [
      {
        code: 'IMPORT_ACROSS_SERVICES',
        level: 'error',
        where: '/shop/order/pricing/total.ts',
        message:
          'Service "order" imports /shop/stock/rules/limits.ts, which is inside service "stock". Import the contract of "stock" instead, and send it a command, ask a query or follow its events.',
      },
    ])
  })

  it('finds the import between services that lie in one folder', () => {
    const findings = checkImports([
      source('/shop/stock.ts', { defines: ['stock'] }),
      source('/shop/order.ts', {
        defines: ['order'],
        imports: ['/shop/stock.ts', '/shop/money.ts'],
      }),
      source('/shop/money.ts'),
    ])

    assert.deepEqual(
      findings.map(({ where }) => where),
      ['/shop/order.ts'],
    )
  })

  it('lets the system import everything, and leaves a file that defines several services alone', () => {
    const findings = checkImports([
      ...stock,
      source('/shop/order/service.ts', { defines: ['order'] }),
      source('/shop/system.ts', { imports: ['/shop/stock/service.ts', '/shop/order/service.ts'] }),
      source('/shop/pair.ts', { defines: ['cart', 'seller'], imports: ['/shop/stock/service.ts'] }),
    ])

    assert.deepEqual(findings, [])
  })
})

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { Parser, type SchemaInterface } from '@asyncapi/parser'
import { brokerNames } from '../../src/gateway/index.ts'
import { runDure } from '../cli/dure.ts'

const marketplace = 'examples/marketplace/system.ts'
const folder = mkdtempSync(join(tmpdir(), 'dure-asyncapi-'))
after(() => rmSync(folder, { recursive: true }))

/** What the official parser finds wrong; that there is a newer version of AsyncAPI is not. */
async function findProblems(document: string): Promise<readonly string[]> {
  const { diagnostics } = await new Parser().parse(document)
  return diagnostics
    .filter(({ code }) => code !== 'asyncapi-latest-version')
    .map(({ code, path, message }) => `${code} at ${path.join('.')}: ${message}`)
}

function namesIn(schema: SchemaInterface | undefined): readonly string[] {
  return Object.keys(schema?.properties() ?? {})
}

describe('dure asyncapi', () => {
  for (const broker of brokerNames) {
    it(`describes the marketplace so that the parser of AsyncAPI takes it, over ${broker}`, async () => {
      const { code, stdout } = await runDure([
        'asyncapi',
        marketplace,
        '--broker',
        broker,
        '--host',
        'broker.example.com:4222',
      ])
      const { document } = await new Parser().parse(stdout)

      assert.equal(code, 0)
      assert.deepEqual(await findProblems(stdout), [])
      const asked = document?.operations().get('order.ask.stock.reserve')
      assert.equal(asked?.reply()?.messages().all()[0]?.id(), 'stock.reserve.reply')
      const reserve = document?.components().messages().get('stock.reserve')?.payload()
      assert.deepEqual(namesIn(reserve?.allOf()?.[1]), ['kind', 'type', 'to', 'data'])
    })
  }

  it('is read by a parser that sees what is wrong', async () => {
    const { stdout } = await runDure(['asyncapi', marketplace])

    const problems = await findProblems(stdout.replaceAll('"action": "send"', '"action": "shout"'))

    assert.ok(problems.length > 0)
  })

  it('writes the part of one service into a file, and knows the services', async () => {
    const file = join(folder, 'stock.json')

    const written = await runDure(['asyncapi', marketplace, '--service', 'stock', '--out', file])
    const unknown = await runDure(['asyncapi', marketplace, '--service', 'nobody'])

    assert.equal(written.stdout, '')
    assert.deepEqual(await findProblems(readFileSync(file, 'utf8')), [])
    assert.match(unknown.stderr, /has no service "nobody"\. It has: cart, .*CLI_USAGE/)
    assert.notEqual(unknown.code, 0)
  })
})

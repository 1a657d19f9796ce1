import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { runDure } from './dure.ts'

const root = join(import.meta.dirname, '../..')
const system = 'examples/marketplace/system.ts'

describe('the pictures of the documentation', () => {
  const pictures: readonly (readonly [file: string, args: readonly string[]])[] = [
    ['docs/pictures/marketplace.svg', []],
    ['docs/pictures/marketplace-checkout.svg', ['--saga', 'checkout']],
    [
      'docs/pictures/marketplace-checkout-participants.svg',
      ['--saga', 'checkout', '--participants'],
    ],
  ]
  for (const [file, args] of pictures) {
    it(`show the marketplace as it is: ${file}`, async () => {
      const command = ['graph', system, ...args]

      const { stdout } = await runDure(command)

      const remedy = `${file} is out of date. Run: npm run dure -- ${command.join(' ')} --out ${file}`
      assert.ok(readFileSync(join(root, file), 'utf8') === stdout, remedy)
    })
  }
})

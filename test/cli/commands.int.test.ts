import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { copyShop, createPlayground, runDure, shopFile, startDure } from './dure.ts'

const playground = createPlayground()
after(() => playground[Symbol.dispose]())

/** Writes a file into the playground and gives its path. */
function write(name: string, text: string): string {
  writeFileSync(playground.path(name), text)
  return playground.path(name)
}

describe('dure', () => {
  it('prints its version, and help with examples and exit codes', async () => {
    const version = await runDure(['--version'])
    const help = await runDure(['--help'])

    assert.deepEqual([version.code, version.stderr], [0, ''])
    assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/)
    assert.equal(help.code, 0)
    for (const part of [
      'Usage: dure',
      'Examples:',
      'Exit codes:',
      'dev',
      'check',
      'graph',
      'parked',
    ]) {
      assert.ok(help.stdout.includes(part), part)
    }
  })

  const helps = [['dev'], ['check'], ['graph'], ['status'], ['parked', 'list'], ['parked', 'show']]
  const moreHelps = [
    ['parked', 'redrive'],
    ['parked', 'drop'],
    ['views', 'rebuild'],
  ]
  it('has help with examples for every command', async () => {
    const all = await Promise.all(
      [...helps, ...moreHelps].map((args) => runDure([...args, '--help'])),
    )

    for (const { code, stdout } of all) {
      assert.equal(code, 0)
      assert.match(stdout, /Usage: dure .*\n[^]*Examples:\n {2}dure /)
    }
  })

  const mistakes: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [['check'], /^dure: Missing required argument 'system'\. Run "dure check --help"/],
    [['chekc', 'x'], /Unknown command 'chekc' \(Did you mean check\?\)/],
    [['check', shopFile, '--loud'], /Unknown option '--loud'/],
    [['graph', shopFile, '--participants'], /--participants goes with --saga/],
    [['graph', shopFile, '--format', 'gif'], /Allowed choices are svg, mermaid, json/],
    [['dev', shopFile, '--port', '99999'], /Write a number from 0/],
    [['parked', 'show'], /Missing required argument 'id'/],
    [['parked', 'redrive'], /Say which message to handle again/],
  ]
  for (const [args, says] of mistakes) {
    it(`ends with 2 and one line for: dure ${args.map((arg) => arg.replace(/^.*\//, '')).join(' ')}`, async () => {
      const { code, stdout, stderr } = await runDure(args)

      assert.deepEqual([code, stdout], [2, ''])
      assert.match(stderr, says)
      assert.match(stderr, /^dure: [^\n]*\[CLI_USAGE\]\n$/)
    })
  }

  it('shows help on standard error and ends with 2 when nothing is asked', async () => {
    const { code, stdout, stderr } = await runDure([])

    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /Usage: dure/)
  })

  it('ends quietly when nobody reads its output', async () => {
    const { child, ended } = startDure(['graph', shopFile, '--json'])
    child.stdout?.destroy()

    const { code, stderr } = await ended

    assert.deepEqual([code, stderr], [0, ''])
  })

  it('colours only what a terminal shows, and nothing when asked not to', async () => {
    const plain = await runDure(['check', write('none.ts', 'export {}')])
    const forced = await runDure(['check', playground.path('none.ts')], {
      env: { FORCE_COLOR: '1' },
    })
    const refused = await runDure(['check', playground.path('none.ts')], {
      env: { NO_COLOR: '1', FORCE_COLOR: undefined },
    })

    assert.ok(!plain.stderr.includes('\u001B['))
    assert.ok(forced.stderr.includes('\u001B['))
    assert.ok(!refused.stderr.includes('\u001B['))
  })
})

describe('a file that gives no system', () => {
  const broken: readonly (readonly [name: string, text: string, code: string, says: RegExp])[] = [
    [
      'nothing.ts',
      'export const a = 1',
      'CLI_MODULE_INVALID',
      /does not give a system\. Write: export default system/,
    ],
    [
      'syntax.ts',
      'export default system(',
      'CLI_MODULE_INVALID',
      /cannot be loaded: .*syntax\.ts:1/,
    ],
    ['enum.ts', 'enum A { B }\nexport default A', 'CLI_MODULE_INVALID', /cannot be loaded: .*enum/],
    [
      'throws.ts',
      'const a = 1\nthrow new RangeError("broken on purpose")',
      'CLI_MODULE_INVALID',
      /broken on purpose \(.*throws\.ts:2\)/,
    ],
    [
      'missing.ts',
      'import "./not-there.ts"',
      'CLI_MODULE_INVALID',
      /Cannot find module .*not-there\.ts/,
    ],
    [
      'definition.ts',
      'import { contract } from "dure"\n\n\nexport const A = contract("Bad Name", {})',
      'LANGUAGE_DEFINITION_INVALID',
      /The service name "Bad Name" is not usable.*\(.*definition\.ts:4\)/,
    ],
    [
      'waits.ts',
      'await new Promise(() => {})\nexport default 1',
      'CLI_MODULE_INVALID',
      /never finishes loading/,
    ],
  ]
  for (const [name, text, errorCode, says] of broken) {
    it(`is refused in one line: ${name}`, async () => {
      const { code, stdout, stderr } = await runDure(['check', write(name, text)])

      assert.deepEqual([code, stdout], [1, ''])
      assert.match(stderr, says)
      assert.match(stderr, new RegExp(`^dure: [^\\n]*\\[${errorCode}\\]\\n`))
    })
  }

  it('is refused by every command that needs one, also when it is a folder or not there', async () => {
    const all = await Promise.all([
      runDure(['dev', playground.path('not-there.ts')]),
      runDure(['dev', '--no-watch', playground.folder]),
      runDure(['graph', playground.path('not-there.ts')]),
      runDure(['check', playground.folder]),
    ])

    for (const { code, stderr } of all) {
      assert.equal(code, 1)
      assert.match(
        stderr,
        /^dure: [^\n]*Name the file whose default export is the system\. \[CLI_MODULE_INVALID\]\n$/,
      )
    }
  })
})

describe('dure check', () => {
  it('finds nothing wrong with a sound system', async () => {
    const { code, stdout } = await runDure(['check', shopFile])

    assert.equal(code, 0)
    assert.match(
      stdout,
      /^note {2}saga checkout, step stock {2}SAGA_STEP_EXPOSED\n[^]*shop: nothing wrong found, 1 note\.\n$/,
    )
  })

  it('finds imports across services, of values and of types, with files as the reader names them', async () => {
    using shop = createPlayground()
    copyShop(shop)
    const file = shop.path('shop/stock/service.ts')
    const inside =
      "import { Product } from '../catalog/service.ts'\nimport type { Order } from '../order/service.ts'\n"
    writeFileSync(
      file,
      `${inside}void Product\nexport type Ordered = typeof Order\n${readFileSync(file, 'utf8')}`,
    )

    const { code, stdout } = await runDure(['check', 'system.ts', '--json'], {
      cwd: shop.path('shop'),
    })

    assert.equal(code, 3)
    const report = JSON.parse(stdout) as { readonly findings: readonly Record<string, string>[] }
    assert.deepEqual(
      report.findings.map(({ code: found, where, message = '' }) => [
        found,
        where,
        message.slice(0, 47),
      ]),
      [
        [
          'IMPORT_ACROSS_SERVICES',
          'stock/service.ts',
          'Service "stock" imports catalog/service.ts, whi',
        ],
        [
          'IMPORT_ACROSS_SERVICES',
          'stock/service.ts',
          'Service "stock" imports order/service.ts, which',
        ],
      ],
    )
  })

  it('ends with 3 on warnings only when it is strict', async () => {
    using shop = createPlayground()
    copyShop(shop)
    const file = shop.path('shop/order/checkout.ts')
    writeFileSync(file, readFileSync(file, 'utf8').replace('  deadlineMs: 30_000,\n', ''))

    const lax = await runDure(['check', shop.path('shop/system.ts')])
    const strict = await runDure(['check', '--strict', shop.path('shop/system.ts')])

    assert.deepEqual([lax.code, strict.code], [0, 3])
    assert.match(
      lax.stdout,
      /warning {2}saga checkout {2}SAGA_WITHOUT_DEADLINE\n[^]*shop: 0 errors, 1 warning, 1 note\.\n$/,
    )
  })

  it('keeps what the system prints while it loads out of the result', async () => {
    const file = write(
      'loud.ts',
      `console.log('loud')\nexport { default } from ${JSON.stringify(shopFile)}`,
    )

    const { stdout, stderr } = await runDure(['graph', file, '--json'])

    assert.equal((JSON.parse(stdout) as { readonly system: string }).system, 'shop')
    assert.equal(stderr, 'loud\n')
  })
})

describe('dure graph', () => {
  it('writes SVG, Mermaid or JSON, of the system or one saga', async () => {
    const all = await Promise.all([
      runDure(['graph', shopFile]),
      runDure(['graph', shopFile, '--format', 'mermaid']),
      runDure(['graph', shopFile, '--format', 'json']),
      runDure(['graph', shopFile, '--saga', 'checkout']),
      runDure(['graph', shopFile, '--saga', 'checkout', '--format', 'mermaid']),
      runDure(['graph', shopFile, '--saga', 'checkout', '--json']),
    ])

    const starts = [
      '<svg ',
      'flowchart LR\n',
      '{\n  "format": 1,\n  "system": "shop"',
      '<svg ',
      'flowchart LR\n',
      '{\n  "name": "checkout"',
    ]
    for (const [index, { code, stdout, stderr }] of all.entries()) {
      assert.deepEqual([code, stderr], [0, ''])
      assert.ok(stdout.startsWith(starts[index] ?? '?'), stdout.slice(0, 80))
    }
  })

  it('writes into a file, whole, and says so on standard error', async () => {
    const out = playground.path('shop.svg')

    const toFile = await runDure(['graph', shopFile, '--out', out])
    const toOutput = await runDure(['graph', shopFile])

    assert.deepEqual([toFile.code, toFile.stdout, toFile.stderr], [0, '', `Wrote ${out}.\n`])
    assert.equal(readFileSync(out, 'utf8'), toOutput.stdout)
    assert.ok(!readdirSync(playground.folder).some((name) => name.endsWith('.tmp')))
  })

  it('says which sagas there are, and which file cannot be written', async () => {
    const unknown = await runDure(['graph', shopFile, '--saga', 'chekout'])
    const unwritable = await runDure(['graph', shopFile, '--out', playground.path('none/shop.svg')])

    assert.equal(unknown.code, 1)
    assert.match(
      unknown.stderr,
      /^dure: System "shop" has no saga "chekout"\. It has: checkout\. \[SAGA_UNKNOWN\]\n$/,
    )
    assert.equal(unwritable.code, 1)
    assert.match(
      unwritable.stderr,
      /^dure: ".*shop\.svg" cannot be written: .* \[CLI_OUTPUT_FAILED\]\n$/,
    )
  })
})

describe('the published entry', () => {
  it('says which Node it needs instead of failing on an older one', async () => {
    const program = `
      Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } })
      await import(${JSON.stringify(import.meta.resolve('../../src/cli/main.ts'))})`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program])
    let stderr = ''
    child.stderr.on('data', (chunk) => (stderr += String(chunk)))

    const [code] = (await once(child, 'close')) as [number]

    assert.deepEqual(
      [code, stderr],
      [1, 'dure: Dure needs Node 24 or later; this is Node 20.1.0.\n'],
    )
  })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DureError } from '../../../src/language/errors.ts'
import { renderCase, renderRegression } from '../../../src/simulate/explain/render-regression.ts'
import { replay } from '../../../src/simulate/replay.ts'
import { shopScenario } from '../shop-scenario.ts'
import { brokenTill, mendedTill } from './broken-till.ts'

test('a world in which something is violated is thrown, with its story and how to run it again (SIMULATE_VIOLATED)', async () => {
  const error = await replay(brokenTill, { seed: 1, clients: 1 }).catch((thrown: unknown) => thrown)

  assert.ok(error instanceof DureError)
  assert.equal(error.code, 'SIMULATE_VIOLATED')
  assert.deepEqual(error.details, {
    scenario: 'till',
    seed: 1,
    invariants: ['nobody has more than was put in'],
  })
  assert.match(error.message, /client 1 calls till: till\.put/)
  assert.match(
    error.message,
    /await replay\(scenario, \{\n {4}seed: 1,\n {4}clients: 1,\n {2}\}\)$/,
  )
})

test('a world in which nothing is violated is given back, with what has struck', async () => {
  const { end, struck } = await replay(shopScenario, { seed: 4 })

  assert.equal(end, 'rest')
  assert.ok(struck.length > 0)
  assert.equal((await replay(mendedTill, { seed: 1 })).end, 'rest')
})

test('a regression test is written with the case as code', () => {
  const text = renderRegression({
    scenario: { exportName: 'default', module: './till.ts' },
    world: { seed: 7, shape: 'one process', actions: [1, 2], faults: ["crash @ bob's # 1"] },
    invariant: "it's\nfine",
    text: 'a "b"',
  })

  assert.equal(
    text,
    [
      '// Written by the simulator. It fails as long as this happens:',
      `// it's fine: a "b"`,
      `import { test } from 'node:test'`,
      `import { replay } from 'dure/simulate'`,
      `import scenario from './till.ts'`,
      '',
      String.raw`test('it\'s fine (seed 7)', async () => {`,
      '  await replay(scenario, {',
      '    seed: 7,',
      `    shape: 'one process',`,
      '    actions: [1, 2],',
      '    faults: [',
      String.raw`      'crash @ bob\'s # 1',`,
      '    ],',
      '  })',
      '})',
      '',
    ].join('\n'),
  )
  assert.equal(renderCase({ seed: 1 }), '{\n  seed: 1,\n}')
})

// `dure check --against`, as a user runs it before a release.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createPlayground, runDure } from './dure.ts'

const playground = createPlayground()
after(() => playground[Symbol.dispose]())

/** Writes a system into the playground whose saga has this plan, and gives its path. */
function write(name: string, plan: string): string {
  const versions = join(import.meta.dirname, '../sagas/two-versions.ts')
  const text = `import * as versions from '${versions}'
const { orderSystem, OrderV1, OrderV2, MovingOrderV2 } = versions
export default orderSystem('orchestrated', ${plan})`
  writeFileSync(playground.path(name), text)
  return playground.path(name)
}

describe('dure check --against', () => {
  const old = playground.path('old.json')
  before(async () => {
    const file = write('first.ts', 'OrderV1')
    const { code } = await runDure(['graph', file, '--format', 'json', '--out', old])
    assert.equal(code, 0)
  })

  it('is content with a plan that is kept, or has its mapping', async () => {
    const kept = await runDure(['check', write('kept.ts', 'OrderV2'), '--against', old])
    const moving = await runDure(['check', write('moving.ts', 'MovingOrderV2'), '--against', old])

    assert.deepEqual([kept.code, moving.code], [0, 0])
    assert.match(
      kept.stdout,
      /^Running instances:\nunaffected {2}saga order, version 1\n {4}They end by their own plan, which is kept beside version 2\.\n/,
    )
    assert.match(
      moving.stdout,
      /\nneeds a mapping {2}saga order, version 1\n {4}Their mapping is declared: they move to version 2\.\n/,
    )
  })

  it('ends with 1 when running instances would be lost, and shows the mapping to write', async () => {
    const file = write('lost.ts', '{ ...OrderV2, earlier: [] }')

    const { code, stdout } = await runDure(['check', file, '--against', old])
    const json = await runDure(['check', file, '--against', old, '--json'])

    assert.deepEqual([code, json.code], [1, 1])
    assert.match(stdout, /Step "cover" is new before "seat", which may be done\./)
    assert.match(
      stdout,
      /\n {8}\.replaces\(OrderV1, \{\n {10}map: \(\{ input, results, done \}\) => \(\{\n/,
    )
    // Why the cast: the command has just written it.
    const { running } = JSON.parse(json.stdout) as {
      readonly running: readonly { readonly verdict: string; readonly isSafe: boolean }[]
    }
    assert.deepEqual(
      running.map(({ verdict, isSafe }) => [verdict, isSafe]),
      [['needs a mapping', false]],
    )
  })

  it('says in one line what is wrong with the manifest', async () => {
    const file = write('sound.ts', 'OrderV1')
    writeFileSync(playground.path('bad.json'), '{}')
    writeFileSync(playground.path('newer.json'), '{"format":9}')
    const files = ['none.json', 'bad.json', 'newer.json'].map((name) => playground.path(name))

    const [none, bad, newer] = await Promise.all(
      files.map((each) => runDure(['check', file, '--against', each])),
    )

    assert.deepEqual([none?.code, bad?.code, newer?.code], [1, 1, 1])
    assert.match(
      none?.stderr ?? '',
      /^dure: "[^\n]*none\.json" cannot be read: [^\n]*\[MANIFEST_INVALID\]\n$/,
    )
    assert.match(
      bad?.stderr ?? '',
      /^dure: [^\n]*is no manifest of a system: it has no format\. Write one with: dure graph [^\n]*\[MANIFEST_INVALID\]\n$/,
    )
    assert.match(
      newer?.stderr ?? '',
      /^dure: [^\n]*has format 9, and this Dure reads format 1\.[^\n]*\[MANIFEST_NEWER\]\n$/,
    )
  })
})

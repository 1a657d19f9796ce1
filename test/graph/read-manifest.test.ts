import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { describeSystem } from '../../src/graph/describe-system.ts'
import { readManifest } from '../../src/graph/against/read-manifest.ts'
import { MovingOrderV2, orderSystem } from '../sagas/two-versions.ts'
import shop from '../systems/shop/system.ts'

const write = 'Write one with: dure graph system.ts --format json --out old.json'

function refuses(value: unknown, why: string): void {
  assert.throws(() => readManifest(JSON.stringify(value), 'old.json'), {
    code: 'MANIFEST_INVALID',
    message: `"old.json" is no manifest of a system: ${why}. ${write}`,
  })
}

describe('a manifest that was written', () => {
  it('is read as it was', () => {
    for (const system of [shop, orderSystem('choreographed', MovingOrderV2)]) {
      const manifest = describeSystem(system)

      assert.deepEqual(readManifest(JSON.stringify(manifest), 'old.json'), manifest)
    }
  })

  it('has the versions that are replaced, and where their instances move', () => {
    const [order] = describeSystem(orderSystem('orchestrated', MovingOrderV2)).sagas

    const earlier = order?.earlier?.map(({ version, movesTo }) => [version, movesTo])
    assert.deepEqual([order?.version, earlier], [2, [[1, 2]]])
  })

  it('is refused when it is none', () => {
    assert.throws(() => readManifest('{', 'old.json'), {
      code: 'MANIFEST_INVALID',
      message: /^"old\.json" is no manifest of a system: it is no JSON \(/,
    })
    const whole = describeSystem(shop)
    const [saga] = whole.sagas
    refuses([], 'it has no format')
    refuses({ ...whole, system: 1 }, 'it names no system')
    refuses({ ...whole, services: {} }, 'its services are no list of services')
    for (const broken of [
      { ...saga, by: 1 },
      { ...saga, nodes: [{ node: 'nap', name: 'x' }] },
    ])
      refuses({ ...whole, sagas: [broken] }, 'its sagas are no list of sagas')
  })

  it('is refused when a newer Dure wrote it', () => {
    assert.throws(() => readManifest('{"format":2}', 'old.json'), {
      code: 'MANIFEST_NEWER',
      message:
        '"old.json" has format 2, and this Dure reads format 1. Compare with the Dure that wrote it, or a newer one.',
    })
  })
})

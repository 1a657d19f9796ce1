// Instances of one version while the system has another, in both styles, on both stores.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { saga } from '../../src/index.ts'
import { Desk, Left } from './small-saga.ts'
import { ForgetfulOrderV2, MovingOrderV2, OrderV1, OrderV2 } from './two-versions.ts'
import { openVersions } from './versions-bench.ts'

const first = 'goods,pay,seat,ticket'
const second = 'cover,goods,pay,seat,thanks,ticket'

for (const style of ['orchestrated', 'choreographed'] as const) {
  for (const kind of ['memory', 'sqlite'] as const) {
    describe(`a saga that is ${style}, on ${kind}`, () => {
      it('ends by the plan that it began by, beside instances of the newer one', async () => {
        await using bench = await openVersions(style, kind)
        bench.broken.add('seat')
        await bench.start(OrderV1)
        await bench.begin('old')

        await bench.start(OrderV2)
        await bench.begin('new')
        bench.broken.clear()
        await bench.redrive()

        assert.deepEqual(await bench.lookAt('old'), ['completed', 1, first])
        assert.deepEqual(await bench.lookAt('new'), ['completed', 2, second])
      })

      it('moves to the newer plan with a mapping, when it is next touched', async () => {
        await using bench = await openVersions(style, kind)
        bench.broken.add('goods-b')
        await bench.start(OrderV1)
        await bench.begin('early')
        bench.broken.clear()
        bench.broken.add('pay')
        await bench.begin('late')

        await bench.start(MovingOrderV2)
        bench.broken.clear()
        await bench.redrive()

        assert.deepEqual(await bench.lookAt('early'), ['completed', 2, second])
        const withoutCover = 'goods,pay,seat,thanks,ticket'
        assert.deepEqual(await bench.lookAt('late'), ['completed', 2, withoutCover])
      })

      it('takes nothing of an answer when the mapping is wrong, and goes on once it is mended', async () => {
        await using bench = await openVersions(style, kind)
        bench.broken.add('seat')
        await bench.start(OrderV1)
        await bench.begin('o1')
        bench.broken.clear()

        await bench.start(ForgetfulOrderV2)
        await bench.redrive()
        const [parked] = await bench.running.parked()
        const [, version] = await bench.lookAt('o1')
        await bench.start(MovingOrderV2)
        await bench.redrive()

        assert.equal(parked?.code, 'SAGA_MAPPING_REFUSED')
        assert.match(
          parked.reason,
          /The mapping of saga "order" from version 1 to 2 does not fit key "o1": "cover" comes before "seat", which is done\. Name it in skip, with its answer in results\. Nothing was changed\. Mend the mapping, and redrive\./,
        )
        assert.equal(version, 1)
        const [status] = await bench.lookAt('o1')
        assert.equal(status, 'completed')
      })
    })
  }
}

/** A plan of the same name and another version, which replaces nothing. */
const Alone = saga('order', { version: 3, input: OrderV1.input, key: OrderV1.key })
  .startsOn(Desk.Asked, (request) => request)
  .step('thanks', { run: () => Left.finish({ id: '', step: '' }), effect: 'none' })

describe('a version that nobody knows', () => {
  it('keeps a service from starting that coordinates open instances of it', async () => {
    await using bench = await openVersions('orchestrated', 'sqlite')
    bench.broken.add('seat')
    await bench.start(OrderV1)
    await bench.begin('o1')
    await bench.begin('o2')

    await assert.rejects(bench.start(Alone), {
      code: 'SAGA_VERSION_UNKNOWN',
      message:
        'Service "desk" cannot start: 2 open instances go by version 1 of saga "order", and the system has only version 3. Put that plan back, with replaces(...) of a newer one where there is one: they then end by it, or move with a mapping.',
    })
    bench.broken.clear()
    await bench.start(OrderV2)
    await bench.redrive()

    assert.deepEqual(await bench.lookAt('o1'), ['completed', 1, first])
  })

  it('does not matter once its instances have ended', async () => {
    await using bench = await openVersions('orchestrated', 'memory')
    await bench.start(OrderV1)
    await bench.begin('o1')

    await bench.start(Alone)

    const [status, version] = await bench.lookAt('o1')
    assert.deepEqual([status, version], ['completed', 1])
  })

  it('parks the instance where it is passed on to; it goes on by itself when the plan is put back', async () => {
    await using bench = await openVersions('choreographed', 'sqlite')
    bench.broken.add('seat')
    await bench.start(OrderV1)
    await bench.begin('o1')
    bench.broken.clear()

    await bench.start(Alone)
    await bench.redrive()
    const [parked] = await bench.running.parked()
    await bench.start(OrderV2)

    assert.equal(parked?.code, 'SAGA_VERSION_UNKNOWN')
    assert.match(
      parked.reason,
      /Instance "o1" goes by version 1 of saga "order", and the system has only version 3\. Put that plan back/,
    )
    assert.deepEqual(await bench.lookAt('o1'), ['completed', 1, first])
    assert.deepEqual(await bench.running.parked(), [])
  })

  it('takes no order of an operator', async () => {
    await using bench = await openVersions('choreographed', 'memory')
    bench.broken.add('seat')
    await bench.start(OrderV1)
    await bench.begin('o1')
    await bench.start(Alone)

    const order = { act: 'retry', saga: 'order', key: 'o1', reason: 'a look' } as const

    await assert.rejects(bench.running.intervene(order), { code: 'SAGA_VERSION_UNKNOWN' })
  })
})

// What is promised of a participant in another language, whichever way its messages travel.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Parcels } from './open-parcels.ts'
import { Order, Postage } from './parcels.ts'

/** How the sagas stand, by their key. */
async function standingOf({ running }: Parcels): Promise<Readonly<Record<string, string>>> {
  const { instances } = await running.sagas()
  return Object.fromEntries(instances.map(({ key, status }) => [key, status]))
}

/** Waits until the saga of an order has ended, and until everything has come back that the other process says of it. */
export async function untilSettled(
  parcels: Parcels,
  orderId: string,
  shipped: number,
): Promise<void> {
  await parcels.until(async () => {
    const { [orderId]: status = 'none' } = await standingOf(parcels)
    const said = await parcels.announcements(orderId)
    const isEnded = ['completed', 'compensated'].includes(status)
    return isEnded && said.counts.length > 0 && said.shipped >= shipped
  })
}

export interface ParticipantOptions {
  readonly open: () => Promise<Parcels>
  /** What lets the other process read everything again that it has taken already. */
  readonly again: readonly string[]
}

/** Lets it take part in sagas, and die. */
export function verifyParticipant({ open, again }: ParticipantOptions): void {
  it('takes events, and takes part in a saga that completes and in one that compensates', async () => {
    await using parcels = await open()

    await parcels.place('light', 500)
    await parcels.place('heavy', 50_000)
    await untilSettled(parcels, 'light', 1)
    await untilSettled(parcels, 'heavy', 0)

    assert.deepEqual(await standingOf(parcels), { heavy: 'compensated', light: 'completed' })
    assert.deepEqual(await parcels.order('light'), {
      status: 'sent as parcel light',
      isPacked: true,
    })
    assert.deepEqual(await parcels.order('heavy'), {
      status: 'cancelled: TooHeavy',
      isPacked: false,
    })
    assert.deepEqual(await parcels.announcements('light'), { counts: [1], shipped: 1 })
    assert.deepEqual(await parcels.announcements('heavy'), { counts: [2], shipped: 0 })
    assert.deepEqual(await parcels.running.parked(), [])
    const { services } = await parcels.running.status()
    assert.deepEqual(
      services.map(({ name, failing }) => [name, failing]),
      [['order', undefined]],
    )
    const { moments } = await parcels.running.saga('dispatch', 'heavy')
    assert.ok(moments.some(({ type }) => type === 'order.Unpacked'))
  })

  it('carries out what it is asked for directly, once for each id', async () => {
    await using parcels = await open()
    const { running } = parcels
    const ship = Postage.ship({ orderId: 'direct', grams: 500 })

    const first = await running.execute(ship, { id: 'ship-direct' })
    const again = await running.execute(ship, { id: 'ship-direct' })
    const heavy = await running.execute(Postage.ship({ orderId: 'heavy', grams: 50_000 }))
    const { token } = again
    const seen = await running.query(Order.announcements({ orderId: 'direct' }), { token })

    assert.deepEqual(
      [first.ok && first.output, first.repeated],
      [{ label: 'parcel direct' }, false],
    )
    assert.deepEqual([again.ok && again.output, again.repeated], [{ label: 'parcel direct' }, true])
    assert.deepEqual(heavy.ok ? heavy : [heavy.rejected, heavy.data], [
      'TooHeavy',
      { gramsMax: 30_000 },
    ])
    assert.deepEqual(seen.ok && seen.output, { counts: [], shipped: 1 })
    const none = Postage.ship({ orderId: 'none', grams: -1 })
    await assert.rejects(running.execute(none), { code: 'COMMAND_INPUT_INVALID' })
    const other = Postage.ship({ orderId: 'direct', grams: 501 })
    await assert.rejects(running.execute(other, { id: 'ship-direct' }), {
      code: 'COMMAND_ID_REUSED',
    })
  })

  it('follows a log that was begun anew', async () => {
    await using parcels = await open()
    await parcels.place('former', 500)
    await untilSettled(parcels, 'former', 1)

    await parcels.running.erase(['order'])
    await parcels.place('anew', 500)
    await untilSettled(parcels, 'anew', 1)

    assert.deepEqual(await standingOf(parcels), { anew: 'completed' })
    assert.deepEqual(await parcels.announcements('anew'), { counts: [2], shipped: 1 })
  })

  it('does once what comes twice, after it was killed too', async () => {
    await using parcels = await open()
    await parcels.place('first', 500)
    await untilSettled(parcels, 'first', 1)

    await parcels.restart(again)
    await parcels.place('second', 500)
    await untilSettled(parcels, 'second', 1)

    assert.deepEqual(await parcels.announcements('first'), { counts: [1], shipped: 1 })
    assert.deepEqual(await parcels.announcements('second'), { counts: [2], shipped: 1 })
    assert.deepEqual(await standingOf(parcels), { first: 'completed', second: 'completed' })
  })
}

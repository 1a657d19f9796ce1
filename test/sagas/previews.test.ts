import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Store } from '../../src/log/store.port.ts'
import { openTravel, type TravelBench } from './travel-bench.ts'

/** Everything that the stores hold of the system, as text. */
async function contentOf(bench: TravelBench): Promise<string> {
  const found: unknown[] = []
  for (const store of bench.stores.values()) found.push(await contentOfStore(store))
  return JSON.stringify(found)
}

async function contentOfStore(store: Store): Promise<unknown> {
  return [
    await store.read({ partition: 0, after: 0, limit: 1_000 }),
    await store.snapshot([{ kind: 'list', view: 'saga:travel', limit: 1_000 }]),
    await store.dueTimers(Number.MAX_SAFE_INTEGER, 1_000),
    await store.cursors(),
    await store.parked({ limit: 1_000 }),
  ]
}

describe('looking ahead', () => {
  it('shows what a parked message would lead to with the code of today, and writes nothing', async () => {
    await using bench = await openTravel('break book t1', 'refuse book t2', 'break book t2')
    await bench.plan('t1', 't2')
    const { running, troubles } = bench
    const ids = (await running.parked()).map(({ id }) => id)
    const [first = '', second = ''] = ids
    const before = await contentOf(bench)

    const still = await running.previewRedrive(first)
    troubles.delete('break book t1')
    troubles.delete('break book t2')
    const mended = await running.previewRedrive(first)
    const refused = await running.previewRedrive(second)
    await bench.settle()

    assert.equal(still.handled, false)
    assert.match(still.reason ?? '', /book is broken/)
    assert.deepEqual(mended, {
      handled: true,
      entries: [
        { kind: 'event', type: 'hotel.Booked', key: 'room/t1', data: { tripId: 't1' } },
        {
          kind: 'reply',
          type: 'hotel.book',
          key: 'travel/t1',
          to: 'agency',
          data: { ok: true, output: { room: 7 } },
        },
      ],
      timers: 0,
    })
    assert.deepEqual(
      refused.entries.map(({ kind, data }) => [kind, data]),
      [['reply', { ok: false, rejected: 'Full', data: {} }]],
    )
    assert.equal(await contentOf(bench), before)
    await assert.rejects(running.previewRedrive('hotel:none'), { code: 'PARKED_UNKNOWN' })
  })

  it('shows what an intervention would send, and writes nothing', async () => {
    await using bench = await openTravel('refuse issue t1')
    await bench.plan('t1')
    const { running } = bench
    const before = await contentOf(bench)
    const request = {
      act: 'retry',
      saga: 'travel',
      key: 't1',
      reason: 'monday',
      id: 'r-1',
    } as const

    const ahead = await running.previewIntervention(request)
    await bench.settle()

    assert.deepEqual(ahead, {
      status: 'running',
      entries: [
        {
          kind: 'command',
          type: 'rail.issue',
          key: 'travel/t1',
          to: 'rail',
          data: { tripId: 't1' },
        },
      ],
      timers: 0,
    })
    assert.equal(await contentOf(bench), before)
    // The id is still free, too.
    assert.equal((await running.intervene(request)).repeated, false)
  })
})

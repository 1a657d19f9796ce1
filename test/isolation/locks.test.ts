import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { virtualClock } from '../../src/adapters/memory/clock.ts'
import { memoryStores } from '../../src/adapters/memory/store.ts'
import { sqliteStores } from '../../src/adapters/sqlite/index.ts'
import { lockWaitersMax } from '../../src/sagas/isolation/lock-state.ts'
import { Desk, lockDeadlineMs, Rooms, type RoomsOptions } from './rooms.ts'
import { openRooms, type RoomsBench } from './rooms-bench.ts'

const styles = ['orchestrated', 'choreographed'] as const
const locked = { rejected: 'Locked', data: { lock: 'booking', heldBy: 'book' } }

function answerOf({ ok, ...rest }: Awaited<ReturnType<RoomsBench['price']>>): unknown {
  return ok
    ? 'ok'
    : { rejected: 'rejected' in rest && rest.rejected, data: 'data' in rest && rest.data }
}

/** Ann holds the room, and stands before her payment. */
async function openHeld(options: RoomsOptions): Promise<RoomsBench> {
  const bench = await openRooms(options)
  bench.hold()
  await bench.book('ann')
  return bench
}

for (const style of styles) {
  describe(`a lock of a saga that is ${style}`, () => {
    it('is taken with the decision, named after its holder, and gone with the last step', async () => {
      await using bench = await openHeld({ style, whenHeld: 'wait' })

      const { 'room/red': room } = await bench.locks()
      const { hold } = room?.locks['booking'] ?? {}
      assert.deepEqual([hold?.saga, hold?.key, hold?.steps], ['book', 'ann', ['room']])
      await bench.pay()
      assert.deepEqual(await bench.locks(), {})
      assert.deepEqual(await bench.events(), ['Reserved ann', 'Confirmed ann'])
    })

    it('is gone when its holder is undone', async () => {
      await using bench = await openHeld({ style, whenHeld: 'queue' })
      await bench.book('bob', { declined: true })

      await bench.pay()

      assert.deepEqual(await bench.locks(), {})
      assert.equal(await bench.statusOf('bob'), 'compensated')
      const booked = ['Reserved ann', 'Confirmed ann', 'Reserved bob', 'Released bob']
      assert.deepEqual(await bench.events(), booked)
    })

    it('that rejects answers sagas and callers at once, and names the lock and the saga that holds it', async () => {
      await using bench = await openHeld({ style, whenHeld: 'reject' })
      await bench.book('bob')

      assert.equal(await bench.statusOf('bob'), 'compensated')
      assert.deepEqual(answerOf(await bench.price(7)), locked)
      assert.deepEqual(await bench.events(), ['Reserved ann'])
    })

    it('that is queued for is passed on in the order in which they came, also to who guards nothing else', async () => {
      await using bench = await openHeld({ style, whenHeld: 'queue' })
      for (const id of ['bob', 'cid', 'dan']) await bench.book(id)

      assert.deepEqual(await bench.events(), ['Reserved ann'])
      await bench.pay()

      const turns = ['ann', 'bob', 'cid', 'dan'].flatMap((id) => [
        `Reserved ${id}`,
        `Confirmed ${id}`,
      ])
      assert.deepEqual(await bench.events(), turns)
    })

    it('that is waited for until the deadline answers "Locked", and lets the next one try', async () => {
      for (const whenHeld of ['wait', 'queue'] as const) {
        await using bench = await openHeld({ style, whenHeld })
        await bench.book('bob')
        await bench.settle(lockDeadlineMs - 100)
        assert.equal(await bench.statusOf('bob'), 'running')
        await bench.book('cid')

        await bench.settle(200)

        assert.deepEqual(
          [await bench.statusOf('bob'), await bench.statusOf('cid')],
          ['compensated', 'running'],
        )
        await bench.pay()
        assert.equal(await bench.statusOf('cid'), 'completed')
        assert.deepEqual(await bench.locks(), {})
      }
    })

    it('is not met by instances that it is not of', async () => {
      await using bench = await openHeld({ style, whenHeld: 'wait' })
      await bench.book('bob', { roomId: 'blue' })

      assert.deepEqual(Object.keys(await bench.locks()), ['room/blue', 'room/red'])
    })
  })
}

describe('a caller that meets a lock', () => {
  for (const whenHeld of ['wait', 'queue'] as const) {
    it(`waits until it is free (${whenHeld}), and is answered once for its id`, async () => {
      await using bench = await openHeld({ whenHeld })
      const first = bench.price(7, { id: 'p1' })
      const again = bench.price(7, { id: 'p1' })
      await bench.settle()

      await bench.pay()

      assert.deepEqual([answerOf(await first), answerOf(await again)], ['ok', 'ok'])
      assert.deepEqual([(await first).repeated, (await again).repeated], [false, true])
      assert.deepEqual(await bench.events(), ['Reserved ann', 'Confirmed ann', 'PriceChanged 7'])
    })
  }

  it('is answered "Locked" at the deadline of the lock, and so is whoever repeats the command', async () => {
    await using bench = await openHeld({ whenHeld: 'wait' })
    const answer = bench.price(7, { id: 'p1' })

    await bench.settle(lockDeadlineMs + 10)

    assert.deepEqual(answerOf(await answer), locked)
    await bench.pay()
    assert.deepEqual(answerOf(await bench.price(7, { id: 'p1' })), locked)
  })

  it('does not wait beyond its own deadline', async () => {
    await using bench = await openHeld({ whenHeld: 'wait' })
    const deadlineMs = bench.clock.nowMs() + 100
    const refused = assert.rejects(bench.price(7, { id: 'p1', deadlineMs }), {
      code: 'COMMAND_DEADLINE_EXCEEDED',
    })

    await bench.settle(150)

    await refused
    await bench.pay()
    assert.deepEqual(answerOf(await bench.price(7, { id: 'p1' })), 'ok')
  })

  it('does not wait with what took effect before: it hears the first answer', async () => {
    await using bench = await openRooms({ whenHeld: 'wait' })
    await bench.price(7, { id: 'p1' })
    bench.hold()
    await bench.book('ann')

    const again = await bench.price(7, { id: 'p1' })

    assert.deepEqual([again.ok, again.repeated], [true, true])
    await assert.rejects(bench.price(8, { id: 'p1' }), { code: 'COMMAND_ID_REUSED' })
  })

  it('is told when the system stops, which does not wait for the lock', async () => {
    const bench = await openHeld({ whenHeld: 'wait' })
    const refused = assert.rejects(bench.price(7), { code: 'SYSTEM_STOPPING' })
    await bench.settle(10)

    await bench.running.stop()

    await refused
  })

  it('takes no lock: nobody would free it', async () => {
    await using bench = await openRooms({ whenHeld: 'wait' })
    await bench.running.execute(Rooms.reserve({ id: 'ann', roomId: 'red' }))

    assert.deepEqual(await bench.locks(), {})
  })
})

describe('messages that no saga has sent', () => {
  for (const whenHeld of ['wait', 'queue'] as const) {
    it(`wait for a lock, and stay in their order (${whenHeld})`, async () => {
      await using bench = await openHeld({ whenHeld })
      await bench.book('bob')
      for (const cents of [1, 2, 3]) {
        await bench.running.execute(Desk.setPrice({ roomId: 'red', cents }))
        await bench.settle()
      }
      assert.deepEqual(await bench.events(), ['Reserved ann'])

      await bench.pay()
      await bench.settle(1_000)

      const events = await bench.events()
      const prices = events.filter((each) => each.startsWith('PriceChanged'))
      assert.deepEqual(prices, ['PriceChanged 1', 'PriceChanged 2', 'PriceChanged 3'])
      assert.deepEqual(await bench.locks(), {})
    })
  }

  it('are parked with their key when they have waited too long', async () => {
    await using bench = await openHeld({ whenHeld: 'wait' })
    for (const cents of [1, 2]) await bench.running.execute(Desk.setPrice({ roomId: 'red', cents }))

    await bench.settle(lockDeadlineMs + 1_000)

    const parked = await bench.running.parked()
    const prices = parked.filter(({ type }) => type === 'rooms.changePrice')
    assert.deepEqual(
      prices.map(({ code }) => code),
      ['COMMAND_REJECTED', 'PARKED_ORDER'],
    )
    await bench.pay()
    assert.deepEqual((await bench.events()).slice(-2), ['PriceChanged 1', 'PriceChanged 2'])
  })
})

describe('a line for a lock', () => {
  it('holds so many and no more: the next one is answered "Locked"', async () => {
    await using bench = await openHeld({ whenHeld: 'queue' })
    for (let index = 0; index < lockWaitersMax; index += 1) await bench.book(`w${index}`)
    await bench.book('late')

    const { 'room/red': room } = await bench.locks()
    assert.equal(room?.locks['booking']?.line.length, lockWaitersMax)
    assert.equal(await bench.statusOf('late'), 'compensated')

    const callers = Array.from({ length: lockWaitersMax + 1 }, (_, index) => bench.price(index))
    await bench.settle(1)
    const early = await Promise.race([...callers.slice(-1), ...callers])
    assert.deepEqual(answerOf(early), locked)
    await bench.settle(lockDeadlineMs)
    await Promise.all(callers)
  })

  it('outlives the process, whose place another one takes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dure-locks-'))
    const clock = virtualClock()
    const sqlite = (): ReturnType<typeof sqliteStores> =>
      sqliteStores({ folder, newId: () => clock.newId() })
    for (const stores of [memoryStores(), undefined]) {
      const place = (): ReturnType<typeof sqliteStores> => stores ?? sqlite()
      const before = await openRooms({ whenHeld: 'queue' }, place(), clock)
      before.hold()
      for (const id of ['ann', 'bob', 'cid']) await before.book(id)
      await before.running.stop()

      await using after = await openRooms({ whenHeld: 'queue' }, place(), clock)
      await after.pay()
      await after.settle(1_000)

      const turns = ['ann', 'bob', 'cid'].flatMap((id) => [`Reserved ${id}`, `Confirmed ${id}`])
      assert.deepEqual(await after.events(), turns)
    }
    rmSync(folder, { recursive: true })
  })
})

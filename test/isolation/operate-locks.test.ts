import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { freedLocksMax } from '../../src/sagas/isolation/lock-state.ts'
import {
  freeLockAttemptsMax,
  type LockPlaces,
  lockDesk,
  lockReasonCharactersMax,
  locksPageMax,
} from '../../src/sagas/isolation/operate-locks.ts'
import { openRooms } from './rooms-bench.ts'

const lock = { service: 'rooms', instance: 'room/red', lock: 'booking' }

describe('the locks of a system', () => {
  it('are listed with their holders, and how many wait', async () => {
    await using bench = await openRooms({ whenHeld: 'queue' })
    bench.hold()
    for (const id of ['ann', 'bob']) await bench.book(id)

    const { locks, freed } = await bench.running.locks()

    const [{ sinceMs, ...held } = { sinceMs: 0 }] = locks
    assert.deepEqual(held, { ...lock, holder: { saga: 'book', key: 'ann' }, waiters: 1 })
    assert.ok((sinceMs ?? 0) > 0 && (sinceMs ?? 0) <= bench.clock.nowMs())
    assert.deepEqual(freed, [])
  })

  it('are listed page by page', async () => {
    const documents = Array.from({ length: locksPageMax + 1 }, (_, index) => ({
      key: `room/${String(index).padStart(5, '0')}`,
      version: 1,
      value: JSON.stringify({ locks: { booking: { line: [] } } }),
    }))
    const store: LockPlaces['parts']['store'] = {
      snapshot: async (reads) =>
        reads.map((read) => {
          assert.ok(read.kind === 'list')
          const { after = '', limit } = read
          const page = documents.filter(({ key }) => key > after).slice(0, limit)
          return { kind: 'documents', documents: page }
        }),
    }
    const workspace: LockPlaces['parts']['workspace'] = {
      submit: () => assert.fail(),
      forget: () => undefined,
      cells: 0,
    }

    const { locks } = await lockDesk(
      new Map([['rooms', { name: 'rooms', parts: { store, workspace } }]]),
    ).locks()

    assert.equal(locks.length, locksPageMax + 1)
  })
})

describe('a lock that an operator frees', () => {
  it('goes to the next one in line, and the reason is kept', async () => {
    await using bench = await openRooms({ whenHeld: 'queue' })
    bench.hold()
    for (const id of ['ann', 'bob']) await bench.book(id)

    const holder = await bench.running.freeLock({ ...lock, reason: 'ann has gone', by: 'eve' })
    await bench.settle()

    assert.deepEqual(holder, { saga: 'book', key: 'ann' })
    const { locks, freed } = await bench.running.locks()
    assert.deepEqual(locks[0]?.holder, { saga: 'book', key: 'bob' })
    const [{ atMs: _atMs, ...kept } = { atMs: 0 }] = freed
    assert.deepEqual(kept, { ...lock, holder, reason: 'ann has gone', by: 'eve' })
    await bench.pay()
    assert.deepEqual(
      [await bench.statusOf('ann'), await bench.statusOf('bob')],
      ['completed', 'completed'],
    )
  })

  it('is refused without a reason, or when nobody holds it', async () => {
    await using bench = await openRooms({ whenHeld: 'wait' })
    bench.hold()
    await bench.book('ann')
    const long = 'x'.repeat(lockReasonCharactersMax + 1)

    for (const reason of ['', '  ', long])
      await assert.rejects(bench.running.freeLock({ ...lock, reason }), {
        code: 'COMMAND_INPUT_INVALID',
      })
    for (const wrong of [{ service: 'none' }, { instance: 'room/blue' }, { lock: 'other' }])
      await assert.rejects(bench.running.freeLock({ ...lock, reason: 'why', ...wrong }), {
        code: 'LOCK_UNKNOWN',
        message: /List the locks/,
      })
  })

  it('is remembered, the last so many times', async () => {
    await using bench = await openRooms({ whenHeld: 'wait' })
    bench.hold()
    for (let index = 0; index <= freedLocksMax; index += 1) {
      await bench.book(`b${index}`)
      await bench.running.freeLock({ ...lock, reason: `reason ${index}` })
    }

    const { freed } = await bench.running.locks()

    assert.equal(freed.length, freedLocksMax)
    assert.equal(freed[0]?.reason, 'reason 1')
  })

  it('is given up when others are first each time', async () => {
    let attempts = 0
    const workspace: LockPlaces['parts']['workspace'] = {
      forget: () => undefined,
      cells: 0,
      async submit() {
        attempts += 1
        const conflict = { on: 'document', name: '', expected: 0, actual: 1 } as const
        // Why the cast: what the draft would have given is not looked at after a conflict.
        return {
          value: undefined as never,
          settled: Promise.resolve({ kind: 'conflict', ...conflict }),
        }
      },
    }
    const store = { snapshot: async () => [] }
    const desk = lockDesk(new Map([['rooms', { name: 'rooms', parts: { store, workspace } }]]))

    await assert.rejects(desk.freeLock({ ...lock, reason: 'why' }), { code: 'COMMAND_CONFLICT' })
    assert.equal(attempts, freeLockAttemptsMax)
  })
})

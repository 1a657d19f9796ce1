import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { virtualClock } from '../../adapters/memory/clock.ts'
import type { Lock } from '../../language/isolation/locks.ts'
import type { HeldUp } from './decide-under-locks.ts'
import { createLockWatch, LockPatience, patienceSleepMsMax } from './lock-patience.ts'

const lock: Lock = {
  name: 'booking',
  takes: [],
  frees: [],
  guards: [],
  whenHeld: 'wait',
  deadlineMs: 10_000,
  when: undefined,
}
const heldUp: HeldUp = { heldUp: lock, place: 'room/red', heldBy: 'book' }
const written = [{ view: '$locks', key: 'room/red', expected: 1 }]

describe('the patience of a caller', () => {
  it('tries once more at once, then sleeps until the locks of its instance change', async () => {
    const clock = virtualClock()
    const watch = createLockWatch()
    using patience = new LockPatience({ watch, clock, isShared: false, deadlineMs: undefined })
    await patience.wait(heldUp)
    let isAwake = false
    const waiting = patience.wait(heldUp).then(() => (isAwake = true))

    watch.written([{ view: '$locks', key: 'room/blue', expected: 1 }])
    await clock.advance(9_000)
    assert.equal(isAwake, false)
    watch.written(written)

    await waiting
    assert.equal(patience.isOver, false)
  })

  it('does not sleep over a change that came while the command was tried', async () => {
    const clock = virtualClock()
    const watch = createLockWatch()
    using patience = new LockPatience({ watch, clock, isShared: false, deadlineMs: undefined })
    await patience.wait(heldUp)

    watch.written(written)

    await patience.wait(heldUp)
    assert.equal(clock.nextMs(), undefined)
  })

  it('looks again by itself where other processes can free the lock', async () => {
    const clock = virtualClock()
    const watch = createLockWatch()
    using patience = new LockPatience({ watch, clock, isShared: true, deadlineMs: undefined })
    await patience.wait(heldUp)
    const waiting = patience.wait(heldUp)

    await clock.advance(patienceSleepMsMax)

    await waiting
    assert.equal(patience.isOver, false)
  })

  it('leaves nothing behind', async () => {
    const watch = createLockWatch()
    {
      const clock = virtualClock()
      using patience = new LockPatience({ watch, clock, isShared: false, deadlineMs: undefined })
      await patience.wait(heldUp)
      assert.equal(watch.countAt('room/red'), 1)
    }
    assert.equal(watch.countAt('room/red'), 0)
  })
})

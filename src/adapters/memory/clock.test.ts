import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { virtualClock } from './clock.ts'

describe('virtualClock', () => {
  it('stands still until it is advanced', async () => {
    const clock = virtualClock({ startMs: 1_000 })

    const before = clock.nowMs()
    await clock.advance(250)

    assert.deepEqual([before, clock.nowMs()], [1_000, 1_250])
  })

  it('runs tasks at their own times, also those that tasks ask for on the way', async () => {
    const clock = virtualClock({ startMs: 0 })
    const runs: (readonly [string, number])[] = []
    clock.after(20, () => runs.push(['second', clock.nowMs()]))
    clock.after(10, () => {
      runs.push(['first', clock.nowMs()])
      clock.after(5, () => runs.push(['between', clock.nowMs()]))
    })

    await clock.advance(100)

    assert.deepEqual(runs, [
      ['first', 10],
      ['between', 15],
      ['second', 20],
    ])
  })

  it('lets promises and deferred tasks of one task finish before the next task', async () => {
    const clock = virtualClock({ startMs: 0, turns: 'manual' })
    const runs: string[] = []
    clock.after(1, () => {
      clock.defer(() => {
        void Promise.resolve().then(() => clock.defer(() => runs.push('settled')))
      })
    })
    clock.after(1, () => runs.push('next'))

    await clock.advance(1)

    assert.deepEqual(runs, ['settled', 'next'])
  })

  it('runs deferred tasks only when told to, if it was opened so', async () => {
    const clock = virtualClock({ turns: 'manual' })
    const runs: string[] = []
    clock.defer(() => runs.push('deferred'))
    await Promise.resolve()
    const ranEarly = runs.length

    const count = clock.turn()

    assert.equal(ranEarly, 0)
    assert.equal(count, 1)
    assert.deepEqual(runs, ['deferred'])
  })

  it('says when the next task is due', () => {
    const clock = virtualClock({ startMs: 100 })
    const none = clock.nextMs()
    const cancel = clock.after(7, () => undefined)
    clock.after(9, () => undefined)

    const first = clock.nextMs()
    cancel()

    assert.deepEqual([none, first, clock.nextMs()], [undefined, 107, 109])
  })

  it('gives the same ids for the same calls', () => {
    const ids = [virtualClock(), virtualClock()].map((clock) => [clock.newId(), clock.newId()])

    assert.deepEqual(ids[0], ids[1])
  })
})

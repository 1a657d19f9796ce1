import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { virtualClock } from '../adapters/memory/clock.ts'
import { createAlarm, createLanes, createPauses, createSlots } from './lanes.ts'

interface Held {
  readonly task: () => Promise<void>
  readonly end: (error?: Error) => void
}

/** A task that notes when it starts, and ends when it is told to. */
function held(name: string, started: string[]): Held {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  return {
    task() {
      started.push(name)
      return promise
    },
    end: (error) => (error ? reject(error) : resolve()),
  }
}

async function turns(): Promise<void> {
  for (let count = 0; count < 10; count += 1) await Promise.resolve()
}

describe('lanes', () => {
  it('run the tasks of one key in order, those of others beside them', async () => {
    const started: string[] = []
    const lanes = createLanes()
    const [one, two, other] = ['one', 'two', 'other'].map((name) => held(name, started))
    assert.ok(one && two && other)

    const works = [lanes.run('a', one.task), lanes.run('a', two.task), lanes.run('b', other.task)]
    await turns()
    assert.deepEqual(started, ['one', 'other'])
    one.end()
    await turns()

    assert.deepEqual(started, ['one', 'other', 'two'])
    two.end()
    other.end()
    await Promise.all(works)
  })

  it('go on after a task that fails, and tell of the failure', async () => {
    const started: string[] = []
    const lanes = createLanes()
    const [one, two] = [held('one', started), held('two', started)]

    const failed = lanes.run('a', one.task)
    const next = lanes.run('a', two.task)
    one.end(new RangeError('no'))
    two.end()

    await assert.rejects(failed, RangeError)
    await next
    assert.deepEqual(started, ['one', 'two'])
  })
})

describe('slots', () => {
  it('let only so many tasks run at the same time, in the order in which they came', async () => {
    const started: string[] = []
    const slots = createSlots(2)
    const tasks = ['a', 'b', 'c', 'd'].map((name) => held(name, started))

    const works = tasks.map(({ task }) => slots.run(task))
    await turns()
    assert.deepEqual(started, ['a', 'b'])
    tasks[1]?.end()
    await turns()
    assert.deepEqual(started, ['a', 'b', 'c'])
    for (const { end } of tasks) end()
    await Promise.all(works)

    assert.deepEqual(started, ['a', 'b', 'c', 'd'])
  })

  it('are free again after a failure', async () => {
    const slots = createSlots(1)

    await assert.rejects(
      slots.run(async () => {
        throw new RangeError('no')
      }),
      RangeError,
    )

    assert.equal(await slots.run(async () => 7), 7)
  })
})

describe('pauses', () => {
  it('end when their time has come', async () => {
    const clock = virtualClock()
    const pauses = createPauses(clock)
    const ended: string[] = []

    void pauses.pause(20).then(() => ended.push('long'))
    void pauses.pause(10).then(() => ended.push('short'))
    await pauses.pause(0)
    await clock.advance(15)

    assert.deepEqual(ended, ['short'])
  })

  it('end at once when they are told to, and leave no timer behind', async () => {
    const clock = virtualClock()
    const pauses = createPauses(clock)

    const waits = [pauses.pause(1_000), pauses.pause(2_000)]
    pauses.endAll()
    await Promise.all([...waits, pauses.pause(3_000)])

    assert.equal(clock.nextMs(), undefined)
  })
})

describe('an alarm', () => {
  it('wakes once, at the earliest time that was asked for', async () => {
    const clock = virtualClock()
    const woken: number[] = []
    const startMs = clock.nowMs()
    const wake = (): void => void woken.push(clock.nowMs() - startMs)
    const alarm = createAlarm({ clock, sleepMsMax: 1_000, wake })

    alarm.setFor(startMs + 500)
    alarm.setFor(startMs + 200)
    alarm.setFor(startMs + 300)
    await clock.advance(900)
    assert.deepEqual(woken, [200])

    alarm.setFor(startMs + 5_000)
    await clock.advance(3_000)
    assert.deepEqual(woken, [200, 1_900], 'it looks up after the longest sleep')

    alarm.setFor(startMs + 4_000)
    alarm.clear()
    await clock.advance(3_000)
    assert.equal(woken.length, 2)
  })
})

import type { Clock } from '../../runtime/clock.port.ts'
import type { ProcessOwner, Surroundings } from './surroundings.ts'

/**
 * The clock of one process: it may be set, and then differs from the time of the world. How long something takes is
 * not changed by that, as nothing that waits is where clocks are set.
 */
export function simulatedClock(core: Surroundings, process: ProcessOwner): Clock {
  const { scheduler } = core
  const timerLabel = `timer of ${process.name}`
  const beatLabel = `beat of ${process.name}`
  const turnLabel = `turn of ${process.name}`
  const chance = core.chances.of(`ids of ${process.name}`)
  let deferred: (() => void)[] = []
  const turn = (): void => {
    const ready = deferred
    deferred = []
    // A task may end the process: what is left of the turn dies with it.
    for (const task of ready) if (!process.isDead) task()
  }
  return {
    nowMs: () => Math.floor(scheduler.nowMs + process.skewMs),
    after(delayMs, task) {
      const dueMs = scheduler.nowMs + (delayMs > 0 ? delayMs : 0)
      return scheduler.at({ dueMs, owner: process, label: timerLabel, isBeat: false, run: task })
    },
    beat(delayMs, task) {
      const dueMs = scheduler.nowMs + (delayMs > 0 ? delayMs : 0)
      const place = { owner: process, label: beatLabel, isBeat: true }
      return scheduler.at({ ...place, dueMs, run: task })
    },
    defer(task) {
      deferred.push(task)
      if (deferred.length > 1) return
      scheduler.soon({ owner: process, label: turnLabel, run: turn })
    },
    newId() {
      const time = Math.floor(scheduler.nowMs + process.skewMs)
      return idOf(time, core.nextNumber(), Math.floor(chance.next() * 0x1_0000))
    },
  }
}

/** An id in the form of UUID version 7 (RFC 9562): the time, a number that never comes again, and some chance. */
export function idOf(timeMs: number, number: number, random: number): string {
  const time = Math.max(0, timeMs).toString(16).padStart(12, '0')
  const count = number.toString(16).padStart(12, '0')
  const tail = random.toString(16).padStart(4, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8${count.slice(0, 3)}-${count.slice(3)}${tail.slice(1)}`
}

import type { Clock } from './clock.port.ts'

/** Runs the tasks of one key one after the other, those of different keys side by side. */
export interface Lanes {
  run(key: string, task: () => Promise<void>): Promise<void>
}

/** Creates lanes. A task that fails lets the next one of its key go on. */
export function createLanes(): Lanes {
  const last = new Map<string, Promise<void>>()
  return {
    run(key, task) {
      const before = last.get(key)
      const work = before ? before.then(task, task) : task()
      const lane = work.catch(() => undefined)
      last.set(key, lane)
      return work.finally(() => {
        if (last.get(key) === lane) last.delete(key)
      })
    },
  }
}

/** Lets only so many tasks run at the same time; the others wait in the order in which they came. */
export interface Slots {
  run<T>(task: () => Promise<T>): Promise<T>
}

/** Creates slots. */
export function createSlots(slotsMax: number): Slots {
  const waiting: (() => void)[] = []
  let taken = 0
  return {
    async run(task) {
      if (taken >= slotsMax) await new Promise<void>((resolve) => waiting.push(resolve))
      else taken += 1
      try {
        return await task()
      } finally {
        const next = waiting.shift()
        if (next) next()
        else taken -= 1
      }
    },
  }
}

/** Waits that can all be ended at once, when nothing is waited for any more. */
export interface Pauses {
  pause(delayMs: number): Promise<void>
  /** Ends every pause; there are none from then on. */
  endAll(): void
}

/** Creates pauses. */
export function createPauses(clock: Clock): Pauses {
  const ends = new Set<() => void>()
  let isOver = false
  return {
    pause(delayMs) {
      if (delayMs <= 0 || isOver) return Promise.resolve()
      return new Promise((resolve) => {
        const end = (): void => {
          ends.delete(end)
          cancel()
          resolve()
        }
        const cancel = clock.after(delayMs, end)
        ends.add(end)
      })
    },
    endAll() {
      isOver = true
      for (const end of ends) end()
    },
  }
}

/** One wake-up at a time, that of the earliest time that was asked for. */
export interface Alarm {
  /** Wakes at this time, unless it is set to an earlier one. */
  setFor(atMs: number): void
  clear(): void
}

export interface AlarmOptions {
  readonly clock: Clock
  /** Longest sleep, in milliseconds: a clock that jumped is noticed after that. */
  readonly sleepMsMax: number
  readonly wake: () => void
}

/** Creates an alarm that is not set. */
export function createAlarm({ clock, sleepMsMax, wake }: AlarmOptions): Alarm {
  let setMs = Number.POSITIVE_INFINITY
  let cancel = (): void => undefined

  function clear(): void {
    cancel()
    setMs = Number.POSITIVE_INFINITY
  }

  return {
    clear,
    setFor(atMs) {
      if (atMs >= setMs) return
      clear()
      setMs = atMs
      cancel = clock.after(Math.min(Math.max(atMs - clock.nowMs(), 1), sleepMsMax), () => {
        clear()
        wake()
      })
    },
  }
}

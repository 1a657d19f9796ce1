import { DureError } from '../../language/errors.ts'

/** What work of a server passes through: everything except reading. */
export interface Turnstile {
  /** Work begins. @throws `HTTP_WORK_HELD` while somebody has the system to himself. */
  enter(): void
  /** Work that has entered is done. */
  leave(): void
  /**
   * Lets no more work in, waits until what is inside is done, and runs a task. `own`: how much of it is the asker's.
   *
   * @throws `HTTP_WORK_HELD` when somebody else is at it.
   */
  alone<T>(own: number, task: () => Promise<T>): Promise<T>
}

/** Creates a turnstile that is open. */
export function createTurnstile(): Turnstile {
  let inside = 0
  let isHeld = false
  let left: (() => void) | undefined
  return {
    enter() {
      if (isHeld) throw held()
      inside += 1
    },
    leave() {
      inside -= 1
      left?.()
    },
    async alone(own, task) {
      if (isHeld) throw held()
      isHeld = true
      try {
        while (inside > own) await new Promise<void>((resolve) => void (left = resolve))
        return await task()
      } finally {
        isHeld = false
        left = undefined
      }
    },
  }
}

function held(): DureError {
  return new DureError(
    'HTTP_WORK_HELD',
    'The system is being administered and takes no work for a moment. Try again shortly.',
  )
}

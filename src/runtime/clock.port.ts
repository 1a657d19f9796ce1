/** Time, chance and turns: all that a service may know of the world without asking a driven port. */
export interface Clock {
  /** Milliseconds since 1970 UTC. */
  nowMs(): number
  /** Runs `task` once, at least `delayMs` from now. Returns what cancels it. */
  after(delayMs: number, task: () => void): () => void
  /**
   * The same as `after`, for who only looks whether there is work: nothing waits for it, and it keeps no process alive.
   */
  beat(delayMs: number, task: () => void): () => void
  /** Runs `task` after the work that is ready now: where arriving commands gather into one group. */
  defer(task: () => void): void
  /** An id that never comes again; ids of one source sort by time (UUID version 7, RFC 9562). */
  newId(): string
}

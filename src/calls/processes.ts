// The processes that a supervisor runs for a system, as an operator sees and changes them.

export interface ProcessReport {
  /** `order.1`: the group, and a number that is never given again. */
  readonly name: string
  /** `order`, or `gateway`. */
  readonly group: string
  readonly pid: number
  readonly state: 'loading' | 'starting' | 'ready' | 'stopping'
  /** How often a process in this place has ended by itself. */
  readonly restarts: number
  /** The share of the last second in which its event loop worked, from 0 to 1. */
  readonly busy: number
  /** Since when it runs, in milliseconds since 1970 UTC. */
  readonly startedAtMs: number
}

/** What a supervisor can be asked to do. */
export interface ProcessOperations {
  processes(): Promise<readonly ProcessReport[]>
  /**
   * Runs a group in so many processes. Resolves when the new ones are ready, and those too many have stopped.
   *
   * @throws `PROCESS_UNKNOWN` when there is no such group; `PROCESS_REFUSED` when it cannot have so many.
   */
  scale(group: string, replicas: number): Promise<readonly ProcessReport[]>
  /**
   * Replaces processes one after the other by new ones, which load the code as it is now. No request fails because of
   * it. Resolves when all are replaced; when a new process does not become ready, the old one goes on.
   *
   * @throws `PROCESS_UNKNOWN`; `PROCESS_FAILED` when new code does not run.
   */
  roll(group?: string): Promise<readonly ProcessReport[]>
}

import type { RunningSystem } from '../../src/runtime/running-system.port.ts'

const lookMs = 20

/** Waits until the system says that nothing is left to do. */
export async function untilIdle(running: RunningSystem): Promise<void> {
  while (!(await running.idle()).idle) await new Promise((resolve) => setTimeout(resolve, lookMs))
}

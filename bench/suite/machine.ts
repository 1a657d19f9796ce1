import { readFileSync } from 'node:fs'
import { cpus, setPriority } from 'node:os'

/** So many busy cores of others make a measurement doubtful. */
export const foreignCoresMax = 0.2

const ticksPerSecond = 100
const raisedPriority = -10

/** Tells how many cores others kept busy since it was made; `undefined` where the system does not tell. */
export function watchForeign(): () => number | undefined {
  const before = readBusy()
  const own = process.cpuUsage()
  const begun = performance.now()
  return () => {
    const after = readBusy()
    if (before === undefined || after === undefined) return undefined
    const { user, system } = process.cpuUsage(own)
    const seconds = (performance.now() - begun) / 1_000
    return Math.max(0, (after - before - (user + system) / 1e6) / seconds)
  }
}

/** Seconds that all cores were busy for since the machine started. Time that a hypervisor took counts as busy. */
function readBusy(): number | undefined {
  try {
    const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n')
    const [user = 0, nice = 0, system = 0, _idle, _waiting, interrupts = 0, soft = 0, stolen = 0] =
      line.trim().split(/\s+/).slice(1).map(Number)
    return (user + nice + system + interrupts + soft + stolen) / ticksPerSecond
  } catch {
    // Other systems have no such file.
    return undefined
  }
}

/** Raises the priority of this process and of those that it starts, where the system allows it. */
export function raisePriority(): boolean {
  try {
    setPriority(raisedPriority)
    return true
  } catch {
    // Only an administrator may.
    return false
  }
}

/** What the figures belong to. */
export function describeMachine(): string {
  const cores = cpus()
  return `${cores.length} cores, ${cores[0]?.model ?? 'unknown'}, ${process.platform}, Node ${process.version}`
}

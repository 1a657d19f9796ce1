import { readdirSync, readFileSync } from 'node:fs'
import { cpus, setPriority } from 'node:os'

/** So many busy cores of others make a measurement doubtful. */
export const foreignCoresMax = 0.2

const ticksPerSecond = 100
const raisedPriority = -10

/**
 * Tells how many cores others kept busy since it was made; `undefined` where the system does not tell. Servers and peers that
 * this process has started are no others.
 */
export function watchForeign(): () => number | undefined {
  const before = readBusy()
  const own = before === undefined ? 0 : readFamily()
  const begun = performance.now()
  return () => {
    const after = readBusy()
    if (before === undefined || after === undefined) return undefined
    const seconds = (performance.now() - begun) / 1_000
    return Math.max(0, (after - before - (readFamily() - own)) / seconds)
  }
}

/** What a process has used, and those of its children that have ended. */
interface Used {
  readonly pid: number
  readonly parent: number
  readonly seconds: number
}

/** Seconds of processor time of this process and of all that come from it. */
function readFamily(): number {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? readUsed(name) : []))
  const family = new Set([process.pid])
  for (let known = 0; known < family.size; ) {
    known = family.size
    for (const { pid, parent } of all) if (family.has(parent)) family.add(pid)
  }
  return all.reduce((sum, { pid, seconds }) => sum + (family.has(pid) ? seconds : 0), 0)
}

function readUsed(name: string): readonly Used[] {
  try {
    const text = readFileSync(`/proc/${name}/stat`, 'utf8')
    // What comes behind the name of the program, which may hold anything.
    const [, parent = 0, ...rest] = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const ticks = rest.slice(9, 13).reduce((sum, each) => sum + each, 0)
    return [{ pid: Number(name), parent, seconds: ticks / ticksPerSecond }]
  } catch {
    // It has ended meanwhile.
    return []
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

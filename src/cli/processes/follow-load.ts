// The number of processes follows the load, within the limits that were set.
// Source: Kubernetes, "Horizontal Pod Autoscaling": up soon, down late.
import type { Fleet } from './fleet.ts'

/** Above this share of busy time a group grows; below the other it shrinks. */
export const busyShareMax = 0.75
export const idleShareMin = 0.2
/** So many looks in a row have to say the same before anything is done. */
const looksUp = 3
const looksDown = 30
const lookMs = 1_000

/** What has been seen of a group: positive when it is busy, negative when it is idle. */
export type LoadStreak = number

/** The streak after another look, and how many processes to add now: 1, 0 or -1. */
export function judgeLoad(
  streak: LoadStreak,
  { busy, wanted, min, max }: { busy: number; wanted: number; min: number; max: number },
): { readonly streak: LoadStreak; readonly change: -1 | 0 | 1 } {
  if (busy > busyShareMax && wanted < max) {
    const next = Math.max(0, streak) + 1
    return next >= looksUp ? { streak: 0, change: 1 } : { streak: next, change: 0 }
  }
  if (busy < idleShareMin && wanted > min) {
    const next = Math.min(0, streak) - 1
    return next <= -looksDown ? { streak: 0, change: -1 } : { streak: next, change: 0 }
  }
  return { streak: 0, change: 0 }
}

/** Looks at a fleet from time to time. Returns what ends it. */
export function followLoad(fleet: Fleet, tell: (line: string) => void): () => void {
  const streaks = new Map<string, LoadStreak>()
  const look = (): void => {
    for (const { plan, wanted, busy } of fleet.loads()) {
      const { name, replicas: min, upTo: max = min } = plan
      const { streak, change } = judgeLoad(streaks.get(name) ?? 0, { busy, wanted, min, max })
      streaks.set(name, streak)
      if (change === 0) continue
      tell(`${name} is ${Math.round(busy * 100)} % busy: ${wanted} -> ${wanted + change} processes`)
      fleet.scale(name, wanted + change).catch((error: unknown) => tell(String(error)))
    }
  }
  const timer = setInterval(look, lookMs)
  return () => clearInterval(timer)
}

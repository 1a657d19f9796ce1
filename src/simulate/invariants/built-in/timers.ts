import type { Timer } from '../../../log/store.port.ts'
import type { AppliedCommit } from '../../world/ledger.ts'
import type { JudgeMaker } from '../judge.ts'
import { firstOf } from './first-of.ts'

/**
 * A timer fires once, when the clock of the process that fires it has come so far; none is forgotten.
 *
 * One that is set again by who fires it, to try later, may be tried by another process that knew it before.
 */
export const judgeTimers: JudgeMaker = ({ ledger: world, facts }) => {
  const dueMs = new Map<string, number>()
  const judgeFire = (applied: AppliedCommit, id: string): string | undefined => {
    const { service, process, processMs, ledger } = applied
    if (!ledger.timers.has(id)) return `${id} of ${service} fired, and was not set.`
    const earlyMs = (dueMs.get(`${service} ${id}`) ?? 0) - Math.floor(processMs)
    if (earlyMs <= 0) return undefined
    return `${id} of ${service} fired ${earlyMs} ms too early by the clock of ${process}.`
  }
  return {
    name: 'a timer fires once, not before its time, and is never forgotten',
    hasLooked: () => dueMs.size > 0,
    applied(applied) {
      const { fireTimers, setTimers } = applied.commit
      const text = firstOf(fireTimers, (id) => judgeFire(applied, id))
      for (const { id, atMs } of setTimers ?? none) {
        if (!fireTimers?.includes(id)) dueMs.set(`${applied.service} ${id}`, atMs)
      }
      return text
    },
    atRest() {
      const forgotten: string[] = []
      for (const { service, timers } of world.services.values()) {
        for (const { id, atMs } of timers.values()) {
          const lateMs = Math.floor(facts.nowMs - atMs)
          forgotten.push(`${id} of ${service} never fired: it was due ${lateMs} ms before the end.`)
        }
      }
      return forgotten
    },
  }
}

const none: readonly Timer[] = []

// What a service has left to do, from the ledger alone: held against what a process says of itself.
import type { SagaState } from '../../../sagas/saga-state.ts'
import type { Ledger } from '../../world/ledger.ts'
import type { JudgeContext, JudgeMaker } from '../judge.ts'
import { untakenOf } from './untaken.ts'

/** A process says that it is idle when nothing is left to do, and never while there is. */
export const judgeIdle: JudgeMaker = (context) => {
  const leftOf = openAccount(context)
  let hasLooked = false
  return {
    name: 'a process says that it is idle when it is, and only then',
    hasLooked: () => hasLooked,
    told({ process, services, clockMs, isIdle, isAtRest, report }) {
      if (!isIdle && !isAtRest) return undefined
      hasLooked = true
      let left: string | undefined
      for (const service of services) left ??= leftOf(service, clockMs)
      if (isIdle) return left && `${process} is idle, it says, with ${left}.`
      if (left !== undefined) return undefined
      return `${process} has nothing left to do, and is not idle, it says: ${report}.`
    },
  }
}

/** Says one thing that a service has left to do at a time of its clock; undefined when there is none. */
function openAccount(
  context: JudgeContext,
): (service: string, clockMs: number) => string | undefined {
  const { system, ledger } = context
  const untaken = untakenOf(context)
  const sagas = system.sagas.map(({ by, saga }) => ({ by, view: `saga:${saga.name}` }))
  return (service, clockMs) => {
    const views = sagas.filter(({ by }) => by === service).map(({ view }) => view)
    for (const left of untaken(service)) return left
    return dueAt(ledger, service, clockMs) ?? openIn(ledger, service, views)
  }
}

function dueAt(ledger: Ledger, service: string, clockMs: number): string | undefined {
  for (const { id, atMs } of ledger.of(service).timers.values()) {
    if (atMs <= clockMs) return `the timer ${id} of ${service}, which is due`
  }
  return undefined
}

function openIn(ledger: Ledger, service: string, views: readonly string[]): string | undefined {
  for (const view of views) {
    for (const [key, { data }] of ledger.of(service).views.get(view) ?? []) {
      // Why the cast: the coordinator writes these documents.
      const { endedAtMs } = data as SagaState
      if (endedAtMs === undefined) return `${view} ${key}, which ${service} has not ended`
    }
  }
  return undefined
}

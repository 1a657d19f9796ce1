// What a service has left to do, from the ledger alone: held against what a process says of itself.
import type { Entry } from '../../../log/store.port.ts'
import type { SagaState } from '../../../sagas/saga-state.ts'
import { cursorName, type Ledger } from '../../world/ledger.ts'
import { presentName } from '../facts.ts'
import type { JudgeContext, JudgeMaker } from '../judge.ts'
import { inbox, type Readers, readersOf, viewConsumer, type Wants } from './readers.ts'

/** A process says that it is idle when nothing is left to do, and never while there is. */
export const judgeIdle: JudgeMaker = (context) => {
  const leftOf = openAccount(context)
  let hasLooked = false
  return {
    name: 'a process says that it is idle when it is, and only then',
    get hasLooked() {
      return hasLooked
    },
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
function openAccount({
  system,
  ledger,
}: JudgeContext): (service: string, clockMs: number) => string | undefined {
  const readers = readersOf(system)
  const sources = system.services.map(({ name }) => name)
  const sagas = system.sagas.map(({ by, saga }) => ({ by, view: `saga:${saga.name}` }))
  return (service, clockMs) => {
    const own = readers.get(service)
    const views = sagas.filter(({ by }) => by === service).map(({ view }) => view)
    return (
      (own && untakenBy(ledger, own, sources)) ??
      dueAt(ledger, service, clockMs) ??
      openIn(ledger, service, views)
    )
  }
}

function untakenBy(
  ledger: Ledger,
  { service, inbox: wants, views }: Readers,
  sources: readonly string[],
): string | undefined {
  const own = ledger.of(service.name)
  const consumers = [{ name: inbox, wants }]
  for (const { name, consistency, handlers } of views.values()) {
    if (consistency !== 'async') continue
    const isWanted: Wants = ({ type }) => Object.hasOwn(handlers, type)
    consumers.push({ name: viewConsumer(presentName(own, name)), wants: isWanted })
  }
  const logs = sources.flatMap((source) =>
    ledger.of(source).logs.map((log, partition) => ({ source, partition, log })),
  )
  for (const { name: consumer, wants: isWanted } of consumers) {
    for (const { source, partition, log } of logs) {
      const from = own.cursors.get(cursorName({ consumer, source, partition }))?.position ?? 0
      const next = nextWanted(log, from, isWanted)
      if (!next) continue
      return `${next.type} at ${source}/${partition}/${next.position}, which ${consumer} of ${service.name} has not taken`
    }
  }
  return undefined
}

/** The first entry behind a cursor that somebody wants. */
function nextWanted(log: readonly Entry[], from: number, wants: Wants): Entry | undefined {
  for (let index = from; index < log.length; index += 1) {
    const entry = log[index]
    if (entry && wants(entry)) return entry
  }
  return undefined
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

import type { ServiceStatus } from '../runtime/running-system.port.ts'

/**
 * One status for each service, in the order of `names`, of what all its processes have told.
 *
 * What each process counts is added; what all read of the same store is taken once. A service of which none has told is
 * told of as one that cannot be reached.
 */
export function mergeStatuses(
  names: readonly string[],
  told: readonly ServiceStatus[],
): readonly ServiceStatus[] {
  return names.map((name) => {
    const of = told.filter((status) => status.name === name)
    return of.length === 0 ? missing(name) : of.reduce(merge)
  })
}

function merge(one: ServiceStatus, other: ServiceStatus): ServiceStatus {
  const failing = one.failing ?? other.failing
  const brokerFailing = one.brokerFailing ?? other.brokerFailing
  return {
    name: one.name,
    relayLag: Math.max(one.relayLag, other.relayLag),
    inboxLag: Math.max(one.inboxLag, other.inboxLag),
    timersDue: Math.max(one.timersDue, other.timersDue),
    sagasOpen: Math.max(one.sagasOpen, other.sagasOpen),
    parked: Math.max(one.parked, other.parked),
    position: Math.max(one.position, other.position),
    timers: Math.max(one.timers, other.timers),
    views: one.views.map((view) => {
      const same = other.views.find((each) => each.name === view.name)
      return {
        name: view.name,
        lag: Math.max(view.lag, same?.lag ?? 0),
        rebuilding: view.rebuilding || (same?.rebuilding ?? false),
      }
    }),
    commands: one.commands + other.commands,
    rejected: one.rejected + other.rejected,
    commits: one.commits + other.commits,
    groups: one.groups + other.groups,
    ...(failing !== undefined && { failing }),
    ...(brokerFailing !== undefined && { brokerFailing }),
  }
}

function missing(name: string): ServiceStatus {
  const nothing = { relayLag: 0, inboxLag: 0, timersDue: 0, sagasOpen: 0, parked: 0 }
  const counters = { position: 0, timers: 0, commands: 0, rejected: 0, commits: 0, groups: 0 }
  return { name, ...nothing, ...counters, views: [], failing: 'CALL_UNANSWERED' }
}

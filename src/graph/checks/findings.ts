/**
 * How bad a finding is. An error stops the system or loses work; a warning is a risk that somebody should know; a note says
 * how something is, and is wrong only where that matters.
 */
export type FindingLevel = 'error' | 'warning' | 'note'

interface FindingEntry {
  readonly level: FindingLevel
  /** One sentence, present tense. */
  readonly summary: string
}

/** Everything that can be found without running a system, by code. */
export const findingCatalogue = {
  COMMAND_UNDECIDED: {
    level: 'error',
    summary: 'No aggregate decides a command of the contract.',
  },
  COMMAND_TARGET_MISSING: {
    level: 'error',
    summary: 'A command or query goes to a service that is not in the system, or does not know it.',
  },
  QUERY_UNANSWERED: { level: 'error', summary: 'Nothing answers a query of the contract.' },
  EVENT_SOURCE_MISSING: {
    level: 'error',
    summary: 'A view, policy or saga waits for an event that no service of the system records.',
  },
  EVENT_UNUSED: {
    level: 'warning',
    summary: 'An event changes no state and nobody follows it.',
  },
  EVENT_NEVER_MADE: {
    level: 'warning',
    summary: 'An event is followed, but no decision was seen to make it.',
  },
  NAME_UNUSUAL: {
    level: 'warning',
    summary: 'An event does not read like a fact, or a command or query not like an order.',
  },
  POLICY_COMMAND_REJECTABLE: {
    level: 'warning',
    summary:
      'A policy sends a command that may be rejected: the rejection parks the key of the event.',
  },
  POLICY_CYCLE: {
    level: 'warning',
    summary: 'Policies lead from an event back to itself.',
  },
  SAGA_PARTICIPANT_ELSEWHERE: {
    level: 'error',
    summary:
      'A choreographed saga goes through a service that is not written with Dure, and cannot pass it on.',
  },
  SAGA_STEP_WITHOUT_UNDO: {
    level: 'error',
    summary: 'A step before the pivot can neither be undone nor says that it has no effect.',
  },
  SAGA_UNDO_REJECTABLE: {
    level: 'error',
    summary: 'The command of an undo, or of the last notice, may be rejected.',
  },
  SAGA_FORWARD_REJECTABLE: {
    level: 'error',
    summary: 'The command of a step after the pivot may be rejected.',
  },
  SAGA_ENSURE_AFTER_PIVOT: {
    level: 'error',
    summary: 'A test after the pivot asks a saga to turn back, which it cannot.',
  },
  SAGA_FAN_OUT_UNBOUNDED: {
    level: 'warning',
    summary: 'A step sends one command for each item of a list of any length.',
  },
  SAGA_WITHOUT_DEADLINE: {
    level: 'warning',
    summary: 'A saga may wait for ever before its pivot.',
  },
  SAGA_NEVER_STARTED: { level: 'warning', summary: 'No event starts a saga.' },
  SAGA_STEP_EXPOSED: {
    level: 'note',
    summary: 'A step before the pivot changes what others change too, without a countermeasure.',
  },
  LOCK_NEVER_FREED: {
    level: 'error',
    summary: 'A step of a saga takes a lock that its plan does not free on one of its ways.',
  },
  LOCK_ORDER_MISSING: {
    level: 'error',
    summary: 'A step takes a lock of several instances at once, in any order.',
  },
  LOCK_DEADLOCK: {
    level: 'error',
    summary: 'Sagas take locks in different orders, and can wait for each other.',
  },
  LOCK_UNUSED: { level: 'warning', summary: 'No saga takes a lock.' },
  PORT_UNBOUND: { level: 'error', summary: 'A driven port has no adapter.' },
  PORT_BOUND_TWICE: { level: 'error', summary: 'A driven port has several adapters.' },
  PORT_AMBIGUOUS: { level: 'error', summary: 'Different driven ports have one name.' },
  PORT_UNDECLARED: {
    level: 'error',
    summary: 'A command is prepared with a driven port that its service does not declare.',
  },
  PORT_UNUSED: {
    level: 'warning',
    summary: 'An adapter is bound to a driven port that nobody needs.',
  },
  ROUTE_TWICE: { level: 'error', summary: 'Two gateways have a route of the same shape.' },
  ROUTE_RESERVED: {
    level: 'error',
    summary: 'A route takes a path that every gateway answers by itself.',
  },
  IMPORT_ACROSS_SERVICES: {
    level: 'error',
    summary: 'A service imports more of another service than its contract.',
  },
} as const satisfies Readonly<Record<string, FindingEntry>>

export type FindingCode = keyof typeof findingCatalogue

/** One thing that is wrong, or may become wrong, with a system. */
export interface Finding {
  readonly code: FindingCode
  readonly level: FindingLevel
  /** The part of the system: `service stock`, `saga checkout, step payment`. */
  readonly where: string
  /** What is so, and what to do. */
  readonly message: string
}

/** Makes a finding of the catalogue. */
export function finding(code: FindingCode, where: string, message: string): Finding {
  return { code, level: findingCatalogue[code].level, where, message }
}

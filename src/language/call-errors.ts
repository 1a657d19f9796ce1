// Failures between the processes of a system; part of the catalogue in errors.ts.
import type { ErrorEntry } from './errors.ts'

export const callErrors = {
  CALL_UNREACHABLE: {
    kind: 'unavailable',
    retry: 'same-request',
    summary: 'Another process could not be asked; nothing was done.',
  },
  CALL_INTERRUPTED: {
    kind: 'unavailable',
    retry: 'same-request',
    summary: 'Another process was asked and gave no answer; whether it did something is unknown.',
  },
  CALL_TIMEOUT: {
    kind: 'timeout',
    retry: 'same-request',
    summary: 'Another process did not answer in time; whether it did something is unknown.',
  },
  CALL_DENIED: {
    kind: 'unauthenticated',
    retry: 'never',
    summary: 'Another process does not take questions from this one: the secrets differ.',
  },
  CALL_TOO_LARGE: {
    kind: 'too-large',
    retry: 'never',
    summary: 'A question to another process, or its answer, is larger than is carried.',
  },
  CALL_UNANSWERED: {
    kind: 'unavailable',
    retry: 'same-request',
    summary: 'No instance of a service took a call before its deadline.',
  },
  CALL_OVERLOADED: {
    kind: 'exhausted',
    retry: 'same-request',
    summary: 'As many calls to a service wait for an answer as may.',
  },
  PROCESS_UNKNOWN: {
    kind: 'not-found',
    retry: 'never',
    summary: 'There is no such group of processes, or no supervisor that runs any.',
  },
  PROCESS_REFUSED: {
    kind: 'conflict',
    retry: 'never',
    summary: 'A service cannot run in so many processes.',
  },
  PROCESS_FAILED: {
    kind: 'unavailable',
    retry: 'same-request',
    summary: 'A process of the system does not start.',
  },
  CONFIG_INVALID: {
    kind: 'invalid',
    retry: 'never',
    summary: 'The configuration cannot be used.',
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>

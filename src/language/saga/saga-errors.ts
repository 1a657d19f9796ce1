import type { ErrorEntry } from '../errors.ts'

/** What can be wrong with what is asked of a saga, or of a lock: a part of the error catalogue. */
export const sagaErrors = {
  SAGA_UNKNOWN: {
    kind: 'not-found',
    retry: 'never',
    summary: 'There is no saga with this name here, or no instance with this key.',
  },
  SAGA_ENDED: {
    kind: 'conflict',
    retry: 'never',
    summary: 'The instance of the saga is completed or compensated; an operator cannot change it.',
  },
  SAGA_NOT_RUNNING: {
    kind: 'conflict',
    retry: 'never',
    summary:
      'Only a running instance of a saga can be cancelled; this one turns back or is parked.',
  },
  SAGA_NOT_PARKED: {
    kind: 'conflict',
    retry: 'never',
    summary: 'Only a parked instance of a saga can be retried, compensated or resolved.',
  },
  SAGA_PIVOT_PASSED: {
    kind: 'conflict',
    retry: 'never',
    summary: 'The pivot of the saga was sent or has happened: it only goes forward.',
  },
  SAGA_STEP_UNKNOWN: {
    kind: 'not-found',
    retry: 'never',
    summary: 'The instance of the saga has no refused step with this name.',
  },
  LOCK_UNKNOWN: {
    kind: 'not-found',
    retry: 'never',
    summary: 'Nobody holds the lock that is to be freed.',
  },
  SAGA_VERSION_UNKNOWN: {
    kind: 'not-found',
    retry: 'never',
    summary: 'An instance of the saga goes by a version of its plan that the system does not have.',
  },
  SAGA_VERSION_AHEAD: {
    kind: 'unavailable',
    retry: 'same-request',
    summary:
      'An instance of the saga goes by a newer version of its plan than this process has; another process of the service takes it.',
  },
  SAGA_MAPPING_REFUSED: {
    kind: 'conflict',
    retry: 'never',
    summary:
      'The mapping of an instance to the plan that replaces its own fails, or gives what that plan could not have come to.',
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>

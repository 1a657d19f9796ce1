import { messageErrors } from './message-errors.ts'
import { callErrors } from './call-errors.ts'
import { sagaErrors } from './saga/saga-errors.ts'

/** What sort of bad news an error is. Transports map a kind to their own numbers. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'too-large'
  | 'exhausted'
  | 'unavailable'
  | 'timeout'
  | 'cancelled'
  | 'unsupported'
  | 'internal'

/** Whether asking again can help. */
export type RetryAdvice = 'never' | 'same-request' | 'after-reload'

export interface ErrorEntry {
  readonly kind: ErrorKind
  readonly retry: RetryAdvice
  /** One sentence, present tense. */
  readonly summary: string
}

/** Every failure that Dure can report, by code. Codes never change their meaning; retired ones never return. */
export const errorCatalogue = {
  LANGUAGE_DEFINITION_INVALID: {
    kind: 'invalid',
    retry: 'never',
    summary:
      'A definition (contract, aggregate, view, policy, saga, service or system) is not usable.',
  },
  COMMAND_UNKNOWN: {
    kind: 'not-found',
    retry: 'never',
    summary: 'No aggregate of the service handles this command.',
  },
  COMMAND_INPUT_INVALID: {
    kind: 'invalid',
    retry: 'never',
    summary: 'The data of a command does not fit its schema.',
  },
  COMMAND_ID_INVALID: {
    kind: 'invalid',
    retry: 'never',
    summary: 'A command id is empty, too long, or holds characters that are not allowed.',
  },
  COMMAND_ID_REUSED: {
    kind: 'conflict',
    retry: 'never',
    summary: 'The command id was used before with another payload.',
  },
  COMMAND_CONFLICT: {
    kind: 'conflict',
    retry: 'same-request',
    summary: 'Other writers were first on every attempt.',
  },
  COMMAND_REJECTED: {
    kind: 'conflict',
    retry: 'never',
    summary: 'A command that nobody waits for was rejected by its service.',
  },
  COMMAND_DEADLINE_EXCEEDED: {
    kind: 'timeout',
    retry: 'same-request',
    summary: 'The deadline of a command passed before it was decided.',
  },
  COMMAND_QUEUE_FULL: {
    kind: 'exhausted',
    retry: 'same-request',
    summary: 'The service holds as many waiting commands as it may.',
  },
  COMMAND_DECISION_FAILED: {
    kind: 'internal',
    retry: 'never',
    summary: 'A decision threw an error or returned something that is not a decision.',
  },
  COMMAND_PREPARE_FAILED: {
    kind: 'unavailable',
    retry: 'same-request',
    summary: 'A driven port failed while a command was prepared.',
  },
  QUERY_UNKNOWN: {
    kind: 'not-found',
    retry: 'never',
    summary: 'The service does not answer this query.',
  },
  QUERY_INPUT_INVALID: {
    kind: 'invalid',
    retry: 'never',
    summary: 'The data of a query does not fit its schema.',
  },
  QUERY_FAILED: {
    kind: 'internal',
    retry: 'never',
    summary: 'The code that answers a query threw an error.',
  },
  LOG_COMMIT_UNKNOWN: {
    kind: 'unavailable',
    retry: 'same-request',
    summary: 'It is not known whether a commit was applied; its id settles it.',
  },
  LOG_EVENT_UNREADABLE: {
    kind: 'internal',
    retry: 'never',
    summary: 'A stored event is of a type or version that this code does not know.',
  },
  LOG_ENTRY_TOO_LARGE: {
    kind: 'too-large',
    retry: 'never',
    summary: 'An entry is larger than the log takes.',
  },
  STORE_LOCKED: {
    kind: 'conflict',
    retry: 'same-request',
    summary: 'Another process has the store open.',
  },
  STORE_NEWER: {
    kind: 'unsupported',
    retry: 'never',
    summary: 'The store was written by a newer version of Dure.',
  },
  STORE_CORRUPT: {
    kind: 'internal',
    retry: 'never',
    summary: 'The store cannot be read: the file is damaged or is not a store.',
  },
  STORE_FOREIGN: {
    kind: 'conflict',
    retry: 'never',
    summary: 'The folder for the data holds something else than the data of this system.',
  },
  STORE_READ_ONLY: {
    kind: 'forbidden',
    retry: 'never',
    summary: 'The store cannot be written: the file or its folder is read-only.',
  },
  STORE_FULL: {
    kind: 'exhausted',
    retry: 'same-request',
    summary: 'The disk is full.',
  },
  STORE_UNAVAILABLE: {
    kind: 'unavailable',
    retry: 'same-request',
    summary: 'The store cannot be opened or reached.',
  },
  STORE_CLOSED: {
    kind: 'unavailable',
    retry: 'never',
    summary: 'The store was closed while it was asked.',
  },
  ...messageErrors,
  SIMULATE_VIOLATED: {
    kind: 'conflict',
    retry: 'never',
    summary: 'A simulation has found worlds in which what must hold does not.',
  },
  SIMULATE_INVALID: {
    kind: 'invalid',
    retry: 'never',
    summary: 'A simulation has found nothing because it could not have found anything.',
  },
  SIMULATE_SYSTEM_INVALID: {
    kind: 'invalid',
    retry: 'never',
    summary: 'A scenario does not give a system that could be simulated.',
  },
  SIMULATE_ENDLESS: {
    kind: 'internal',
    retry: 'never',
    summary: 'Code of a simulation asks again and again without letting time pass.',
  },
  SIMULATE_UNSTEADY: {
    kind: 'internal',
    retry: 'never',
    summary: 'A simulated world was not the same when it was run again.',
  },
  SIMULATE_AMBIENT: {
    kind: 'internal',
    retry: 'never',
    summary: 'Code of a simulated system reached past its ports for time, chance or the machine.',
  },
  SIMULATE_CLIENT_FAILED: {
    kind: 'invalid',
    retry: 'never',
    summary: 'A client of a simulation asked for something that can never succeed.',
  },
  PARKED_UNKNOWN: {
    kind: 'not-found',
    retry: 'never',
    summary: 'There is no parked message with this id.',
  },
  PARKED_ORDER: {
    kind: 'conflict',
    retry: 'never',
    summary: 'An earlier message of the same key is parked; it has to go first.',
  },
  ...callErrors,
  ...sagaErrors,
  VIEW_UNKNOWN: {
    kind: 'not-found',
    retry: 'never',
    summary: 'There is no view with this name here.',
  },
  VIEW_TOKEN_TIMEOUT: {
    kind: 'timeout',
    retry: 'same-request',
    summary: 'A view did not reach the position of a consistency token in time.',
  },
  VIEW_TOKEN_INVALID: {
    kind: 'invalid',
    retry: 'never',
    summary: 'A consistency token names a position that its log does not have.',
  },
  PORT_UNBOUND: {
    kind: 'invalid',
    retry: 'never',
    summary: 'A service needs a driven port for which the system names no adapter.',
  },
  SYSTEM_ELSEWHERE: {
    kind: 'unsupported',
    retry: 'never',
    summary:
      'A service of the system is not written with Dure, and this way to run has none to it.',
  },
  SYSTEM_STOPPING: {
    kind: 'unavailable',
    retry: 'same-request',
    summary: 'The system is stopping and takes no more work.',
  },
  HTTP_REQUEST_INVALID: {
    kind: 'invalid',
    retry: 'never',
    summary: 'A request breaks the rules of HTTP or of this server.',
  },
  HTTP_URL_TOO_LONG: {
    kind: 'too-large',
    retry: 'never',
    summary: 'The path and the query of a request are longer than this server accepts.',
  },
  HTTP_HEADERS_TOO_LARGE: {
    kind: 'too-large',
    retry: 'never',
    summary: 'The headers of a request are larger or more than this server accepts.',
  },
  HTTP_HOST_UNKNOWN: {
    kind: 'invalid',
    retry: 'never',
    summary: 'A request names a host that this server does not answer for.',
  },
  HTTP_ORIGIN_REFUSED: {
    kind: 'forbidden',
    retry: 'never',
    summary: 'A page of another site may not change anything here.',
  },
  HTTP_EXPECTATION_UNSUPPORTED: {
    kind: 'unsupported',
    retry: 'never',
    summary: 'A request expects something that this server does not do.',
  },
  HTTP_CALLER_UNKNOWN: {
    kind: 'unauthenticated',
    retry: 'never',
    summary: 'A request does not say who sends it, or not in a way that can be trusted.',
  },
  HTTP_LISTEN_FAILED: {
    kind: 'unavailable',
    retry: 'never',
    summary: 'The server cannot listen on the address.',
  },
  HTTP_REQUEST_TIMEOUT: {
    kind: 'timeout',
    retry: 'same-request',
    summary: 'A request did not arrive completely in time.',
  },
  HTTP_ANSWER_TIMEOUT: {
    kind: 'timeout',
    retry: 'same-request',
    summary: 'The answer was not ready in time; a command may still take effect.',
  },
  HTTP_OVERLOADED: {
    kind: 'exhausted',
    retry: 'same-request',
    summary: 'The server answers as many requests at once as it may.',
  },
  HTTP_WORK_HELD: {
    kind: 'unavailable',
    retry: 'same-request',
    summary: 'The system is being administered and takes no work for a moment.',
  },
  HTTP_BODY_INVALID: {
    kind: 'invalid',
    retry: 'never',
    summary: 'A request body is not JSON that this server accepts.',
  },
  HTTP_BODY_TOO_LARGE: {
    kind: 'too-large',
    retry: 'never',
    summary: 'A request body is larger than this server accepts.',
  },
  HTTP_MEDIA_TYPE_UNSUPPORTED: {
    kind: 'unsupported',
    retry: 'never',
    summary: 'A request body has a media type or encoding that this server does not read.',
  },
  HTTP_ROUTE_UNKNOWN: {
    kind: 'not-found',
    retry: 'never',
    summary: 'No route has this path.',
  },
  HTTP_METHOD_UNSUPPORTED: {
    kind: 'unsupported',
    retry: 'never',
    summary: 'The path exists, but not with this method.',
  },
  HTTP_PORT_TAKEN: {
    kind: 'conflict',
    retry: 'never',
    summary: 'Another process listens on the address.',
  },
  SIMULATE_CORPUS_INVALID: {
    kind: 'invalid',
    retry: 'never',
    summary: 'A file of worlds to search from is not usable.',
  },
  WORKER_DIED: {
    kind: 'unavailable',
    retry: 'never',
    summary: 'A thread has ended or failed before it had done what it was told.',
  },
  CLI_USAGE: {
    kind: 'invalid',
    retry: 'never',
    summary: 'The command line is not usable.',
  },
  MANIFEST_INVALID: {
    kind: 'invalid',
    retry: 'never',
    summary: 'The file is no manifest of a system.',
  },
  MANIFEST_NEWER: {
    kind: 'unsupported',
    retry: 'never',
    summary: 'The manifest was written by a newer Dure, in a format that this one does not read.',
  },
  CLI_MODULE_INVALID: {
    kind: 'invalid',
    retry: 'never',
    summary: 'The file does not give what was asked of it: a system, or a scenario.',
  },
  CLI_NOT_RUNNING: {
    kind: 'unavailable',
    retry: 'never',
    summary: 'No running system was found where the command looked.',
  },
  CLI_OUTPUT_FAILED: {
    kind: 'unavailable',
    retry: 'never',
    summary: 'A result cannot be written where it was asked for.',
  },
  INTERNAL_DEFECT: {
    kind: 'internal',
    retry: 'never',
    summary: 'Dure itself has a defect.',
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>

export type ErrorCode = keyof typeof errorCatalogue

export interface ErrorFacts {
  /** Facts that help: names, numbers, positions. Never payloads, never secrets. */
  readonly details?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/** A foreseen failure: a code of the catalogue, what happened, and what to do next. */
export class DureError extends Error {
  readonly code: ErrorCode
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.name = 'DureError'
    this.code = code
    this.details = facts.details ?? {}
  }

  get entry(): ErrorEntry {
    return errorCatalogue[this.code]
  }
}

/** Stops on a defect of Dure itself: something that no input may cause. */
export function assertThat(claim: boolean, message: string): asserts claim {
  if (!claim)
    throw new DureError('INTERNAL_DEFECT', `${message} This is a defect of Dure: please report it.`)
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** A definition that cannot be used, said where it was written. */
export function definitionError(message: string): DureError {
  return new DureError('LANGUAGE_DEFINITION_INVALID', message)
}

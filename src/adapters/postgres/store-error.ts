// What an error of Postgres means for whoever uses a store: the one table of SQLSTATE classes.
import { DureError, type ErrorCode } from '../../language/errors.ts'
import { erasedState } from './commit/commit-function.ts'

/** The parts of an error of `pg`, or of the network, that tell what happened. */
interface Thrown {
  /** SQLSTATE, or the code of a failed connection. */
  readonly code?: string
  /** Set by the server: ERROR ends a statement, FATAL and PANIC end the connection. */
  readonly severity?: string
  readonly message?: string
}

interface Meaning {
  readonly code: ErrorCode
  readonly say: string
}

const unavailable: Meaning = {
  code: 'STORE_UNAVAILABLE',
  say: 'The database cannot be reached or did not answer in time. Look at the server.',
}
const full: Meaning = {
  code: 'STORE_FULL',
  say: 'The database has no room left. Free space on its disk, then try again.',
}
const readOnly: Meaning = {
  code: 'STORE_READ_ONLY',
  say: 'The database takes no writes: it is a standby, or set to read only. Name the primary.',
}
const forbidden: Meaning = {
  code: 'STORE_UNAVAILABLE',
  say: 'The role may not do this. Look at the rights of the role and at who owns the schema.',
}
const erased: Meaning = {
  code: 'STORE_UNAVAILABLE',
  say: 'The store is not there, or is another one than was opened: it was erased. Open it again.',
}
const tooLarge: Meaning = {
  code: 'LOG_ENTRY_TOO_LARGE',
  say: 'A text or a key is larger than the database takes. Keep the data elsewhere and refer to it.',
}
const corrupt: Meaning = {
  code: 'STORE_CORRUPT',
  say: 'The database says that its data is damaged. Restore it from a backup.',
}
const defect: Meaning = {
  code: 'INTERNAL_DEFECT',
  say: 'The database was asked for something impossible. This is a defect: please report it.',
}

/** By SQLSTATE, the whole of it before its class (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
const meanings: ReadonlyMap<string, Meaning> = new Map([
  [erasedState, erased],
  ['22', defect],
  ['23', defect],
  ['23514', unavailable],
  ['25006', readOnly],
  ['28', forbidden],
  ['3D', erased],
  ['3F', erased],
  ['42', defect],
  ['42501', forbidden],
  ['42883', erased],
  ['42P01', erased],
  ['53100', full],
  ['54', tooLarge],
  ['XX001', corrupt],
  ['XX002', corrupt],
])

/** States after which a statement may have been committed although nobody was told. */
const unknownStates = /^(?:08|57P0[1-5]|40003)/

function partsOf(thrown: unknown): Thrown {
  return typeof thrown === 'object' && thrown !== null ? thrown : {}
}

/** The SQLSTATE of an error of the server; `undefined` of any other error. */
export function stateOf(thrown: unknown): string | undefined {
  const { severity, code } = partsOf(thrown)
  return severity === undefined ? undefined : code
}

/** Whether the server can be asked again over the connection on which this was thrown. */
export function isConnectionUsable(thrown: unknown): boolean {
  return stateOf(thrown) !== undefined && partsOf(thrown).severity === 'ERROR'
}

/** Whether the statement that failed may have been committed all the same. */
export function isUnknown(thrown: unknown): boolean {
  const state = stateOf(thrown)
  return state === undefined || !isConnectionUsable(thrown) || unknownStates.test(state)
}

function meaningOf(thrown: unknown): Meaning {
  const state = stateOf(thrown)
  if (state === undefined) return unavailable
  return meanings.get(state) ?? meanings.get(state.slice(0, 2)) ?? unavailable
}

/** The error for whoever uses the store of a service. Nothing of a URL is in it. */
export function storeError(thrown: unknown, service: string): DureError {
  if (thrown instanceof DureError) return thrown
  const { code, say } = meaningOf(thrown)
  const state = stateOf(thrown)
  return new DureError(code, `The store of "${service}": ${say} (${reasonOf(thrown)})`, {
    details: { service, ...(state === undefined ? {} : { sqlstate: state }) },
    cause: thrown,
  })
}

/** The error for a batch of which nobody can tell whether it was applied. */
export function unknownError(thrown: unknown, service: string): DureError {
  return new DureError(
    'LOG_COMMIT_UNKNOWN',
    `It is not known whether the database of "${service}" kept the last commits. Look their ids up before trying again. (${reasonOf(thrown)})`,
    { details: { service }, cause: thrown },
  )
}

function reasonOf(thrown: unknown): string {
  const { code, message } = partsOf(thrown)
  return message === undefined || message === '' ? (code ?? 'no reason given') : message
}

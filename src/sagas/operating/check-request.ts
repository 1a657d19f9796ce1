import { DureError } from '../../language/errors.ts'
import type { SagaRequest } from './saga-operations.ts'

/** Characters of a reason, and of a name. */
export const reasonCharactersMax = 1_000

const acts: ReadonlySet<unknown> = new Set(['cancel', 'retry', 'compensate', 'resolve'])
const ends: ReadonlySet<unknown> = new Set(['completed', 'compensated'])
const idPattern = /^[\x20-\x7e]{1,200}$/

/**
 * Checks a request that came from outside.
 *
 * @throws `COMMAND_INPUT_INVALID`, `COMMAND_ID_INVALID`.
 */
export function checkRequest(given: unknown): SagaRequest {
  if (typeof given !== 'object' || given === null) throw invalid('it is not an object')
  // Why the cast: every field that is used is looked at here.
  const request = given as Readonly<Record<string, unknown>>
  const { reason, by, id, act } = request
  assertNamed(request)
  if (!acts.has(act)) throw invalid(`"${String(act)}" is nothing that can be done to a saga`)
  if (!isText(reason)) throw invalid(`say the reason, in 1 to ${reasonCharactersMax} characters`)
  if (by !== undefined && !isText(by)) throw invalid('"by" is no name')
  if (act === 'resolve') checkResolution(request)
  if (id !== undefined && !isId(id)) throw invalidId()
  // Why the cast: it has every field of a request, as was just seen.
  return given as SagaRequest
}

function assertNamed({ saga, key }: Readonly<Record<string, unknown>>): void {
  if (typeof saga !== 'string' || typeof key !== 'string') throw invalid('saga or key is missing')
}

function isId(value: unknown): boolean {
  return typeof value === 'string' && idPattern.test(value)
}

function checkResolution({ as, step }: Readonly<Record<string, unknown>>): void {
  const isWhole = ends.has(as) && step === undefined
  const isStep = as === undefined && typeof step === 'string'
  if (!isWhole && !isStep) {
    throw invalid('resolve takes either "as", completed or compensated, or the name of a "step"')
  }
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.trim().length > 0 && value.length <= reasonCharactersMax
}

function invalid(why: string): DureError {
  return new DureError('COMMAND_INPUT_INVALID', `The request for a saga does not fit: ${why}.`)
}

function invalidId(): DureError {
  return new DureError('COMMAND_ID_INVALID', 'A command id is 1 to 200 printable ASCII characters.')
}

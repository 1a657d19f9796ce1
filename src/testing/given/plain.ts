import { definitionError } from '../../language/errors.ts'

/**
 * Freezes a state or a document, deeply: what changes it in place then fails.
 *
 * @throws `LANGUAGE_DEFINITION_INVALID` when it holds what does not survive JSON.
 */
export function frozenPlain<T>(what: string, value: T): T {
  assertPlain(what, value)
  return value
}

function assertPlain(what: string, value: unknown): void {
  if (value === null || value === undefined) return
  if (typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) return
  if (typeof value !== 'object' || !isPlainObject(value)) {
    throw definitionError(
      `${what} is ${describe(value)}, which does not survive JSON. Use plain objects, arrays, texts, finite numbers, booleans and null.`,
    )
  }
  for (const [name, each] of Object.entries(value)) assertPlain(`${what}.${name}`, each)
  Object.freeze(value)
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null || Array.isArray(value)
}

function describe(value: unknown): string {
  if (typeof value === 'object' && value !== null) return `a ${value.constructor.name}`
  return typeof value === 'number' ? String(value) : `a ${typeof value}`
}

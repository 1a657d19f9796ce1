/** Freezes a definition and every plain object and array inside it; schemas and functions stay as they are. */
export function freezeDefinition<T extends object>(definition: T): T {
  for (const value of Object.values(definition)) {
    if (isPlain(value) && !Object.isFrozen(value)) freezeDefinition(value)
  }
  return Object.freeze(definition)
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || '~standard' in value) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null || Array.isArray(value)
}

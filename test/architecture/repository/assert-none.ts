import assert from 'node:assert/strict'

/** Fails with every violation on a line of its own. */
export function assertNone(violations: readonly string[]): void {
  if (violations.length > 0) assert.fail(['', ...violations, ''].join('\n'))
}

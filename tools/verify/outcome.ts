/** What a step found: how many things were right, how many were wrong, and what was not looked at. */
export interface Outcome {
  readonly passed: number
  readonly failed: number
  /** Names of the tests that did not run, each with its reason. */
  readonly skipped: readonly string[]
}

export const nothing: Outcome = { passed: 0, failed: 0, skipped: [] }

/** Adds outcomes up. */
export function sumOutcomes(outcomes: readonly Outcome[]): Outcome {
  return outcomes.reduce(
    (sum, each) => ({
      passed: sum.passed + each.passed,
      failed: sum.failed + each.failed,
      skipped: [...sum.skipped, ...each.skipped],
    }),
    nothing,
  )
}

/** Counts what was skipped as failed: where nobody looks at the output, a skipped test is a hole. */
export function refuseSkipped(outcome: Outcome): Outcome {
  return {
    passed: outcome.passed,
    failed: outcome.failed + outcome.skipped.length,
    skipped: [],
  }
}

/** Renders the one line that a run ends with, such as `12 passed, 0 failed, 1 skipped`. */
export function renderTotals({ passed, failed, skipped }: Outcome): string {
  const line = `${passed} passed, ${failed} failed`
  return skipped.length === 0 ? line : `${line}, ${skipped.length} skipped`
}

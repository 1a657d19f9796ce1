import type { Outcome } from './outcome.ts'

/** What every step is given. */
export interface StepRequest {
  readonly root: string
  /** Narrows the step to these files or folders, relative to the root; all when empty. */
  readonly paths: readonly string[]
  readonly print: (text: string) => void
}

/** What a step found, and in a few words what it looked at. */
export interface StepResult extends Outcome {
  readonly looked: string
}

/** One part of a verification, such as `format` or `unit`. */
export interface Step {
  readonly name: string
  readonly says: string
  /** Part of `check`, the quick inner half, and not only of `all`. */
  readonly isQuick: boolean
  readonly run: (request: StepRequest) => Promise<StepResult>
}

import { bringChromium, chromiumVariable } from '../chromium.ts'
import type { Step, StepResult } from './step.ts'

/** Makes the step that brings what tests need and npm does not install: a browser. */
export function defineProvisionStep(): Step {
  return {
    name: 'provision',
    says: 'brings the browser that tests of pages need',
    isQuick: false,
    async run({ print }): Promise<StepResult> {
      const browser = bringChromium()
      if (browser !== undefined) return { passed: 1, failed: 0, skipped: [], looked: browser }
      print(`No Chromium is here. Install it, or name one in ${chromiumVariable}.`)
      return { passed: 0, failed: 0, skipped: ['provision: no Chromium'], looked: '' }
    },
  }
}

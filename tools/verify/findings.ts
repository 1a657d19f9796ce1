import { createInterface } from 'node:readline'
import { relative } from 'node:path'
import type { PassThrough } from 'node:stream'
import type { Outcome } from './outcome.ts'
import type { Finding } from './reporter.ts'

/** The most that is kept of what one test file prints; the end is what explains a failure. */
const printedCharactersMax = 100_000

/** What is known of a run of tests so far. */
export class Findings {
  passed = 0
  failed = 0
  filesEnded = 0
  readonly skipped: string[] = []
  readonly open = new Set<string>()
  readonly #root: string
  readonly #printed = new Map<string, string>()
  readonly #failedFiles = new Set<string>()

  constructor(root: string) {
    this.#root = root
  }

  /** Takes one finding in, and gives the text that a person should see at once, if any. */
  add(finding: Finding): string | undefined {
    switch (finding.kind) {
      case 'started':
        this.open.add(this.#shorten(finding.file))
        return undefined
      case 'ended':
        this.filesEnded += 1
        this.open.delete(this.#shorten(finding.file))
        return undefined
      case 'printed':
        this.#keep(finding.file, finding.text)
        return undefined
      case 'passed':
        this.passed += 1
        return undefined
      case 'skipped':
        this.skipped.push(`${this.#shorten(finding.file)}: ${finding.name}`)
        return undefined
      case 'failed':
        return this.#fail(finding.file, finding.name, finding.error)
    }
  }

  /** What the files with failures printed: it often says why. */
  printedByFailed(): readonly string[] {
    return [...this.#failedFiles].flatMap((file) => {
      const printed = this.#printed.get(file)
      return printed === undefined ? [] : [`printed by ${this.#shorten(file)}:\n${printed}`]
    })
  }

  outcome(): Outcome {
    return { passed: this.passed, failed: this.failed, skipped: this.skipped }
  }

  #fail(file: string, name: string, error: string): string {
    this.failed += 1
    this.#failedFiles.add(file)
    return `not ok  ${this.#shorten(file)}: ${name}\n${error.replaceAll(/^/gm, '    ')}\n`
  }

  #keep(file: string, text: string): void {
    const printed = (this.#printed.get(file) ?? '') + text
    this.#printed.set(file, printed.slice(-printedCharactersMax))
  }

  #shorten(file: string): string {
    return relative(this.#root, file)
  }
}

/** Reads the JSON lines of `reporter.ts`. */
export async function* readFindings(lines: PassThrough): AsyncGenerator<Finding> {
  for await (const line of createInterface({ input: lines })) {
    yield JSON.parse(line) as Finding
  }
}

import { writeFileWhole } from '../adapters/node/write-file.ts'
import { DureError, messageOf } from '../language/errors.ts'

/** Writes a result where the user wants it. @throws `CLI_OUTPUT_FAILED` when that cannot be. */
export function writeOutput(file: string, content: string): void {
  try {
    writeFileWhole(file, content)
  } catch (thrown) {
    throw new DureError(
      'CLI_OUTPUT_FAILED',
      `"${file}" cannot be written: ${messageOf(thrown)}. Name another file.`,
      { cause: thrown },
    )
  }
}

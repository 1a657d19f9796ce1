import { accessSync, constants, existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { writeFileWhole } from '../adapters/node/write-file.ts'
import { DureError, messageOf } from '../language/errors.ts'

/** Writes a result where the user wants it. @throws `CLI_OUTPUT_FAILED` when that cannot be. */
export function writeOutput(file: string, content: string): void {
  try {
    writeFileWhole(file, content)
  } catch (thrown) {
    throw outputFailed(file, thrown)
  }
}

/** Sees before long work that its results can be written. @throws `CLI_OUTPUT_FAILED` when one cannot. */
export function assertWritable(files: readonly (string | undefined)[]): void {
  for (const file of files) {
    if (file === undefined) continue
    try {
      accessSync(existsSync(file) ? file : dirname(resolve(file)), constants.W_OK)
    } catch (thrown) {
      throw outputFailed(file, thrown)
    }
  }
}

function outputFailed(file: string, cause: unknown): DureError {
  return new DureError(
    'CLI_OUTPUT_FAILED',
    `"${file}" cannot be written: ${messageOf(cause)}. Name another file.`,
    { cause },
  )
}

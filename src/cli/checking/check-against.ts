// What `dure check --against` reads and says.
import { readFileSync } from 'node:fs'
import { type Manifest, readManifest, type SagaVerdict } from '../../graph/index.ts'
import { DureError, messageOf } from '../../language/errors.ts'
import { style } from '../terminal.ts'

/** Reads what a system was when it was released. @throws `MANIFEST_INVALID`, `MANIFEST_NEWER`. */
export function readReleased(path: string | undefined): Manifest | undefined {
  if (path === undefined) return undefined
  try {
    return readManifest(readFileSync(path, 'utf8'), path)
  } catch (thrown) {
    if (thrown instanceof DureError) throw thrown
    throw new DureError(
      'MANIFEST_INVALID',
      `"${path}" cannot be read: ${messageOf(thrown)}. Write a manifest with: dure graph system.ts --format json --out ${path}`,
      { cause: thrown },
    )
  }
}

/** Whether running instances would not come to their end. */
export function isLost(verdicts: readonly SagaVerdict[] = []): boolean {
  return verdicts.some(({ isSafe }) => !isSafe)
}

/** What happens to the running instances of each saga, in words. */
export function renderVerdicts(verdicts: readonly SagaVerdict[]): string {
  if (verdicts.length === 0) return 'Running instances: there were no sagas before.\n'
  return ['Running instances:', ...verdicts.map(renderVerdict), ''].join('\n')
}

function renderVerdict({ saga, version, verdict, isSafe, ...said }: SagaVerdict): string {
  const color = isSafe ? 'green' : 'red'
  const { reasons, advice, write } = said
  const lines = [
    `${style(color, verdict)}  ${style('bold', `saga ${saga}, version ${version}`)}`,
    ...reasons,
    ...(advice === undefined ? [] : [advice]),
    ...(write === undefined ? [] : write.split('\n').map((line) => `    ${line}`)),
  ]
  return lines.join('\n    ')
}

// Compiles programs that are wrong, and gives what the compiler says of each.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** A program that must not compile, and a part of what the compiler has to say. */
export interface Mistake {
  readonly what: string
  readonly code: string
  readonly says: string
}

/** What the compiler says, by the place of the mistake; what is wrong elsewhere has a place where there is none. */
export function compileMistakes(
  prelude: string,
  mistakes: readonly Mistake[],
): ReadonlyMap<number, string> {
  const folder = mkdtempSync(join(import.meta.dirname, '.compile-'))
  try {
    writeFileSync(
      join(folder, 'mistakes.ts'),
      `${prelude}${mistakes.map(({ code }) => code).join('\n')}\n`,
    )
    const config = { extends: join(root, 'tsconfig.json'), include: ['mistakes.ts'] }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    const tsc = join(root, 'node_modules/.bin/tsc')
    const { stdout } = spawnSync(
      process.execPath,
      [tsc, '--noEmit', '--pretty', 'false', '-p', folder],
      { cwd: folder, encoding: 'utf8' },
    )
    return saidOf(stdout, prelude.split('\n').length)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function saidOf(output: string, firstLine: number): ReadonlyMap<number, string> {
  const said = new Map<number, string>()
  let mistake = -1
  for (const line of output.split('\n')) {
    const place = /^mistakes\.ts\((\d+),/.exec(line)?.[1]
    if (place !== undefined) mistake = Number(place) - firstLine
    said.set(mistake, `${said.get(mistake) ?? ''}${line}\n`)
  }
  return said
}

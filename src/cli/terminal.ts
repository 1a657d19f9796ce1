import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

let writeResult = (text: string): boolean => process.stdout.write(text)

/** Writes to standard output, with a line end. */
export function print(text: string): void {
  writeResult(`${text}\n`)
}

/** Keeps standard output for `print` until the process ends: what anybody else prints goes to standard error. */
export function reserveOutput(): void {
  writeResult = process.stdout.write.bind(process.stdout)
  process.stdout.write = process.stderr.write.bind(process.stderr)
}

/** Writes to standard error, with a line end. */
export function printNote(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** Colours text for standard output when it is a terminal and nobody minds (`NO_COLOR`). */
export function style(format: Style, text: string): string {
  return styleText(format, text, { stream: process.stdout })
}

/** Colours text for standard error when it is a terminal and nobody minds (`NO_COLOR`). */
export function styleNote(format: Style, text: string): string {
  return styleText(format, text, { stream: process.stderr })
}

/** Ends quietly when nobody reads the output any longer: `dure graph system.ts | head`. */
export function endWithReader(): void {
  process.stdout.on('error', endOnBrokenPipe)
}

/** Goes on when nobody reads the output any longer: a running system does not need a reader. */
export function outliveReader(): void {
  process.stdout.off('error', endOnBrokenPipe)
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
}

function endOnBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
}

/** Gives rows as text in columns; columns of numbers are aligned to the right. */
export function renderTable(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => String(row[column] ?? '').length)),
  )
  const line = (cells: readonly (string | number)[]): string =>
    cells
      .map((cell, column) => {
        const isNumber = typeof (rows[0]?.[column] ?? '') === 'number'
        const width = widths[column] ?? 0
        return isNumber ? String(cell).padStart(width) : String(cell).padEnd(width)
      })
      .join('  ')
      .trimEnd()
  return [style('bold', line(head)), ...rows.map(line)].join('\n')
}

/** A duration as people say it: the largest unit that counts. */
export function renderAge(durationMs: number): string {
  const units: readonly (readonly [name: string, ms: number])[] = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1_000],
  ]
  const [name, ms] = units.find((unit) => durationMs >= unit[1]) ?? ['s', 1_000]
  return `${Math.max(0, Math.floor(durationMs / ms))} ${name}`
}

/** Text from outside on one line, without signs that would act on the terminal. */
export function onOneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ')
}

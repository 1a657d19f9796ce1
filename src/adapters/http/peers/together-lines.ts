// Questions that are asked together, and their answers, as lines: a number, then a text.
//
//   30000 query {"query":{...}}          what is asked, and how long its answer may take in milliseconds
//   0 {"answer":{...}}                   the answer to the first of them, as soon as it is there
//
// A text with a line break in it is written as a JSON string, right behind the number.
import type { PeerQuestion } from '../../../calls/peer.port.ts'

/** The question that holds others. */
export const togetherName = 'many'

/** Questions that are asked together. */
export const togetherMax = 64
/** Characters of a question that is asked together with others; longer ones are asked alone. */
export const togetherCharactersMax = 64 * 1024

/** Writes one line. */
export function writeLine(number: number, text: string): string {
  return text.includes('\n') ? `${number}${JSON.stringify(text)}\n` : `${number} ${text}\n`
}

/** What a line says. */
export interface Line {
  readonly number: number
  readonly text: string
}

/** Reads one line, without its end; undefined when it is none. */
export function readLine(line: string): Line | undefined {
  const found = /^\d{1,9}(?=[ "])/u.exec(line)?.[0]
  if (found === undefined) return undefined
  const rest = line.slice(found.length)
  if (rest.startsWith(' ')) return { number: Number(found), text: rest.slice(1) }
  try {
    // Why the cast: what begins with a quotation mark is a string, or no JSON.
    return { number: Number(found), text: JSON.parse(rest) as string }
  } catch {
    return undefined
  }
}

type Asked = Pick<PeerQuestion, 'name' | 'body' | 'timeoutMs'>

/** Writes questions. Their times are whole milliseconds. */
export function writeQuestions(asked: readonly Asked[]): string {
  return asked.map(({ name, body, timeoutMs }) => writeLine(timeoutMs, `${name} ${body}`)).join('')
}

/** Reads questions; undefined when one of them cannot be read, when there is none, or more than may be. */
export function readQuestions(text: string): readonly Asked[] | undefined {
  const lines = text.split('\n')
  // What follows the last line break.
  if (lines.pop() !== '' || lines.length === 0 || lines.length > togetherMax) return undefined
  const asked: Asked[] = []
  for (const line of lines) {
    const found = readLine(line)
    const space = found?.text.indexOf(' ') ?? -1
    if (!found || space < 1) return undefined
    const name = found.text.slice(0, space)
    asked.push({ name, body: found.text.slice(space + 1), timeoutMs: found.number })
  }
  return asked
}

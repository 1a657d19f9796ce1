// Characters of JSON by their code, and the classes that its grammar knows.

export const quote = 0x22
export const backslash = 0x5c
export const comma = 0x2c
export const colon = 0x3a
export const minus = 0x2d
export const point = 0x2e
export const openBrace = 0x7b
export const closeBrace = 0x7d
export const openBracket = 0x5b
export const closeBracket = 0x5d
export const zero = 0x30
const nine = 0x39
export const underscore = 0x5f
export const smallP = 0x70
export const smallU = 0x75

const simpleEscapes: ReadonlySet<number> = new Set(
  Array.from('"\\/bfnrt', (each) => each.charCodeAt(0)),
)
const hexadecimalPattern = /^[0-9a-fA-F]{4}$/

/** Whether a character may stand between tokens. */
export function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}

/** Whether a character is one of 0 to 9. */
export function isDigit(code: number): boolean {
  return code >= zero && code <= nine
}

/** Whether a character may follow a backslash by itself. */
export function isSimpleEscape(code: number): boolean {
  return simpleEscapes.has(code)
}

/** The code unit that four hexadecimal digits name; undefined when they are not such digits. */
export function codeUnit(digits: string): number | undefined {
  return hexadecimalPattern.test(digits) ? Number.parseInt(digits, 16) : undefined
}

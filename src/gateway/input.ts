import { DureError } from '../language/errors.ts'
import type { RouteRequest } from '../language/gateway.ts'
import type { JsonSchema } from './json-schema.ts'

type Reader = (request: RouteRequest) => unknown
type ReadText = (text: string) => unknown

/**
 * Makes the function that reads an operation's input from a request.
 *
 * `body` takes the body as it is. `parts` merges the body, the query and the path parameters by name; a name that
 * comes twice with different values is refused. Texts of the query and the path become the number or the boolean
 * that the schema asks for when they are written as one; any other text is left for the schema to judge.
 */
export function inputReader(
  from: 'body' | 'parts' | 'function',
  properties: Readonly<Record<string, JsonSchema>>,
): Reader {
  if (from !== 'parts') return ({ body }) => body
  const readers = new Map<string, ReadText>()
  for (const [name, schema] of Object.entries(properties)) {
    const reader = textReaders[String(schema['type'])]
    if (reader) readers.set(name, reader)
  }
  return (request) => mergeParts(request, readers)
}

function mergeParts(request: RouteRequest, readers: ReadonlyMap<string, ReadText>): unknown {
  const { body, params, query } = request
  if (isEmpty(params) && isEmpty(query)) return body === undefined ? {} : body
  if (body !== undefined && !isObject(body)) {
    throw new DureError(
      'HTTP_BODY_INVALID',
      'The body has to be a JSON object here, because its fields are joined with those of the path and the query.',
    )
  }
  const merged: Record<string, unknown> = { ...body }
  mergeTexts(merged, query, readers)
  mergeTexts(merged, params, readers)
  return merged
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isEmpty(texts: Readonly<Record<string, string>>): boolean {
  for (const _name in texts) return false
  return true
}

function mergeTexts(
  merged: Record<string, unknown>,
  texts: Readonly<Record<string, string>>,
  readers: ReadonlyMap<string, ReadText>,
): void {
  for (const name in texts) {
    const text = texts[name] ?? ''
    const read = readers.get(name)
    const value = read ? read(text) : text
    if (Object.hasOwn(merged, name) && merged[name] !== value) {
      throw new DureError(
        'HTTP_REQUEST_INVALID',
        `"${name}" is given twice with different values. Give it once: in the path, the query or the body.`,
      )
    }
    merged[name] = value
  }
}

const integerPattern = /^-?(0|[1-9]\d{0,15})$/
const numberPattern = /^-?(0|[1-9]\d{0,15})(\.\d{1,20})?$/

function readNumber(pattern: RegExp): ReadText {
  return (text) => (pattern.test(text) && isExact(Number(text)) ? Number(text) : text)
}

function isExact(value: number): boolean {
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER
}

const textReaders: Readonly<Record<string, ReadText>> = {
  integer: readNumber(integerPattern),
  number: readNumber(numberPattern),
  boolean: (text) => (text === 'true' ? true : text === 'false' ? false : text),
}

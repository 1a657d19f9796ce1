import { DureError } from '../../../language/errors.ts'
import { createJsonScanner, type JsonLimits } from './scan-json.ts'

/** Reads a JSON value from bytes. */
export type ReadJson = (bytes: Uint8Array) => unknown

// Trap: without `fatal`, broken bytes become U+FFFD and two different bodies read the same.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const byteOrderMark = 0xfeff

/**
 * Creates a reader of JSON under limits. The bytes have to be UTF-8 without a byte order mark.
 *
 * The reader throws `HTTP_BODY_INVALID`, with line, column and path where there is one.
 */
export function createJsonReader(limits: JsonLimits): ReadJson {
  const scanner = createJsonScanner(limits)
  return (bytes) => {
    const text = decode(bytes)
    if (text.charCodeAt(0) === byteOrderMark) {
      throw bodyError('The body starts with a byte order mark: send UTF-8 without one.')
    }
    scanner.scan(text)
    const value: unknown = JSON.parse(text)
    return value
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch (thrown) {
    throw bodyError('The body is not UTF-8.', thrown)
  }
}

function bodyError(message: string, cause?: unknown): DureError {
  return new DureError('HTTP_BODY_INVALID', message, { cause })
}

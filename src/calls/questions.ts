// What processes of a system ask each other, as texts: JSON, but for the pages of a feed.
//
//   execute      {"command":{"service","type","data"},"call":{"id","actor",...}}   -> {"answer":{"ok":true,...}}
//   query        {"query":{"service","type","data"},"call":{"token",...}}          -> {"answer":{"ok":true,...}}
//   log          {"service"}               -> {"answer":{"service","incarnation","partitions"}}
//   heads        {"service"}               -> {"answer":[12]}
//   feed         {"topic","incarnation","after","without","waitMs","isBehind"}     -> see messaging/feeds
//   entries      {"service","read"}        -> {"answer":[...]}: entries of the log
//   snapshot     {"service","reads"}       -> {"answer":[...]}: documents and streams
//   operate      {"operation","facts"}     -> what the operator's door answers
//   erase        {"id","step","services"}  -> see erase-together.ts
//
// A failure is answered as {"error":{"code","message","details"}}.
import { DureError, type ErrorCode, errorCatalogue, messageOf } from '../language/errors.ts'

/** The text of an answer. */
export function answerText(answer: unknown): string {
  return `{"answer":${JSON.stringify(answer ?? null)}}`
}

/** The text of a failure. */
export function errorText(thrown: unknown): string {
  const code = thrown instanceof DureError ? thrown.code : 'INTERNAL_DEFECT'
  const details = thrown instanceof DureError ? thrown.details : {}
  return JSON.stringify({ error: { code, message: messageOf(thrown), details } })
}

/** Reads the text of an answer. @throws `CALL_INTERRUPTED` when it is none. */
export function readAnswer(text: string): unknown {
  const found = parse(text)
  if (typeof found !== 'object' || found === null || !('answer' in found)) throw unreadable()
  return found.answer
}

/** The failure that an answer tells of; undefined when it tells of none. */
export function errorIn(text: string): DureError | undefined {
  if (!text.startsWith('{"error":')) return undefined
  const found = parse(text) as {
    readonly error?: {
      readonly code?: unknown
      readonly message?: unknown
      readonly details?: unknown
    }
  }
  const { code, message, details } = found.error ?? {}
  const isDetails = typeof details === 'object' && details !== null
  return new DureError(knownCode(code), String(message), {
    // Why the cast: it is an object, and details are read key by key.
    ...(isDetails && { details: details as Readonly<Record<string, unknown>> }),
  })
}

function knownCode(code: unknown): ErrorCode {
  const isKnown = typeof code === 'string' && Object.hasOwn(errorCatalogue, code)
  return isKnown ? (code as ErrorCode) : 'INTERNAL_DEFECT'
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw unreadable(cause)
  }
}

function unreadable(cause?: unknown): DureError {
  return new DureError(
    'CALL_INTERRUPTED',
    'Another process gave an answer that cannot be read. Run the same version of Dure everywhere.',
    { cause },
  )
}

/** A file that is larger than its budget. The size may only go down. */
export interface SizeException {
  readonly file: string
  /** Code lines: neither empty nor only a comment. */
  readonly lines: number
  readonly reason: string
}

export const sizeExceptions: readonly SizeException[] = []

/** A `*.port.ts` file without a conformance suite or a reference in memory, and why that is right. */
export interface PortException {
  readonly file: string
  readonly reason: string
}

export const portExceptions: readonly PortException[] = [
  {
    file: 'src/runtime/running-system.port.ts',
    reason: 'A driving port: the runtime itself implements it, and no technology does.',
  },
]

/** A global that reaches the world elsewhere, used here only for what is pure in it. */
export interface AmbientException {
  readonly file: string
  /** As it is written: `Date` covers `new Date(ms)` and not `Date.now`. */
  readonly name: string
  readonly reason: string
}

export const ambientExceptions: readonly AmbientException[] = [
  {
    file: 'src/messaging/envelope.ts',
    name: 'Date',
    reason:
      'Writes given milliseconds as ISO 8601, which only Date can; the time itself comes from the clock.',
  },
  {
    file: 'src/messaging/send.ts',
    name: 'Date.parse',
    reason:
      'Reads the ISO 8601 that the envelope wrote back into milliseconds; it looks at no clock.',
  },
]

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
]

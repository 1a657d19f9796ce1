// UUID version 7 (RFC 9562, 5.7), with a counter (6.2, method 1):
//
//   time in ms, 48 bits | 7 | counter, 12 bits | 10 | chance, 62 bits
//
// The counter starts low at each millisecond and counts ids of that millisecond. When it runs over, the time in
// the ids goes ahead by one millisecond, as it also does while the machine's clock is set back.

export interface Uuid7Source {
  readonly nowMs: () => number
  /** Fills the buffer with unpredictable bytes. */
  readonly fill: (bytes: Uint8Array) => void
}

const poolBytes = 8_192
const bytesPerId = 8
const counterBits = 12
const counterEnd = 1 << counterBits
/** Where the counter of a millisecond may begin: the rest is room to count. */
const counterStartMask = 0x3ff

const hexOf: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
)

/** Makes ids that never come again and sort by the order in which they were made. */
export function createUuid7({ nowMs, fill }: Uuid7Source): () => string {
  const pool = new Uint8Array(poolBytes)
  let used = poolBytes
  let timeMs = 0
  let counter = 0
  let timeText = ''

  const startMillisecond = (ms: number, chance: number): void => {
    timeMs = ms
    counter = chance & counterStartMask
    const hex = ms.toString(16).padStart(12, '0')
    timeText = `${hex.slice(0, 8)}-${hex.slice(8)}-7`
  }

  const at = (offset: number): number => pool[used + offset] ?? 0
  const hex = (offset: number): string => hexOf[at(offset)] ?? ''

  return () => {
    if (used === poolBytes) {
      fill(pool)
      used = 0
    }
    const ms = nowMs()
    if (ms > timeMs) startMillisecond(ms, (at(6) << 8) | at(7))
    else if (++counter === counterEnd) startMillisecond(timeMs + 1, 0)
    const variant = hexOf[0x80 | (at(0) & 0x3f)]
    const counterText = counter.toString(16).padStart(3, '0')
    const chance = `${variant}${hex(1)}-${hex(2)}${hex(3)}${hex(4)}${hex(5)}${hex(6)}${hex(7)}`
    used += bytesPerId
    return `${timeText}${counterText}-${chance}`
  }
}

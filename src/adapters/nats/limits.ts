export const natsConsumptionLimits = {
  /** Messages, and their bytes, that the server sends at once. */
  pulledMax: 256,
  pulledBytesMax: 16_777_216,
  /** Time after which a pull is asked for again. */
  expiresMs: 20_000,
  /** How often the server says that it is alive while it has nothing. */
  heartbeatMs: 2_000,
  /** How long the consumer at the server lives when nobody pulls. */
  idleMs: 60_000,
  retryMs: 50,
  retryMsMax: 2_000,
}

/** The wait before a stream is read anew after so many tries that led to nothing. */
export function retryDelayMs(failures: number): number {
  const { retryMs, retryMsMax } = natsConsumptionLimits
  return Math.min(retryMsMax, retryMs * 2 ** Math.min(failures, 10))
}

export interface CarriedBrokerLimits {
  /** Messages that wait for one reader; with more, the topic is not read on for him. */
  readonly waitingMax: number
  /** Characters of the messages that wait for one reader. */
  readonly charactersMax: number
  /** Messages of one batch. */
  readonly batchMax: number
  /** Positions that are passed over before a reader is given an empty batch. */
  readonly passedMax: number
  /** Wait before something that failed is tried again, in milliseconds; doubled up to the maximum. */
  readonly retryMs: number
  readonly retryMsMax: number
  /** Time after which a request to rewind is repeated when nothing came of it. */
  readonly askMs: number
  readonly askMsMax: number
  /** Time after which it is looked whether the server still has what it acknowledged. */
  readonly verifyMs: number
}

export const carriedBrokerLimits: CarriedBrokerLimits = {
  waitingMax: 1_024,
  charactersMax: 4_000_000,
  batchMax: 256,
  passedMax: 1_000,
  retryMs: 20,
  retryMsMax: 2_000,
  askMs: 500,
  askMsMax: 10_000,
  verifyMs: 10_000,
}

/** The wait before the next try after so many failures. */
export function retryDelayMs(limits: CarriedBrokerLimits, failures: number): number {
  return Math.min(limits.retryMsMax, limits.retryMs * 2 ** Math.min(failures, 10))
}

export const kafkaLimits = {
  /** Bytes that a server hands over at once. One message that is larger comes alone. */
  fetchedBytesMax: 4_194_304,
  /** Records that are looked at in one go for the last message of a log. */
  lookedMax: 256,
  /** How often it is looked for the leader of a topic that was made a moment ago, each time after a longer wait. */
  leaderLooksMax: 8,
  /** Wait before something that failed is tried again, in milliseconds, doubled up to the maximum. */
  retryMs: 50,
  retryMsMax: 2_000,
}

/** Bytes of headers that come on top of a message's body, and of what Kafka itself puts around messages. */
export const headerBytes = 40_000

/** The wait before the next try after so many failures. */
export function retryDelayMs(failures: number): number {
  const { retryMs, retryMsMax } = kafkaLimits
  return Math.min(retryMsMax, retryMs * 2 ** Math.min(failures, 10))
}

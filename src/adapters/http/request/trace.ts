const tracePattern = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

/** The trace context of a caller when it is well formed (W3C Trace Context); a broken one is passed over. */
export function readTrace(traceparent: string | undefined): string | undefined {
  return traceparent !== undefined && tracePattern.test(traceparent) ? traceparent : undefined
}

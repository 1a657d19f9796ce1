/** Resolves when every promise that is ready has run, and those that these made ready. */
export function settleImmediately(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}

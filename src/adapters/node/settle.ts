// Why a reference: while a simulation runs, whoever asks for a timer is looked at first, and this one asks at each step.
const nextTurn = setImmediate

/** Resolves when every promise that is ready has run, and those that these made ready. */
export function settleImmediately(): Promise<void> {
  return new Promise((resolve) => void nextTurn(resolve))
}

/** Says whether a named point fails here and now. */
export type MaybeHook = (name: string, probability: number) => boolean

// Why at the module: a point of failure stands deep in code that is given nothing of the world that it runs in, as the
// same code runs where there is none. So it is one for the thread: worlds run one after the other.
let hook: MaybeHook | undefined

/**
 * A point at which your code fails on purpose while it is simulated, and never anywhere else.
 *
 * In a simulated world the fault `maybe` draws from the seed, is told of under this name, and can be masked. It is as
 * likely as you say in the worst worlds, less in others, and never in worlds without that fault. Outside of a
 * simulation it is always `false`, at the cost of one comparison.
 *
 * @example
 * ```ts
 * if (maybe('the bank is closed', 0.2)) throw new Error('The bank is closed.')
 * ```
 */
export function maybe(name: string, probability = 0.1): boolean {
  return hook !== undefined && hook(name, probability)
}

/** Lets a world decide, until what this gives is disposed. Of several the last one decides. */
export function decideMaybe(next: MaybeHook): Disposable {
  const before = hook
  hook = next
  return {
    [Symbol.dispose]() {
      if (hook === next) hook = before
    },
  }
}

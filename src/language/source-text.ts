// The text of a function as its writer wrote it, also when another function stands for it.

const standsFor = new WeakMap<object, readonly unknown[]>()

/** Says that a function only calls others: whoever reads it reads those. */
export function standFor<F extends object>(stand: F, written: readonly unknown[]): F {
  standsFor.set(stand, written)
  return stand
}

/** The text of a function, or of all that it stands for; empty for what is no function. */
export function sourceText(source: unknown): string {
  if (typeof source !== 'function') return ''
  const written = standsFor.get(source)
  if (written) return written.map(sourceText).join('\n')
  return Function.prototype.toString.call(source)
}

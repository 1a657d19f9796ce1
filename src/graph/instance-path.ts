// Which instance a step is for, as far as its code says: the way from the input, or from an earlier answer, to its key.
import type { Aggregate } from '../language/aggregate.ts'
import type { MakeCommand } from '../language/saga/saga-plan.ts'

/** `input.roomId`; undefined where the code does more than to hand values on. */
export function instancePath(make: MakeCommand, aggregate: Aggregate): string | undefined {
  return textOf(() => aggregate.key(make(wayTo('')).data))
}

/** The text by which an `each` orders its items, as a way from the item. */
export function orderPath(inOrderOf: (item: unknown) => string): string | undefined {
  return textOf(() => inOrderOf(wayTo('item')))
}

/** Whatever is read names the way to it when it is made a text. */
function textOf(read: () => unknown): string | undefined {
  try {
    const way = read()
    const text = typeof way === 'string' ? way : String(way)
    return /undefined|NaN|\[object/.test(text) ? undefined : text
  } catch {
    return undefined
  }
}

/** Something that has every property, and is printed as the way on which it was reached. */
function wayTo(path: string): unknown {
  return new Proxy((): void => undefined, {
    get(_, property) {
      if (property === Symbol.toPrimitive) return () => path
      if (typeof property === 'symbol') return undefined
      if (property === 'toString' || property === 'valueOf') return () => path
      return wayTo(path === '' ? property : `${path}.${property}`)
    },
    apply: () => wayTo(`${path}()`),
    has: () => true,
  })
}

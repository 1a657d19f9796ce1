import type { System } from '../language/system.ts'

/** The part of a system that all of its worlds have in common: they differ in what is bound to its ports. */
export type Definitions = Pick<System, 'services' | 'sagas'>

/** Works something out once for the definitions of a system, however many judges and worlds ask for it. */
export function oncePerSystem<T>(make: (system: Definitions) => T): (system: Definitions) => T {
  const known = new WeakMap<
    Definitions['services'],
    WeakMap<Definitions['sagas'], { readonly made: T }>
  >()
  return ({ services, sagas }) => {
    const own = known.get(services) ?? new WeakMap<Definitions['sagas'], { readonly made: T }>()
    known.set(services, own)
    const found = own.get(sagas) ?? { made: make({ services, sagas }) }
    own.set(sagas, found)
    return found.made
  }
}

// How the system is cut into processes: part of what a seed draws, as a system must not care.
import type { Chances } from './chance.ts'

export interface ProcessShape {
  readonly name: string
  readonly services: readonly string[]
}

export interface WorldShape {
  readonly name: 'one process' | 'processes' | 'groups' | 'replicas'
  readonly processes: readonly ProcessShape[]
  /** Whether several processes have one store open. */
  readonly isShared: boolean
  /** Whether one broker serves all processes. */
  readonly hasBroker: boolean
  readonly partitions: number
}

/** Draws the shape of a seed. */
export function drawShape(chances: Chances, services: readonly string[]): WorldShape {
  const chance = chances.of('shape')
  const partitions = chance.pick([1, 1, 2, 4] as const)
  const name = chance.pick(['one process', 'processes', 'processes', 'groups', 'replicas'] as const)
  const alone = services.map((service) => ({ name: service, services: [service] }))
  switch (name) {
    case 'one process':
      return shapeOf(name, [{ name: 'process', services }], partitions)
    case 'processes':
      return shapeOf(name, alone, partitions)
    case 'groups': {
      const count = Math.min(services.length, chance.between(2, 3))
      const groups = Array.from({ length: count }, (): string[] => [])
      for (const service of services) groups[chance.between(0, count - 1)]?.push(service)
      const filled = groups.filter((group) => group.length > 0)
      return shapeOf(
        name,
        filled.map((group) => ({ name: group.join('+'), services: group })),
        partitions,
      )
    }
    case 'replicas': {
      const doubled = services.filter(() => chance.happens(0.5))
      const second = doubled.map((service) => ({ name: `${service}-2`, services: [service] }))
      return shapeOf(name, [...alone, ...second], partitions)
    }
  }
}

function shapeOf(
  name: WorldShape['name'],
  processes: readonly ProcessShape[],
  partitions: number,
): WorldShape {
  const isShared = name === 'replicas'
  return { name, processes, partitions, isShared, hasBroker: name !== 'one process' }
}

// How the system is cut into processes: part of what a seed draws, as a system must not care.
import type { Chances } from './chance.ts'
import type { WorldCase } from './world-result.ts'

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

/** Draws the shape of a seed, where the case leaves that to it. */
export function drawShape(
  chances: Chances,
  services: readonly string[],
  given: Pick<WorldCase, 'shape' | 'partitions'> = {},
): WorldShape {
  const chance = chances.of('shape')
  const drawn = {
    partitions: chance.pick([1, 1, 2, 4] as const),
    name: chance.pick(['one process', 'processes', 'processes', 'groups', 'replicas'] as const),
  }
  const { partitions = drawn.partitions, shape: name = drawn.name } = given
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

/** The same shape with only these services: a process that has none of them is not there. */
export function withServices(shape: WorldShape, kept: WorldCase['services']): WorldShape {
  if (!kept) return shape
  const processes = shape.processes
    .map(({ name, services }) => ({
      name,
      services: services.filter((each) => kept.includes(each)),
    }))
    .filter(({ services }) => services.length > 0)
  return { ...shape, processes }
}

function shapeOf(
  name: WorldShape['name'],
  processes: readonly ProcessShape[],
  partitions: number,
): WorldShape {
  const isShared = name === 'replicas'
  return { name, processes, partitions, isShared, hasBroker: name !== 'one process' }
}

// The names of the parts of a saga: results, commands and timers are found by them.
import { definitionError } from '../errors.ts'
import { type Saga, type SagaNode, waysOf } from './saga-plan.ts'
import { sagaWords } from './saga-steps.ts'

const namePattern = /^[A-Za-z][A-Za-z0-9-]{0,62}$/

/**
 * Checks the name of a new part, and that none of what is in it has the name of another part, in whichever ways they are.
 *
 * @throws `LANGUAGE_DEFINITION_INVALID`.
 */
export function assertNew(definition: Saga, name: string, nodes: readonly SagaNode[]): void {
  assertUsable(definition, name)
  const taken = new Set(namesIn(definition.nodes))
  const inside = namesIn(nodes)
  for (const each of inside.includes(name) ? inside : [name, ...inside]) {
    if (taken.has(each)) throw twice(definition, each)
    taken.add(each)
  }
}

function assertUsable(definition: Saga, name: string): void {
  if (!namePattern.test(name)) {
    throw definitionError(
      `Step name "${name.slice(0, 80)}" in saga "${definition.name}" is not usable: write letters, digits or hyphens.`,
    )
  }
  // Results are kept in an object by the names of steps: what every object has is no name.
  if (sagaWords.some((word) => word === name) || name in Object.prototype) {
    throw definitionError(
      `A step of saga "${definition.name}" is called "${name}", which is a word of the saga language. Rename it.`,
    )
  }
}

/** Names that a sequence takes, with that under which a saga is nested in it, unless the sequence is a part of that. */
function namesIn(nodes: readonly SagaNode[], around = ''): readonly string[] {
  const own = nodes.flatMap(({ name }) => [outermost(name), name])
  const inside = nodes.flatMap((node) => {
    const head = outermost(node.name)
    return waysOf(node).flatMap((way) => namesIn(way.nodes, head === node.name ? around : head))
  })
  return [...new Set(own)].filter((name) => name !== around).concat(inside)
}

/** A step of a nested saga begins with the name under which that is nested. */
function outermost(name: string): string {
  return name.split('.', 1)[0] ?? name
}

function twice(definition: Saga, name: string): Error {
  return definitionError(
    `Saga "${definition.name}" has two steps named "${name}". Rename one, also where they are in different branches: results are found by name.`,
  )
}

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
  // A step of a nested saga takes the name under which that is nested, too.
  const known = namesIn(definition.nodes).flatMap((each) => [each, each.split('.', 1)[0] ?? each])
  const taken = new Set(known)
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

function namesIn(nodes: readonly SagaNode[]): readonly string[] {
  return nodes.flatMap((node) => [node.name, ...waysOf(node).flatMap((way) => namesIn(way.nodes))])
}

function twice(definition: Saga, name: string): Error {
  return definitionError(
    `Saga "${definition.name}" has two steps named "${name}". Rename one, also where they are in different branches: results are found by name.`,
  )
}

// A saga inside another one: its nodes become nodes of the outer plan, under names of their own. The engines know
// nothing of it.
import { definitionError } from '../errors.ts'
import { standFor } from '../source-text.ts'
import type { Saga, SagaNode } from './saga-plan.ts'

type ContextFunction<T> = (context: unknown) => T

/** How the nodes of a nested saga see what its own code asks for. */
interface Nesting {
  readonly name: string
  readonly input: ContextFunction<unknown>
}

/**
 * The nodes of a saga, as nodes of the one that it is nested in.
 *
 * @throws `LANGUAGE_DEFINITION_INVALID` when it says what only an instance of its own can have.
 */
export function nestNodes(
  outer: Pick<Saga, 'name'>,
  nested: Saga,
  nesting: Nesting,
): readonly SagaNode[] {
  const own = nested.notice ? 'an `otherwise`' : nested.deadlineMs === undefined ? '' : 'a deadline'
  if (own !== '') {
    throw definitionError(
      `Saga "${nested.name}" is nested in "${outer.name}", and has ${own}, which only an instance of its own can have. Give it to "${outer.name}", or nest a saga without it.`,
    )
  }
  return nested.nodes.map((node) => nestNode(node, nesting))
}

function nestNode(node: SagaNode, nesting: Nesting): SagaNode {
  const within = <T>(asked: ContextFunction<T>): ContextFunction<T> => nestFunction(asked, nesting)
  const name = `${nesting.name}.${node.name}`
  const nestBranches = (ways: Extract<SagaNode, { node: 'parallel' }>['branches']): typeof ways =>
    ways.map((way) => ({ ...way, nodes: way.nodes.map((each) => nestNode(each, nesting)) }))
  switch (node.node) {
    case 'step':
      return { ...node, name, run: within(node.run), undo: node.undo && within(node.undo) }
    case 'each': {
      const { of, run, undo } = node
      return { ...node, name, of: within(of), run: within(run), undo: undo && within(undo) }
    }
    case 'parallel':
      return { ...node, name, branches: nestBranches(node.branches) }
    case 'choice':
      return { ...node, name, of: within(node.of), branches: nestBranches(node.branches) }
    case 'ensure':
      return { ...node, name, test: within(node.test) }
  }
}

function nestFunction<T>(asked: ContextFunction<T>, { name, input }: Nesting): ContextFunction<T> {
  return standFor(
    (context) => asked(innerContext(context as Readonly<Record<string, unknown>>, { name, input })),
    [asked, input],
  )
}

const handed = ['item', 'result'] as const

/** Trap: made-up data answers to any name and lists none, so it is kept behind what is known by name. */
function innerContext(outer: Readonly<Record<string, unknown>>, { name, input }: Nesting): unknown {
  const known = outer[name] ?? {}
  const own = handed.flatMap((each) => (each in outer ? [[each, outer[each]] as const] : []))
  const inner = { ...known, ...Object.fromEntries(own), input: input(outer) }
  return Object.setPrototypeOf(inner, known)
}

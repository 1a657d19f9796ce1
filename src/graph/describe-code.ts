import { fingerprint } from '../log/fingerprint.ts'
import type { SagaNode } from '../language/saga/saga-plan.ts'
import { sourceText } from '../language/source-text.ts'

/** Fingerprints of the code of a plan, by the names of its nodes: they differ when its text does. */
export function describeCode(nodes: readonly SagaNode[]): Readonly<Record<string, string>> {
  return Object.fromEntries(nodes.flatMap(codeOf))
}

function codeOf(node: SagaNode): (readonly [string, string])[] {
  const parts = functionsOf(node)
  const own = parts.length === 0 ? [] : [[node.name, printOf(parts)] as const]
  const ways = 'branches' in node ? node.branches : []
  return [...own, ...ways.flatMap((way) => way.nodes.flatMap(codeOf))]
}

function functionsOf(node: SagaNode): readonly unknown[] {
  switch (node.node) {
    case 'step':
      return [node.run, node.undo]
    case 'each':
      return [node.of, node.run, node.undo]
    case 'choice':
      return [node.of]
    case 'ensure':
      return [node.test]
    case 'parallel':
      return []
  }
}

/** Spaces and line ends are no code. */
function printOf(functions: readonly unknown[]): string {
  return fingerprint(functions.map((each) => sourceText(each).replaceAll(/\s+/g, ' ')).join('\n'))
}

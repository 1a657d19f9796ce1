import assert from 'node:assert/strict'
import type { Command, Outcome, Saga } from 'dure'
import type { SagaNode } from '../../src/language/saga/saga-plan.ts'

type Execute = (command: Command) => Promise<Outcome>

/** What a step of a plan makes its command of. */
type Context = Record<string, unknown>

/**
 * The commands of a saga's plan, one after the other, as a caller would send them who needs no saga: each is durable before the
 * next, and nobody knows what to do when one fails or the caller dies.
 */
export async function runChain({ nodes }: Saga, input: unknown, execute: Execute): Promise<void> {
  const context: Context = { input }
  for (const node of nodes) await runNode(node, context, execute)
}

async function runNode(node: SagaNode, context: Context, execute: Execute): Promise<void> {
  if (node.node === 'ensure') return
  if (node.node === 'step') {
    const outcome = await execute(node.run(context))
    assert.ok(outcome.ok)
    context[node.name] = outcome.output
    return
  }
  if (node.node !== 'each') assert.fail('a chain of commands has no branches')
  const ask = async (item: unknown): Promise<unknown> => ({
    item,
    ...(await execute(node.run({ ...context, item }))),
  })
  context[node.name] = await Promise.all(node.of(context).map(ask))
}

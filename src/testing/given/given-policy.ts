import assert from 'node:assert/strict'
import { definitionError } from '../../language/errors.ts'
import type { Command } from '../../language/message.ts'
import type { Policy } from '../../language/policy.ts'
import { asStored, type GivenEvent, recorded } from './recorded.ts'

export interface WhenOrdered {
  /** Compares the commands that the policy gives, in their order. An empty list: none. */
  thenCommands(commands: readonly Command[]): void
}

export interface GivenPolicy {
  /** @throws `LANGUAGE_DEFINITION_INVALID` when the policy does not follow the event. */
  when(event: GivenEvent): WhenOrdered
}

/** Begins the specification of a policy. */
export function givenPolicy(policy: Policy): GivenPolicy {
  return {
    when(event) {
      const [seen] = recorded([event])
      const handler = seen && policy.handlers[seen.type]
      if (!handler)
        throw definitionError(`Policy "${policy.name}" does not follow ${seen?.type ?? 'this'}.`)
      const given = handler(seen.data, seen.meta) ?? []
      const commands = [given].flat()
      return {
        thenCommands(expected) {
          assert.deepEqual(commands.map(commandFacts), expected.map(commandFacts))
        },
      }
    },
  }
}

/** What two commands are compared by. */
export function commandFacts({ type, data }: Command): unknown {
  return { type, data: asStored(data) }
}

import { type AnyEventType, assertName } from './contract.ts'
import { definitionError } from './errors.ts'
import { freezeDefinition } from './freeze.ts'
import type { Command, EventMeta } from './message.ts'
import type { OutputOf } from './schema.ts'

export type PolicyHandler<Data> = (
  event: Data,
  meta: EventMeta,
) => Command | readonly Command[] | undefined

/** "Whenever this happened, order that": event -> command. `on` adds an event and returns a new policy. */
export interface Policy {
  readonly kind: 'policy'
  readonly name: string
  readonly handlers: Readonly<Record<string, PolicyHandler<unknown>>>
  readonly events: readonly AnyEventType[]
  on<E extends AnyEventType>(event: E, handler: PolicyHandler<OutputOf<E['schema']>>): Policy
}

/**
 * Defines a policy.
 *
 * Each event leads to its commands once, however often it is delivered. A command that its service rejects
 * parks the key of the event, because nobody is there to hear the "no".
 */
export function policy(name: string): Policy {
  assertName('policy', name)
  return policyWith(name, {}, [])
}

function policyWith(
  name: string,
  handlers: Policy['handlers'],
  events: readonly AnyEventType[],
): Policy {
  return freezeDefinition({
    kind: 'policy' as const,
    name,
    handlers,
    events,
    on<E extends AnyEventType>(event: E, handler: PolicyHandler<OutputOf<E['schema']>>): Policy {
      if (Object.hasOwn(handlers, event.type)) {
        throw definitionError(`Policy "${name}" handles ${event.type} twice. Keep one.`)
      }
      const added = { ...handlers, [event.type]: handler as PolicyHandler<unknown> }
      return policyWith(name, added, [...events, event])
    },
  })
}

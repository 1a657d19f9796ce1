// The gateway's way to the services, over a network on which calls and answers get lost.
import { type Command, DureError, type Query, type RouteCalls } from 'dure'
import type { Called, SimulatedClient } from 'dure/simulate'

export type Calls = Pick<RouteCalls, 'command' | 'query'>

/** Nobody knows whether the call had an effect. */
class Unanswered extends Error {}

/** What composed routes call, as a client of the world. */
export function callsOf(client: SimulatedClient): Calls {
  return {
    // Why the casts: an answer has the types that its contract says, and a code of the platform is one of its codes.
    command: async (command: Command, options) =>
      outcomeOf(await client.send(command, options)) as never,
    query: async (query: Query) => outcomeOf(await client.ask(query)) as never,
  }
}

function outcomeOf(called: Called): unknown {
  if (called.kind === 'answered') return { ...called.outcome, repeated: called.repeated }
  if (called.kind === 'unknown') throw new Unanswered('There was no answer.')
  throw new DureError(called.code as DureError['code'], called.message)
}

const attemptsMax = 8
const pauseMs = 500
const pauseMsMax = 8_000

/**
 * Does what a client of the gateway does: asks again under the same name while it has no answer, and gives up in the end.
 *
 * Gives `undefined` when it gave up: nobody knows then what became of it.
 */
export async function patiently<Result>(
  client: SimulatedClient,
  request: (calls: Calls) => Promise<Result>,
  attempts = attemptsMax,
): Promise<Result | undefined> {
  const calls = callsOf(client)
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    try {
      return await request(calls)
    } catch (error) {
      if (!isPassing(error)) throw error
    }
    await client.pause(Math.min(pauseMsMax, pauseMs * 2 ** attempt))
  }
  return undefined
}

/** What another attempt may mend. What it cannot mend is a defect. */
function isPassing(error: unknown): boolean {
  if (error instanceof Unanswered) return true
  return error instanceof DureError && !defects.has(error.code)
}

const defects: ReadonlySet<string> = new Set([
  'COMMAND_UNKNOWN',
  'COMMAND_INPUT_INVALID',
  'COMMAND_ID_INVALID',
  'COMMAND_ID_REUSED',
  'COMMAND_DECISION_FAILED',
  'INTERNAL_DEFECT',
])

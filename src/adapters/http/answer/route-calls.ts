import type { RouteCalls, RouteOutcome } from '../../../language/gateway.ts'
import type { Command, Outcome, Query } from '../../../language/message.ts'
import type { Clock } from '../../../runtime/clock.port.ts'
import type {
  CommandAnswer,
  ConsistencyToken,
  RunningSystem,
} from '../../../runtime/running-system.port.ts'
import { commandId } from '../request/command-id.ts'
import { forgetServices, joinTokens } from '../request/consistency-token.ts'
import { callOptions, type HttpCall } from '../served-route.ts'
import type { Turnstile } from '../turnstile.ts'

/** What a composed route calls, and what its calls have learned. */
export interface CallsOfRoute {
  readonly calls: RouteCalls
  /** Where the logs were after the last command. */
  token(): ConsistencyToken
}

export interface CallsOptions {
  readonly running: RunningSystem
  readonly clock: Clock
  readonly turnstile: Turnstile
  /** Name of the route: part of the ids of its commands. */
  readonly route: string
  /** Whether the request itself has passed the turnstile. */
  readonly isWork: boolean
}

const firstPauseMs = 2
const longestPauseMs = 50

/**
 * Makes the calls of one request.
 *
 * Queries see the commands of the same request. With an idempotency key each command gets an id from the key
 * and its place in the request, so that a repetition of the request repeats its commands.
 */
export function routeCalls(options: CallsOptions, call: HttpCall): CallsOfRoute {
  const { running, clock, route, turnstile, isWork } = options
  let token = call.token ?? {}
  let count = 0
  const keyedId = (): string | undefined => {
    count += 1
    if (call.idempotencyKey === undefined) return undefined
    return commandId(`${route}#${count}`, call.caller.actor, call.idempotencyKey)
  }
  const command = async (
    order: Command,
    options?: { readonly id?: string },
  ): Promise<RouteOutcome> => {
    const id = keyedId()
    const answer = await running.execute(order, callOptions(call, options?.id ?? id))
    token = joinTokens(token, answer.token)
    return outcomeOf(answer)
  }
  const query = (question: Query): Promise<Outcome> =>
    running.query(question, { ...callOptions(call), token })
  const calls = {
    command,
    query,
    alone: <T>(task: () => Promise<T>) => turnstile.alone(isWork ? 1 : 0, task),
    settle: (withinMs: number) => settle(running, clock, withinMs),
    async erase(services: readonly string[]) {
      await running.erase(services)
      token = forgetServices(token, services)
    },
    get epoch() {
      return running.epoch
    },
  }
  // Why the cast: an outcome has the types of the command or the query that it answers.
  return { calls: calls as RouteCalls, token: () => token }
}

function outcomeOf(answer: CommandAnswer): RouteOutcome {
  const { repeated } = answer
  return answer.ok
    ? { ok: true, output: answer.output, repeated }
    : { ok: false, rejected: answer.rejected, data: answer.data, repeated }
}

async function settle(running: RunningSystem, clock: Clock, withinMs: number): Promise<boolean> {
  const endMs = clock.nowMs() + withinMs
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const { idle } = await running.idle()
    const leftMs = endMs - clock.nowMs()
    if (idle || leftMs <= 0) return idle
    await new Promise<void>((resolve) => void clock.after(Math.min(pauseMs, leftMs), resolve))
  }
}

import { DureError, messageOf } from '../language/errors.ts'
import type { AnyPort, PortBinding } from '../language/port.ts'
import { checkSchema } from '../language/schema.ts'
import type { Clock } from './clock.port.ts'
import type { CommandHandler } from './decide.ts'

/** How long a `prepare` step may take when nobody says how long, in milliseconds. */
export const prepareTimeoutMs = 10_000

/** Driven ports of a service with the adapters that the system binds to them, by name. */
export type PortBindings = ReadonlyMap<string, PortBinding>

export interface PrepareRequest {
  readonly handler: CommandHandler
  readonly type: string
  readonly data: unknown
  readonly key: string
  /** Identity of the command: the same for every retry, so the outside acts once. */
  readonly id: string
  readonly deadlineMs?: number | undefined
}

/**
 * Runs the `prepare` step of a command; gives `undefined` when it has none.
 *
 * @throws `COMMAND_DEADLINE_EXCEEDED` when the deadline passes first.
 * @throws `COMMAND_PREPARE_FAILED` when a driven port fails.
 */
export async function prepareCommand(
  bindings: PortBindings,
  clock: Clock,
  request: PrepareRequest,
): Promise<unknown> {
  const prepare = request.handler.aggregate.prepare[request.type]
  if (!prepare) return undefined
  const deadlineMs = Math.min(
    request.deadlineMs ?? Number.POSITIVE_INFINITY,
    clock.nowMs() + prepareTimeoutMs,
  )
  const abort = new AbortController()
  const call = { idempotencyKey: request.id, deadlineMs, signal: abort.signal }
  const context = {
    ...call,
    key: request.key,
    use: (port: AnyPort) => clientOf(bindings, port, call),
  }
  let cancel = (): void => undefined
  const late = new Promise<never>((_resolve, reject) => {
    cancel = clock.after(Math.max(0, deadlineMs - clock.nowMs()), () => {
      reject(deadlineError(request.type))
      abort.abort()
    })
  })
  try {
    // Why the cast: the client offers exactly the operations that the port declares.
    return await Promise.race([prepare(request.data, context as never), late])
  } catch (cause) {
    if (cause instanceof DureError) throw cause
    throw new DureError(
      'COMMAND_PREPARE_FAILED',
      `Preparing ${request.type} failed: ${messageOf(cause)}. It can be tried again under the same id.`,
      { cause, details: { type: request.type } },
    )
  } finally {
    cancel()
  }
}

function clientOf(
  bindings: PortBindings,
  port: AnyPort,
  call: {
    readonly idempotencyKey: string
    readonly deadlineMs: number
    readonly signal: AbortSignal
  },
): object {
  const binding = bindings.get(port.name)
  if (!binding) throw unboundPort(port.name)
  const operations = Object.entries(port.operations).map(([name, operation]) => {
    const run = async (input: unknown): Promise<unknown> => {
      const adapter = binding.adapter[name]
      if (!adapter) throw unboundPort(`${port.name}.${name}`)
      const given = await checkSchema(operation.input, input)
      if (!given.ok) throw portData(`${port.name}.${name}`, 'was given', given.issues[0]?.message)
      // Why the cast: the input was checked against the operation's schema.
      const answer = await checkSchema(operation.output, await adapter(given.value as never, call))
      if (!answer.ok) throw portData(`${port.name}.${name}`, 'answered', answer.issues[0]?.message)
      return answer.value
    }
    return [name, run] as const
  })
  return Object.fromEntries(operations)
}

function unboundPort(name: string): DureError {
  return new DureError(
    'PORT_UNBOUND',
    `No adapter is bound to the driven port "${name}". Add bind(...) to the system's adapters.`,
  )
}

function portData(name: string, what: string, issue: string | undefined): DureError {
  return new DureError(
    'COMMAND_PREPARE_FAILED',
    `The driven port ${name} ${what} data that does not fit: ${issue ?? 'unknown issue'}.`,
  )
}

export function deadlineError(type: string): DureError {
  return new DureError(
    'COMMAND_DEADLINE_EXCEEDED',
    `The deadline of ${type} passed before it was decided. Try again under the same id, with more time.`,
    { details: { type } },
  )
}

/** Whether another attempt may succeed: what was asked is there, and did not answer this time. */
export function isWorthRetrying(error: unknown): boolean {
  return (
    error instanceof DureError && ['unavailable', 'timeout', 'exhausted'].includes(error.entry.kind)
  )
}

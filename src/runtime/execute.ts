// The way of a command that a caller waits for: check, prepare, decide, commit, answer.
import { DureError } from '../language/errors.ts'
import type { Command, Outcome } from '../language/message.ts'
import { type Checked, checkSchema } from '../language/schema.ts'
import { fingerprint } from '../log/fingerprint.ts'
import type { Settled } from '../log/group-commit.ts'
import type { EntryMeta } from '../log/store.port.ts'
import type { Clock } from './clock.port.ts'
import { type CommandHandler, decideInto, unknownCommand } from './decide.ts'
import type { Draft } from './draft.ts'
import { deadlineError, type PortBindings, prepareCommand } from './prepare.ts'
import type { CallOptions } from './running-system.port.ts'
import type { ServiceModel } from './service-model.ts'
import type { Workspace } from './workspace.ts'

/** How often a command is decided anew because somebody else was first. */
export const conflictRetriesMax = 20

const idPattern = /^[\x20-\x7e]{1,200}$/

export interface Executed {
  readonly outcome: Outcome
  readonly id: string
  readonly repeated: boolean
  /** The last position that the command wrote; 0 when it wrote nothing. */
  readonly position: number
}

export interface ExecuteOptions {
  readonly model: ServiceModel
  readonly workspace: Workspace
  readonly clock: Clock
  readonly bindings: PortBindings
}

/**
 * Runs a command of the service to its outcome, durably.
 *
 * @throws `COMMAND_*`, `LOG_*`, `STORE_*`.
 */
export async function executeCommand(
  options: ExecuteOptions,
  command: Command,
  call: CallOptions,
): Promise<Executed> {
  const { model, clock } = options
  const handler = model.commands.get(command.type)
  if (!handler) throw unknownCommand(model.name, command.type)
  const data = await checkedInput(handler, command)
  const id = commandId(call.id, clock)
  const key = handler.aggregate.key(data)
  const request = { handler, type: command.type, data, key, id, deadlineMs: call.deadlineMs }
  const prepared = handler.aggregate.prepare[command.type]
    ? await prepareCommand(options.bindings, clock, request)
    : undefined
  const meta = commandMeta(id, call)
  const print = fingerprint(`${command.type} ${call.actor ?? ''} ${JSON.stringify(data)}`)
  const named = call.id !== undefined
  const build = (draft: Draft): Outcome => {
    const outcome = decideInto(model, draft, {
      type: command.type,
      data,
      key,
      id,
      prepared,
      meta,
      atMs: clock.nowMs(),
    })
    // A "no" is kept when the caller named the command: a repetition is then answered as the first time.
    if (outcome.ok || named)
      draft.identity = { id, fingerprint: print, result: JSON.stringify(outcome) }
    return outcome
  }
  return decideUntilSettled(options, { build, id, type: command.type, deadlineMs: call.deadlineMs })
}

interface Attempts {
  readonly build: (draft: Draft) => Outcome
  readonly id: string
  readonly type: string
  readonly deadlineMs: number | undefined
}

async function decideUntilSettled(options: ExecuteOptions, attempts: Attempts): Promise<Executed> {
  const { id, type } = attempts
  for (let attempt = 0; attempt <= conflictRetriesMax; attempt += 1) {
    if (attempts.deadlineMs !== undefined && options.clock.nowMs() > attempts.deadlineMs)
      throw deadlineError(type)
    const { value, settled } = await options.workspace.submit(attempts.build)
    const answer = answerOf(await settled, value, id)
    if (answer) return answer
  }
  throw new DureError(
    'COMMAND_CONFLICT',
    `Other writers were first ${conflictRetriesMax} times while ${type} was decided. Try again under the same id.`,
    { details: { type } },
  )
}

/** What a verdict means for the caller; undefined: decide again. */
function answerOf(settled: Settled, outcome: Outcome, id: string): Executed | undefined {
  switch (settled.kind) {
    case 'committed':
      return { outcome, id, repeated: false, position: settled.positions.at(-1) ?? 0 }
    case 'duplicate':
      // Why the cast: results are written by this very file.
      return { outcome: JSON.parse(settled.result) as Outcome, id, repeated: true, position: 0 }
    case 'refused':
      throw new DureError(
        'COMMAND_ID_REUSED',
        `Command id "${id}" was used before with another payload. Send the first payload again, or use a new id.`,
        { details: { id } },
      )
    case 'failed':
      throw settled.error
    default:
      return undefined
  }
}

async function checkedInput(handler: CommandHandler, command: Command): Promise<unknown> {
  const checking = checkSchema(handler.spec.input, command.data)
  const checked: Checked<unknown> = checking instanceof Promise ? await checking : checking
  if (checked.ok) return checked.value
  throw invalidInput('COMMAND_INPUT_INVALID', command.type, checked.issues)
}

/** The error for data that does not fit its schema; names the fields, never their values. */
export function invalidInput(
  code: 'COMMAND_INPUT_INVALID' | 'QUERY_INPUT_INVALID',
  type: string,
  issues: readonly { readonly path: string; readonly message: string }[],
): DureError {
  const first = issues[0]
  const where = first?.path ? `"${first.path}": ` : ''
  return new DureError(
    code,
    `The data of ${type} does not fit: ${where}${first?.message ?? 'invalid'}.`,
    {
      details: { type, issues },
    },
  )
}

function commandId(given: string | undefined, clock: Clock): string {
  if (given === undefined) return clock.newId()
  if (idPattern.test(given)) return given
  throw new DureError(
    'COMMAND_ID_INVALID',
    'A command id is 1 to 200 printable ASCII characters. Send another one.',
    { details: { length: given.length } },
  )
}

function commandMeta(id: string, call: CallOptions): EntryMeta {
  return {
    command: id,
    correlation: call.correlation ?? id,
    trace: call.trace ?? traceOf(id),
    ...(call.actor === undefined ? {} : { actor: call.actor }),
    ...(call.tenant === undefined ? {} : { tenant: call.tenant }),
  }
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** A new W3C trace for a command without one: the trace is named by the command's id when that is a UUID. */
function traceOf(id: string): string {
  const hex = uuidPattern.test(id)
    ? id.replaceAll('-', '')
    : `${hexOf(fingerprint(id))}${hexOf(fingerprint(`${id}.`))}`
  return `00-${hex}-${hex.slice(16)}-01`
}

function hexOf(text: string): string {
  return Number.parseInt(text, 36).toString(16).padStart(16, '0').slice(-16)
}

// The way of a command that a caller waits for: check, prepare, decide, commit, answer.
import { DureError, messageOf } from '../language/errors.ts'
import type { Command, Outcome } from '../language/message.ts'
import { type Checked, checkSchema } from '../language/schema.ts'
import { fingerprint } from '../log/fingerprint.ts'
import type { Settled } from '../log/group-commit.ts'
import type { EntryMeta, LogStore, NewEntry } from '../log/store.port.ts'
import { topicOf } from '../messaging/relay.ts'
import type { Clock } from './clock.port.ts'
import {
  decideUnderLocks,
  type HeldUp,
  isHeldUp,
  lockedOutcome,
} from '../sagas/isolation/decide-under-locks.ts'
import { LockPatience, type LockWatch } from '../sagas/isolation/lock-patience.ts'
import { decisionError, instanceKey, unknownCommand } from './decide.ts'
import type { Draft } from './draft.ts'
import { deadlineError, type PortBindings, prepareCommand } from './prepare.ts'
import type { CallOptions, ConsistencyToken } from './running-system.port.ts'
import type { ServiceModel } from './service-model.ts'
import type { Workspace } from './workspace.ts'

/** How often a command is decided anew because somebody else was first. */
export const conflictRetriesMax = 20

const idPattern = /^[\x20-\x7e]{1,200}$/

export interface Executed {
  readonly outcome: Outcome
  readonly id: string
  readonly repeated: boolean
  /** Where the log is after the command: a query that carries it sees the effect. */
  readonly token: ConsistencyToken
}

export interface ExecuteOptions {
  readonly model: ServiceModel
  readonly workspace: Workspace
  readonly clock: Clock
  readonly bindings: PortBindings
  readonly store: Pick<LogStore, 'heads' | 'results' | 'supports'>
  readonly locks: LockWatch
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
  const checking = checkSchema(handler.spec.input, command.data)
  const data = validData(command, checking instanceof Promise ? await checking : checking)
  const id = commandId(call.id, clock)
  const key = instanceKey(handler, command.type, data)
  const request = { handler, type: command.type, data, key, id, deadlineMs: call.deadlineMs }
  const prepared = handler.aggregate.prepare[command.type]
    ? await prepareCommand(options.bindings, clock, request)
    : undefined
  const meta = commandMeta(id, call)
  const named = call.id !== undefined
  // An id that was made just now cannot come with another payload.
  const print = named ? payloadPrint(command.type, call.actor, data) : ''
  const { deadlineMs } = call
  using patience = patienceOf(options, deadlineMs)
  const build = (draft: Draft): Decided => {
    const decidable = { type: command.type, data, key, id, prepared, meta }
    const given = decideUnderLocks(model, draft, decidable)
    if (isHeldUp(given) && !patience.isOver) return { heldUp: given }
    const outcome = isHeldUp(given) ? lockedOutcome(given.heldUp, given.heldBy) : given
    // A "no" is kept when the caller named the command: a repetition is then answered as the first time.
    if (outcome.ok || named) {
      draft.identity = { id, fingerprint: print, result: JSON.stringify(outcome) }
    }
    return { outcome, entries: draft.entries }
  }
  return await decideUntilSettled(options, {
    build,
    patience,
    id,
    named,
    type: command.type,
    deadlineMs,
  })
}

function patienceOf(
  { locks: watch, clock, store }: ExecuteOptions,
  deadlineMs: number | undefined,
): LockPatience {
  return new LockPatience({ watch, clock, isShared: store.supports.shared, deadlineMs })
}

type Decided =
  | { readonly outcome: Outcome; readonly entries: readonly NewEntry[]; readonly heldUp?: never }
  | { readonly heldUp: HeldUp }

interface Attempts {
  readonly build: (draft: Draft) => Decided
  readonly patience: LockPatience
  readonly id: string
  /** Whether the caller has given the id. */
  readonly named: boolean
  readonly type: string
  readonly deadlineMs: number | undefined
}

async function decideUntilSettled(options: ExecuteOptions, attempts: Attempts): Promise<Executed> {
  const { type, deadlineMs } = attempts
  for (let conflicts = 0; conflicts <= conflictRetriesMax; ) {
    if (deadlineMs !== undefined && options.clock.nowMs() > deadlineMs) throw deadlineError(type)
    const verdict = await decideOnce(options, attempts)
    const { decided, settled } = verdict
    if (decided.heldUp && settled.kind === 'committed') {
      await waitForLock(options, attempts, decided.heldUp)
      continue
    }
    const answer = answerOf(options, verdict)
    if (answer) return answer
    conflicts += 1
  }
  throw new DureError(
    'COMMAND_CONFLICT',
    `Other writers were first ${conflictRetriesMax} times while ${type} was decided. Try again under the same id.`,
    { details: { type } },
  )
}

/** Waits until a command that a lock holds up may be tried again. */
async function waitForLock(
  { store }: ExecuteOptions,
  { id, named, patience }: Attempts,
  heldUp: HeldUp,
): Promise<void> {
  // Trap: what took effect before waits for nothing. Decided without waiting, it meets its first answer in the store.
  const isRepeated = named && !patience.isWaiting && (await store.results([id])).has(id)
  if (isRepeated) patience.isOver = true
  else await patience.wait(heldUp)
}

/** Decides, and waits for the verdict. */
async function decideOnce(
  { workspace }: ExecuteOptions,
  { build, type, id }: Attempts,
): Promise<Verdict> {
  try {
    const { value: decided, settled } = await workspace.submit(build)
    return { settled: await settled, decided, id }
  } catch (cause) {
    if (cause instanceof DureError) throw cause
    // What is left is no data: a state or an output that no JSON can hold.
    throw decisionError(type, `what it gave cannot be stored: ${messageOf(cause)}`, cause)
  }
}

interface Verdict {
  readonly settled: Settled
  readonly decided: Decided
  readonly id: string
}

/** What a verdict means for the caller; undefined: decide again. */
function answerOf(
  options: ExecuteOptions,
  verdict: Verdict,
): Executed | Promise<Executed> | undefined {
  const { settled, decided, id } = verdict
  switch (settled.kind) {
    case 'committed': {
      if (decided.heldUp) return undefined
      const token = tokenOf(options.model.name, decided.entries, settled.positions)
      return { outcome: decided.outcome, id, repeated: false, token }
    }
    case 'duplicate':
      return repeatedAnswer(options, id, settled.result)
    case 'refused':
      throw reusedId(id)
    case 'failed':
      throw settled.error
    default:
      return undefined
  }
}

async function repeatedAnswer(
  options: ExecuteOptions,
  id: string,
  result: string,
): Promise<Executed> {
  // Why the cast: results are written by this very file.
  const outcome = JSON.parse(result) as Outcome
  return { outcome, id, repeated: true, token: await headToken(options, id) }
}

function tokenOf(
  service: string,
  entries: readonly NewEntry[],
  positions: readonly number[],
): ConsistencyToken {
  const token: Record<string, number> = {}
  for (const [index, { partition }] of entries.entries()) {
    token[topicOf(service, partition)] = positions[index] ?? 0
  }
  return token
}

/** A repeated command took effect at some time before: the head of the log is not earlier. */
async function headToken({ model, store }: ExecuteOptions, id: string): Promise<ConsistencyToken> {
  const heads = await store.heads().catch((cause: unknown) => {
    // Trap: the failure of a read says that nothing was done, and something was.
    throw new DureError(
      'LOG_COMMIT_UNKNOWN',
      `Command "${id}" took effect, and where the log is now could not be read: ${messageOf(cause)}. Send it again under its id.`,
      { cause },
    )
  })
  return Object.fromEntries(heads.map((head, partition) => [topicOf(model.name, partition), head]))
}

function reusedId(id: string): DureError {
  return new DureError(
    'COMMAND_ID_REUSED',
    `Command id "${id}" was used before with another payload. Send the first payload again, or use a new id.`,
    { details: { id } },
  )
}

function payloadPrint(type: string, actor: string | undefined, data: unknown): string {
  return fingerprint(`${type} ${actor ?? ''} ${JSON.stringify(data)}`)
}

function validData(command: Command, checked: Checked<unknown>): unknown {
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

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** A new W3C trace for a command without one: the trace is named by the command's id when that is a UUID. */
function traceOf(id: string): string {
  const isUuid = uuidPattern.test(id)
  const high = isUuid
    ? `${id.slice(0, 8)}${id.slice(9, 13)}${id.slice(14, 18)}`
    : hexOf(fingerprint(id))
  const low = isUuid ? `${id.slice(19, 23)}${id.slice(24)}` : hexOf(fingerprint(`${id}.`))
  return `00-${high}${low}-${low}-01`
}

function hexOf(text: string): string {
  return Number.parseInt(text, 36).toString(16).padStart(16, '0').slice(-16)
}

// The operator's side of a running system: what it has left to do, what is parked, views built anew.
import { DureError, type ErrorCode, messageOf } from '../language/errors.ts'
import type { GroupCommit } from '../log/group-commit.ts'
import type { Commit, ParkedMessage } from '../log/store.port.ts'
import { isHandlersFault } from '../messaging/consumer.ts'
import { decodeEnvelope, type Envelope } from '../messaging/envelope.ts'
import { allParked } from '../messaging/parked.ts'
import { viewConsumer, viewHandler } from '../views/follow-view.ts'
import { inboxName } from '../messaging/parked-work.ts'
import { parkInto, unparkInto } from '../messaging/parked-mark.ts'
import type { Draft } from './draft.ts'
import { preview } from '../sagas/operating/preview.ts'
import type {
  IdleReport,
  ParkedSummary,
  RedrivePreview,
  ServiceIdle,
  ServiceStatus,
} from './running-system.port.ts'
import type { ServiceRuntime } from './service-runtime.ts'

/** How far the logs that a service follows are ahead of it. */
export type Head = (service: string) => Promise<readonly number[]>

/**
 * What services have left to do.
 *
 * Logs are read last, each once, and are compared with where consumers were before that: what a timer or a saga has
 * become meanwhile is found there, and logs that nobody was behind held nothing more at one and the same moment.
 */
export async function servicesIdle(
  runtimes: readonly ServiceRuntime[],
  head: Head,
  nowMs: () => number,
): Promise<IdleReport['services']> {
  const kept = await Promise.all(
    runtimes.map(async (runtime) => ({ runtime, own: await keptBy(runtime, nowMs()) })),
  )
  const heads = readOnce(head)
  const named = await Promise.all(
    kept.map(async ({ runtime, own }) => {
      const idle = { ...(await lagsOf(runtime, heads)), ...own }
      return [runtime.name, idle] as const
    }),
  )
  return Object.fromEntries(named)
}

type Lags = Pick<ServiceIdle, 'relayLag' | 'inboxLag' | 'brokerFailing'>

async function keptBy(
  { parts }: ServiceRuntime,
  nowMs: number,
): Promise<Omit<ServiceIdle, keyof Lags>> {
  const due = await parts.store.dueTimers(nowMs, timersCountedMax)
  // What others have parked and taken up since, only the store knows.
  if (parts.store.supports.shared) await parts.parkedKeys.reload()
  return {
    timersDue: Math.max(due.length, parts.agenda.running),
    sagasOpen: await parts.sagasOpen(),
    parked: parts.parkedKeys.count,
  }
}

async function lagsOf({ parts, name }: ServiceRuntime, head: Head): Promise<Lags> {
  await parts.noteOthers()
  // Trap: before anything else is awaited.
  const places = parts
    .followings()
    .flatMap(({ consumers }) =>
      consumers.map(({ source, partition, position }) => ({ source, partition, position })),
    )
  let inboxLag = parts.group.waiting
  for (const { source, partition, position } of places) {
    inboxLag += Math.max(0, ((await head(source))[partition] ?? 0) - position)
  }
  const { entries, failing } = await parts.relayLag(await head(name))
  return { inboxLag, relayLag: entries, ...(failing !== undefined && { brokerFailing: failing }) }
}

/** Reads each log once, however often it is asked for. */
function readOnce(head: Head): Head {
  const known = new Map<string, Promise<readonly number[]>>()
  return (service) => {
    const heads = known.get(service) ?? head(service)
    known.set(service, heads)
    return heads
  }
}

const timersCountedMax = 10_000

/** Everything that is worth knowing of a service at a glance. */
export async function serviceStatus(
  runtime: ServiceRuntime,
  head: Head,
  { nowMs, newId }: { readonly nowMs: number; readonly newId: () => string },
): Promise<ServiceStatus> {
  const { parts, name } = runtime
  const failing = await writeFailure(runtime, newId)
  await parts.noteOthers()
  const heads = await parts.store.heads()
  const views = []
  for (const { name: view } of parts.model.service.views) {
    const definition = parts.model.service.views.find((each) => each.name === view)
    const consumer = definition ? viewConsumer(parts.catalogue.nameOf(definition)) : ''
    const following = parts.followings().find((each) => each.name === consumer)
    let lag = 0
    for (const each of following?.consumers ?? []) {
      const source = await head(each.source)
      lag += Math.max(0, (source[each.partition] ?? 0) - each.position)
    }
    views.push({ name: view, lag, rebuilding: parts.views.rebuilding.has(view) })
  }
  return {
    name,
    ...(await keptBy(runtime, nowMs)),
    ...(await lagsOf(runtime, head)),
    position: heads.reduce((sum, each) => sum + each, 0),
    timers: await parts.store.countTimers(),
    views,
    ...parts.counters,
    commits: parts.group.commits,
    groups: parts.group.groups,
    ...(failing !== undefined && { failing }),
  }
}

/**
 * Why nothing can be written to the store of a service.
 *
 * Whoever watches a system sends it no more work while it is not well, so nobody else would find out that the store
 * takes commits again.
 */
async function writeFailure(
  { parts: { group } }: ServiceRuntime,
  newId: () => string,
): Promise<ErrorCode | undefined> {
  if (!isOfStore(group.failure)) return undefined
  const attempt: Commit = { id: newId(), fingerprint: '', result: 'null' }
  await new Promise<void>((resolve) => group.submit(attempt, () => resolve()))
  return isOfStore(group.failure) ? group.failure.code : undefined
}

function isOfStore(failure: unknown): failure is DureError {
  return failure instanceof DureError && /^STORE_|^LOG_COMMIT_UNKNOWN$/.test(failure.code)
}

/** Parked messages of a service, the oldest of each consumer first. */
export async function listParked(runtime: ServiceRuntime): Promise<ParkedSummary[]> {
  const found: ParkedSummary[] = []
  for await (const parked of allParked(runtime.parts.store))
    found.push(summaryOf(runtime.name, parked))
  return found
}

function summaryOf(service: string, parked: ParkedMessage): ParkedSummary {
  const { consumer, source, position, key, code, reason, attempts, atMs } = parked
  const type = readEnvelope(parked)?.type ?? 'unreadable'
  return {
    id: `${service}:${parked.id}`,
    service,
    consumer,
    source,
    position,
    key,
    type,
    code,
    reason,
    attempts,
    atMs,
  }
}

function readEnvelope(parked: ParkedMessage): Envelope | undefined {
  try {
    return decodeEnvelope(parked.envelope)
  } catch {
    // What cannot be read was parked for that very reason.
    return undefined
  }
}

/** One parked message with its envelope. @throws `PARKED_UNKNOWN`. */
export async function showParked(runtime: ServiceRuntime, id: string): Promise<ParkedSummary> {
  const parked = await findParked(runtime, id)
  return { ...summaryOf(runtime.name, parked), envelope: readEnvelope(parked) ?? parked.envelope }
}

async function findParked(runtime: ServiceRuntime, id: string): Promise<ParkedMessage> {
  for await (const parked of allParked(runtime.parts.store)) if (parked.id === id) return parked
  throw new DureError(
    'PARKED_UNKNOWN',
    `No message is parked under "${runtime.name}:${id}". List the parked messages to see their ids.`,
  )
}

/** The first of its consumer and key goes first. @throws `PARKED_ORDER`. */
async function assertFirst(runtime: ServiceRuntime, parked: ParkedMessage): Promise<void> {
  for await (const each of allParked(runtime.parts.store)) {
    if (each.id === parked.id) return
    if (
      each.consumer !== parked.consumer ||
      each.key !== parked.key ||
      each.source !== parked.source
    )
      continue
    throw new DureError(
      'PARKED_ORDER',
      `"${runtime.name}:${each.id}" of the same key was parked earlier. Redrive or drop it first.`,
      { details: { first: `${runtime.name}:${each.id}` } },
    )
  }
}

/** Handles a parked message again; those of its key that wait behind it follow. */
export async function redriveParked(
  runtime: ServiceRuntime,
  id: string,
  nowMs: () => number,
): Promise<{ readonly handled: boolean; readonly reason?: string }> {
  const parked = await findParked(runtime, id)
  await assertFirst(runtime, parked)
  const reason = await redriveOne(runtime, parked, nowMs())
  if (reason !== undefined) return { handled: false, reason }
  runtime.parts.agenda.wake()
  while (await redriveBehind(runtime, parked, nowMs)) runtime.parts.agenda.wake()
  return { handled: true }
}

/** What handling a parked message again would lead to; it stays parked. */
export async function previewRedrive(runtime: ServiceRuntime, id: string): Promise<RedrivePreview> {
  const parked = await findParked(runtime, id)
  await assertFirst(runtime, parked)
  try {
    const envelope = decodeEnvelope(parked.envelope)
    const handle = handlerOf(runtime, parked.consumer)
    const seen = await preview(runtime.parts.workspace, (draft) => handle(draft, envelope))
    return { handled: true, ...seen }
  } catch (error) {
    if (!isHandlersFault(error) || isOthersDoing(error)) throw error
    return { handled: false, reason: messageOf(error), entries: [], timers: 0 }
  }
}

/** Handles what waits behind a message that was taken off. Says whether there may be more by now. */
async function redriveBehind(
  runtime: ServiceRuntime,
  { consumer, key }: ParkedMessage,
  nowMs: () => number,
): Promise<boolean> {
  // Trap: a message that came while the key was still parked may be on its way to the parking place.
  await settledSoFar(runtime.parts.group)
  let isAny = false
  for await (const each of allParked(runtime.parts.store)) {
    if (each.consumer !== consumer || each.key !== key) continue
    // Trap: what was tried meanwhile, and parked for itself again, holds up those behind it.
    if (each.code !== 'PARKED_ORDER') return false
    if ((await redriveOne(runtime, each, nowMs())) !== undefined) return false
    isAny = true
  }
  return isAny
}

/** Waits for everything that was handed in until now. */
function settledSoFar(group: GroupCommit): Promise<void> {
  return new Promise((resolve) => group.submit({}, () => resolve()))
}

/** Gives the reason when the message could not be handled. */
async function redriveOne(
  runtime: ServiceRuntime,
  parked: ParkedMessage,
  atMs: number,
): Promise<string | undefined> {
  try {
    const envelope = decodeEnvelope(parked.envelope)
    const handle = handlerOf(runtime, parked.consumer)
    await takeOff(runtime, parked, (draft) => handle(draft, envelope))
    return undefined
  } catch (error) {
    if (!isHandlersFault(error) || isOthersDoing(error)) throw error
    const reason = messageOf(error)
    const code = error instanceof DureError ? error.code : 'COMMAND_DECISION_FAILED'
    await takeOff(runtime, parked, (draft) => {
      parkInto(draft, { ...parked, code, reason, attempts: parked.attempts + 1, atMs })
      draft.afterCommit.push(() => runtime.parts.parkedKeys.add(parked))
    })
    return reason
  }
}

/** Whether the message was taken off by somebody else, or others wrote first each time: it stays as it is. */
function isOthersDoing(error: unknown): boolean {
  return error instanceof DureError && ['PARKED_UNKNOWN', 'COMMAND_CONFLICT'].includes(error.code)
}

function handlerOf(
  runtime: ServiceRuntime,
  consumer: string,
): (draft: Draft, envelope: Envelope) => void {
  const { handler, model, catalogue } = runtime.parts
  if (consumer === inboxName) return (draft, envelope) => handler.handle(draft, envelope)
  const view = model.service.views.find((each) => viewConsumer(catalogue.nameOf(each)) === consumer)
  if (view) return viewHandler(view, catalogue.nameOf(view), model.types)
  throw new DureError(
    'PARKED_UNKNOWN',
    `Nothing in "${runtime.name}" is called "${consumer}" any more. Drop the message.`,
  )
}

/** Drops a parked message on purpose. */
export async function dropParked(runtime: ServiceRuntime, id: string): Promise<void> {
  const parked = await findParked(runtime, id)
  await assertFirst(runtime, parked)
  await takeOff(runtime, parked, () => undefined)
}

/** Takes a message off the parking place, together with what it leads to. */
async function takeOff(
  { name, parts }: ServiceRuntime,
  parked: ParkedMessage,
  build: (draft: Draft) => void,
): Promise<void> {
  for (let attempt = 0; attempt < takeOffAttemptsMax; attempt += 1) {
    const { settled } = await parts.workspace.submit((draft) => {
      unparkInto(draft, parked)
      draft.afterCommit.push(() => parts.parkedKeys.remove(parked))
      build(draft)
    })
    const result = await settled
    if (result.kind === 'committed') return
    if (result.kind === 'failed') throw result.error
    if (result.kind === 'conflict' && result.on === 'parked') {
      throw new DureError(
        'PARKED_UNKNOWN',
        `"${name}:${parked.id}" was taken off by somebody else meanwhile.`,
      )
    }
  }
  throw new DureError(
    'COMMAND_CONFLICT',
    `Other writers were first each time "${name}:${parked.id}" was tried.`,
  )
}

export const takeOffAttemptsMax = 20

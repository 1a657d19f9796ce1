// What happened to one instance, told from the logs of all services: commands and answers carry the address of their
// step, and events the id of the command that led to them. Nothing central is needed but the state.
import { parseStepName } from '../step-name.ts'
import { DureError } from '../../language/errors.ts'
import type { Outcome } from '../../language/message.ts'
import type { Entry, EntryMeta } from '../../log/store.port.ts'
import { sagaView } from '../coordinator.ts'
import { plansByVersion } from '../versions/plan-of.ts'
import type { SagaIntervention, SagaState } from '../saga-state.ts'
import { orderByCause, type Placed } from './order-by-cause.ts'
import { readBetween } from './read-between.ts'
import type { SagaMoment, SagaStory, SagaWait } from './saga-operations.ts'
import { keeperOf, type SagaPlaces } from './saga-places.ts'

/** Tells one instance. @throws `SAGA_UNKNOWN`. */
export async function tellSaga(places: SagaPlaces, name: string, key: string): Promise<SagaStory> {
  const by = keeperOf(places, name)
  const state = await stateOf(places, { by, name, key })
  const placed: Placed[] = []
  const unseen: string[] = []
  for (const { name: service } of places.system.services) {
    const store = places.storeOf(service)
    if (!store) {
      unseen.push(service)
      continue
    }
    const endMs = state.endedAtMs ?? Number.MAX_SAFE_INTEGER
    for await (const entry of readBetween(store, state.startedAtMs, endMs)) {
      const found = placeEntry(service, entry, { name, key })
      if (found) placed.push(found)
    }
  }
  const ordered = orderByCause(placed)
  const sent = new Set(ordered.filter(isSent).map(({ id }) => id))
  const settled = ordered.map((each) => ({ ...each, moment: settleHere(each, sent) }))
  const waits = waitsOf(ordered, state)
  const pivot = pivotOf(places, state)
  return {
    saga: name,
    key,
    by,
    state,
    ...(pivot !== undefined && { pivot }),
    moments: withState(settled, state, by),
    waits,
    unseen,
  }
}

/** The pivot of the plan that an instance goes by. */
function pivotOf({ system }: SagaPlaces, { saga: name, version }: SagaState): string | undefined {
  const newest = system.sagas.find(({ saga }) => saga.name === name)?.saga
  const plan = newest && plansByVersion(newest).get(version)
  return plan?.nodes.find((node) => node.node === 'step' && node.pivot)?.name
}

interface Instance {
  readonly name: string
  readonly key: string
}

async function stateOf(
  places: SagaPlaces,
  { by, name, key }: Instance & { by: string },
): Promise<SagaState> {
  const read = { kind: 'get', view: sagaView(name).name, key } as const
  const [answer] = (await places.storeOf(by)?.snapshot([read])) ?? []
  const document = answer?.kind === 'documents' ? answer.documents[0] : undefined
  // Why the cast: the coordinator writes these documents.
  if (document) return JSON.parse(document.value) as SagaState
  throw new DureError('SAGA_UNKNOWN', `Saga ${name} has no instance of key "${key}".`)
}

/** An entry of a log that is about the instance, with its place among the others. */
function placeEntry(service: string, entry: Entry, instance: Instance): Placed | undefined {
  // Most entries are of others: what does not even hold the key is not read.
  if (!entry.meta.includes(JSON.stringify(instance.key).slice(1, -1))) return undefined
  // Why the cast: entries hold what `JSON.stringify` made of their meta.
  const meta = JSON.parse(entry.meta) as EntryMeta
  const id = (entry.kind === 'event' ? meta.command : meta.id) ?? ''
  const named = stepOf(meta, id, instance)
  if (!named || isNotice(entry, meta)) return undefined
  const { kind, type, to, atMs, position } = entry
  const base = { atMs, service, type, ...named, ...(to !== undefined && { to }) }
  const happened = kind === 'command' ? { what: 'sent' as const } : answerOf(entry)
  return { id, cause: meta.cause ?? '', position, moment: { ...base, ...happened } }
}

/** What participants of a saga tell each other without a command is no answer. */
function isNotice({ kind }: Entry, { saga }: EntryMeta): boolean {
  return kind === 'reply' && saga?.mail !== undefined
}

function answerOf({ kind, data }: Entry): Pick<SagaMoment, 'what' | 'says'> {
  if (kind === 'event') return { what: 'event' }
  // Why the cast: replies hold the outcome of a command.
  const outcome = JSON.parse(data) as Outcome
  return outcome.ok ? { what: 'done' } : { what: 'rejected', says: outcome.rejected }
}

type Named = Pick<SagaMoment, 'step' | 'isUndo' | 'attempt'>

/** By the id of the command, which also tells how often it was sent; else by the address. */
function stepOf({ saga }: EntryMeta, id: string, { name, key }: Instance): Named | undefined {
  const prefix = `${name}/${key}/`
  const path = id.slice(id.indexOf('/') + 1)
  if (path.startsWith(prefix)) return named(path.slice(prefix.length))
  return saga?.name === name && saga.key === key ? named(saga.step) : undefined
}

function named(name: string): Named {
  const { step, undo, attempt = 0 } = parseStepName(name)
  return { step, isUndo: undo, attempt }
}

function isSent({ moment }: Placed): boolean {
  return moment.what === 'sent'
}

/** An event of a command that nobody sent: the service that keeps the saga decided it at once, in its own commit. */
function settleHere({ id, moment }: Placed, sent: Set<string>): SagaMoment {
  if (moment.what !== 'event' || sent.has(id)) return moment
  sent.add(id)
  return { ...moment, what: 'done' }
}

function waitsOf(ordered: readonly Placed[], state: SagaState): readonly SagaWait[] {
  if (state.endedAtMs !== undefined && state.status !== 'parked') return []
  // Of a saga that is passed on, what a command led to is its answer.
  const answered = new Set(
    ordered.flatMap(({ id, cause, moment }) => (moment.what === 'sent' ? [cause] : [id, cause])),
  )
  return ordered.flatMap(({ id, moment }) => {
    const { step = '', isUndo, type = '', to = '', atMs } = moment
    if (moment.what !== 'sent' || answered.has(id)) return []
    return [{ step, isUndo, type, service: to, sinceMs: atMs }]
  })
}

/** The beginning, what operators did, and the end: of these the state tells. */
function withState(
  moments: readonly Placed[],
  state: SagaState,
  service: string,
): readonly SagaMoment[] {
  const base = { service, isUndo: false, attempt: 0 }
  const acts = (state.interventions ?? []).map((each): SagaMoment => {
    const step = 'step' in each ? { step: each.step } : {}
    return { ...base, ...step, what: 'intervened', atMs: each.atMs, says: sayIntervention(each) }
  })
  const placed = [...moments]
  for (const act of acts) {
    const place = placed.findIndex((each) => isAfter(each, act))
    const moment = { moment: act, id: '', cause: byHand, position: 0 }
    placed.splice(place < 0 ? placed.length : place, 0, moment)
  }
  const all = placed.map(({ moment }) => moment)
  const start: SagaMoment = { ...base, what: 'started', atMs: state.startedAtMs }
  if (state.endedAtMs === undefined) return [start, ...all]
  const why = state.status === 'parked' ? state.refusal : state.failure
  const says = why ? `${state.status}: ${why.step} ${why.rejected}` : state.status
  return [start, ...all, { ...base, what: 'ended', atMs: state.endedAtMs, says }]
}

const byHand = 'an operator'

/** Whether something follows an operator's act: what is later, or what no message led to at the same time. */
function isAfter({ moment, cause }: Placed, act: SagaMoment): boolean {
  return moment.atMs === act.atMs ? cause === '' : moment.atMs > act.atMs
}

function sayIntervention(intervention: SagaIntervention): string {
  const { act, by, reason } = intervention
  const as = 'as' in intervention ? ` as ${intervention.as}` : ''
  const step = 'step' in intervention ? ` ${intervention.step}` : ''
  return `${act}${step}${as}${by === undefined ? '' : ` by ${by}`}: ${reason}`
}

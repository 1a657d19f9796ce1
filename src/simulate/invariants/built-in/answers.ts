// What clients were told, against what the log holds.
import { type AppliedCommit, type Ledger, type ServiceLedger } from '../../world/ledger.ts'
import type { Operation } from '../facts.ts'
import type { JudgeMaker } from '../judge.ts'

/** When a command took effect, and for whom. */
interface Effect {
  readonly atMs: number
  readonly actor: string | undefined
  readonly hasEvents: boolean
}

type Effects = Map<string, Effect>

/** What a client was told is what is kept: an answer is durable, and nothing that failed took effect. */
export const judgeAnswers: JudgeMaker = ({ ledger, facts }) => {
  const effects: Effects = new Map()
  return {
    name: 'what a client was told is true, and is kept',
    applied: (applied) => note(effects, applied, facts.nowMs),
    atRest() {
      const problems: string[] = []
      for (const [place, operations] of byPlace(facts.history)) {
        problems.push(...judgeCommand({ ledger, effect: effects.get(place), operations }))
      }
      return problems
    },
  }
}

function note(
  effects: Effects,
  { service, commit, entries }: AppliedCommit,
  atMs: number,
): undefined {
  if (commit.id === undefined) return
  const first = entries[0]
  const actor = first && first.origin.actor
  effects.set(`${service} ${commit.id}`, { atMs, actor, hasEvents: first !== undefined })
}

/** Commands of clients, by service and id. */
function byPlace(history: readonly Operation[]): ReadonlyMap<string, readonly Operation[]> {
  const places = new Map<string, Operation[]>()
  for (const operation of history) {
    if (operation.kind !== 'command') continue
    const place = `${serviceOf(operation)} ${operation.id}`
    const known = places.get(place)
    if (known) known.push(operation)
    else places.set(place, [operation])
  }
  return places
}

function serviceOf({ type }: Operation): string {
  return type.slice(0, type.indexOf('.'))
}

interface Told {
  readonly ledger: Ledger
  readonly effect: Effect | undefined
  /** Everything that was sent under one id. */
  readonly operations: readonly Operation[]
}

function judgeCommand(told: Told): string[] {
  const [first] = told.operations
  if (!first) return []
  const service = told.ledger.of(serviceOf(first))
  return [
    ...told.operations.flatMap((operation) => judgeAnswer(told, service, operation)),
    ...judgePayloads(told.operations),
    ...judgeFailures(told),
  ]
}

function judgeAnswer(
  { effect }: Told,
  { commands }: ServiceLedger,
  operation: Operation,
): readonly string[] {
  const { id = '', type, client, actor, answer, result } = operation
  if (result !== 'ok' && result !== 'rejected') return []
  const kept = commands.get(id)
  if (!kept)
    return [`${client} was answered ${result} to ${type} (${id}), and nothing of it is kept.`]
  if (kept.result !== JSON.stringify(answer)) {
    return [`${client} was told ${JSON.stringify(answer)} of ${id}, and ${kept.result} is kept.`]
  }
  if (!effect?.hasEvents || effect.actor === actor) return []
  return [`${client} was answered to ${id} as ${actor}, and it took effect for ${effect.actor}.`]
}

/** Nobody is answered with what another payload under the same id led to. */
function judgePayloads(operations: readonly Operation[]): readonly string[] {
  const payloads = new Set<string>()
  for (const { result, type, actor, data } of operations) {
    if (result !== 'ok' && result !== 'rejected') continue
    payloads.add(JSON.stringify([type, actor, data]))
  }
  if (payloads.size < 2) return []
  return [`${operations[0]?.id} was answered for ${[...payloads].join(' and for ')}.`]
}

/** Somebody who was told that it failed may send it anew, under another id. */
function judgeFailures({ effect, operations }: Told): readonly string[] {
  if (!effect) return []
  const before = operations.filter(({ atMs }) => atMs <= effect.atMs)
  if (before.some(({ result }) => result !== 'failed')) return []
  const [first] = before
  if (!first) return []
  return [`${first.client} was told that ${first.type} (${first.id}) failed, and it took effect.`]
}

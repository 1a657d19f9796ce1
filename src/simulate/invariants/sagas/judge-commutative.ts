// Commutative updates, tried: of two events of marked commands that stand next to each other in a stream, the other order
// has to make the same state.
import type { Aggregate } from '../../../language/aggregate.ts'
import { type EventTypes, eventMeta, readEventData } from '../../../log/stored-event.ts'
import { oncePerSystem } from '../../once-per-system.ts'
import type { AppliedCommit, LedgerEntry } from '../../world/ledger.ts'
import { firstOf } from '../built-in/first-of.ts'
import { typesOf } from '../built-in/readers.ts'
import { isSame } from '../built-in/same.ts'
import type { JudgeContext, JudgeMaker } from '../judge.ts'
import { CommandBook } from './command-book.ts'

/** Pairs of events that are tried in one stream of a world. */
const pairsTriedMax = 1_000

const markedAggregates = oncePerSystem(({ services }) => {
  const marked = new Map<string, Aggregate>()
  for (const { name, aggregates } of services) {
    for (const each of aggregates)
      if (each.commutative.length > 0) marked.set(`${name} ${each.name}`, each)
  }
  return marked
})

/** What is known of one stream: its state before its last event, and that event. */
interface Known {
  readonly before: unknown
  readonly after: unknown
  readonly last: LedgerEntry | undefined
  readonly isLastMarked: boolean
  readonly tried: number
}

/** Events of commands that are marked as commutative make the same state in every order. */
export const judgeCommutative: JudgeMaker = (context) => {
  const book = new PairBook(context)
  return {
    name: 'what is marked as commutative makes the same state in every order',
    hasLooked: () => book.hasLooked,
    applied: (applied) => book.take(applied),
  }
}

class PairBook {
  hasLooked = false
  readonly #marked: ReadonlyMap<string, Aggregate>
  readonly #types: EventTypes
  readonly #commands: CommandBook
  readonly #streams = new Map<string, Known>()

  constructor(context: JudgeContext) {
    this.#marked = markedAggregates(context.system)
    this.#types = typesOf(context.system)
    this.#commands = new CommandBook(context)
  }

  take(applied: AppliedCommit): string | undefined {
    if (this.#marked.size === 0) return undefined
    this.#commands.note(applied)
    return firstOf(applied.entries, (entry) => {
      const { stream = '', kind } = entry
      const aggregate = this.#marked.get(
        `${applied.service} ${stream.slice(0, stream.indexOf('/'))}`,
      )
      return aggregate && kind === 'event'
        ? this.#event(applied.service, aggregate, entry)
        : undefined
    })
  }

  #event(service: string, aggregate: Aggregate, entry: LedgerEntry): string | undefined {
    const name = `${service} ${entry.stream}`
    const known = this.#streams.get(name) ?? openStream(aggregate)
    const fold = folder(this.#types, service, aggregate)
    const { type = '' } = this.#commands.find(entry.origin.command ?? '') ?? {}
    const isLastMarked = aggregate.commutative.includes(type)
    const { last, tried, after: before } = known
    const isTried = isLastMarked && isPair(known, entry)
    const after = fold(before, entry)
    const next = { before, after, last: entry, isLastMarked, tried: tried + Number(isTried) }
    this.#streams.set(name, next)
    if (!isTried || !last) return undefined
    this.hasLooked = true
    const other = fold(fold(known.before, entry), last)
    if (isSame(plain(after), plain(other))) return undefined
    return `${last.type} and ${entry.type} of ${name} make ${JSON.stringify(after)}; in the other order they make ${JSON.stringify(other)}.`
  }
}

function openStream(aggregate: Aggregate): Known {
  const after = aggregate.initial()
  return { before: after, after, last: undefined, isLastMarked: false, tried: 0 }
}

/** Whether an event and the one before it can be tried in the other order. Events of one command were decided together. */
function isPair({ last, isLastMarked, tried }: Known, entry: LedgerEntry): boolean {
  const isOther = last !== undefined && last.origin.command !== entry.origin.command
  return isLastMarked && isOther && tried < pairsTriedMax
}

function folder(
  types: EventTypes,
  service: string,
  { evolve }: Aggregate,
): (state: unknown, entry: LedgerEntry) => unknown {
  return (state, entry) => {
    const step = evolve[entry.type]
    return step ? step(state, readEventData(types, entry), eventMeta(service, entry)) : state
  }
}

function plain(state: unknown): unknown {
  return JSON.parse(JSON.stringify(state ?? null))
}

// Which command an id stands for: from the messages that were sent, the calls of clients, and the plans of sagas.
import type { Aggregate } from '../../../language/aggregate.ts'
import { messageTypes, probeFunction } from '../../../language/probe.ts'
import type { Saga } from '../../../language/saga/saga-plan.ts'
import { stepNode } from '../../../sagas/saga-nodes.ts'
import { parseStepName } from '../../../sagas/step-name.ts'
import type { AppliedCommit } from '../../world/ledger.ts'
import type { JudgeContext } from '../judge.ts'

export interface SentCommand {
  readonly type: string
  /** Undefined where nobody can say. */
  readonly data: unknown
  /** The instance of a saga that has sent it, as its command ids begin. */
  readonly party: string | undefined
  /** The name of the step, with the mark of an undo; empty without a saga. */
  readonly step: string
}

export class CommandBook {
  readonly #context: JudgeContext
  readonly #sent = new Map<string, SentCommand>()
  #historyRead = 0
  /** Types of the events of each aggregate, and whether a decision of it was seen to give none. */
  readonly #silent = new Map<Aggregate, boolean>()

  constructor(context: JudgeContext) {
    this.#context = context
  }

  /** Notes the commands that a commit has sent. */
  note({ entries }: AppliedCommit): void {
    for (const { kind, type, data, origin } of entries) {
      if (kind !== 'command' || origin.id === undefined) continue
      const { saga, id } = origin
      const party = saga && `${id.slice(0, id.indexOf('/'))}/${saga.name}/${saga.key}`
      this.#sent.set(id, { type, data: JSON.parse(data), party, step: saga?.step ?? '' })
    }
  }

  /** The command of an id; undefined where nobody can say. */
  find(id: string): SentCommand | undefined {
    return this.#sent.get(id) ?? this.#called(id) ?? this.#ofPlan(id)
  }

  /** Whether commands of an aggregate may lead to no event: then nobody sees that they were decided. */
  mayBeSilent(aggregate: Aggregate): boolean {
    const known = this.#silent.get(aggregate)
    if (known !== undefined) return known
    const frees = new Set(aggregate.locks.flatMap((lock) => lock.frees))
    const isSilent = [...frees].some((type) => {
      const decide = aggregate.decide[type]
      const run = (standIn: unknown): unknown => decide?.(aggregate.initial(), standIn, standIn)
      const given = probeFunction({ source: decide, run })
      return given.length === 0 || given.some((each) => messageTypes('event', each).length === 0)
    })
    this.#silent.set(aggregate, isSilent)
    return isSilent
  }

  #called(id: string): SentCommand | undefined {
    const { history } = this.#context.facts
    for (; this.#historyRead < history.length; this.#historyRead += 1) {
      const { kind, id: called, type, data } = history[this.#historyRead] ?? {}
      if (kind !== 'command' || called === undefined || type === undefined) continue
      this.#sent.set(called, { type, data, party: undefined, step: '' })
    }
    return this.#sent.get(id)
  }

  /** A command of a saga that was decided where the saga was: its id is all that there is of it. */
  #ofPlan(id: string): SentCommand | undefined {
    const [run = '', name = ''] = id.split('/', 2)
    const saga = this.#context.system.sagas.find((each) => each.saga.name === name)?.saga
    if (!saga) return undefined
    const path = id.slice(run.length + name.length + 2)
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const step = path.slice(end + 1)
      const type = typeOf(saga, step)
      const party = `${run}/${name}/${path.slice(0, end)}`
      if (type !== undefined) return { type, data: undefined, party, step }
    }
    return undefined
  }
}

/** The one command that a step was seen to send. */
function typeOf(saga: Saga, name: string): string | undefined {
  const { step, undo } = parseStepName(name)
  const node = stepNode(saga, step)
  const make = undo ? node?.undo : node?.run
  if (!make) return undefined
  const types = messageTypes('command', probeFunction({ source: make, run: make }))
  return types.length === 1 ? types[0] : undefined
}

// Who holds which lock, from the commands that were sent and the events that they have led to; what the platform keeps
// of its locks is held against that.
import type { Aggregate } from '../../../language/aggregate.ts'
import type { Lock } from '../../../language/isolation/locks.ts'
import type { Timer } from '../../../log/store.port.ts'
import type { InstanceLocks, LockHold } from '../../../sagas/isolation/lock-state.ts'
import type { SagaState } from '../../../sagas/saga-state.ts'
import { parseStepName } from '../../../sagas/step-name.ts'
import { oncePerSystem } from '../../once-per-system.ts'
import type { AppliedCommit, LedgerEntry, ServiceLedger } from '../../world/ledger.ts'
import { firstOf } from '../built-in/first-of.ts'
import type { JudgeContext, JudgeMaker } from '../judge.ts'
import { CommandBook, type SentCommand } from './command-book.ts'

const locksView = '$locks'

/** Aggregates with locks, by service and name. */
const lockedAggregates = oncePerSystem(({ services }) => {
  const locked = new Map<string, Aggregate>()
  for (const { name, aggregates } of services) {
    for (const each of aggregates)
      if (each.locks.length > 0) locked.set(`${name} ${each.name}`, each)
  }
  return locked
})

/** A lock has one holder at a time, others keep out, and it is freed by who holds it. */
export const judgeLocks: JudgeMaker = (context) => {
  const book = new HoldBook(context)
  return {
    name: 'a lock has one holder, who frees it before it ends, and nobody waits for a free one',
    hasLooked: () => book.hasLooked,
    applied: (applied) => book.take(applied),
    recorded: judgeCalls,
    atRest: () => book.end(),
  }
}

/** Who comes next for a lock that is free is told so in the commit that leaves it free. */
function judgeCalls({ service, commit, ledger, processMs }: AppliedCommit): string | undefined {
  return firstOf(commit.documents, ({ view, key, value }) => {
    if (view !== locksView) return undefined
    return firstOf(
      Object.entries(readLocks(value).locks),
      ([
        lock,
        {
          hold,
          line: [next],
        },
      ]) => {
        if (hold || !next || isCalled(ledger.timers.get(next.id), processMs)) return undefined
        return `${service} ${key} ${lock} is free, and ${next.id}, which waits for it, was not called.`
      },
    )
  })
}

/** Whether a message that waits can try now, or is being tried: what has to be prepared first may be tried later. */
function isCalled(timer: Timer | undefined, nowMs: number): boolean {
  return timer !== undefined && (timer.atMs <= nowMs || timer.data.includes('"kind":"work"'))
}

/** The holder of a lock, and which of its steps have taken it. */
interface Held {
  readonly party: string
  readonly steps: readonly string[]
}

class HoldBook {
  hasLooked = false
  readonly #context: JudgeContext
  readonly #locked: ReadonlyMap<string, Aggregate>
  readonly #commands: CommandBook
  readonly #holds = new Map<string, Held>()

  constructor(context: JudgeContext) {
    this.#context = context
    this.#locked = lockedAggregates(context.system)
    this.#commands = new CommandBook(context)
  }

  take(applied: AppliedCommit): string | undefined {
    if (this.#locked.size === 0) return undefined
    this.#commands.note(applied)
    return (
      firstOf(applied.entries, (entry) => this.#event(applied.service, entry)) ??
      firstOf(applied.commit.documents, ({ view, key, value }) =>
        view === locksView ? this.#kept(applied, key, value) : undefined,
      )
    )
  }

  /** An event of an instance with locks: its command was held up by nobody, and takes and frees. */
  #event(service: string, entry: LedgerEntry): string | undefined {
    const { stream = '' } = entry
    const aggregate = this.#locked.get(`${service} ${stream.slice(0, stream.indexOf('/'))}`)
    const sent = aggregate && this.#commands.find(entry.origin.command ?? '')
    if (!aggregate || !sent) return undefined
    this.hasLooked = true
    return firstOf(aggregate.locks, (lock) =>
      this.#meet(`${service} ${stream} ${lock.name}`, lock, sent),
    )
  }

  #meet(name: string, lock: Lock, sent: SentCommand): string | undefined {
    const held = this.#holds.get(name)
    const isMet = isMetBy(lock, sent)
    if (isMet && held && held.party !== sent.party)
      return `${sent.type} of ${sent.party ?? 'a caller'} was decided while ${held.party} held ${name}.`
    if (isMet && lock.takes.includes(sent.type)) this.#hold(name, sent)
    if (lock.frees.includes(sent.type) && held?.party === sent.party) this.#free(name, sent)
    return undefined
  }

  #hold(name: string, { party, step }: SentCommand): void {
    if (party === undefined) return
    const steps = this.#holds.get(name)?.steps ?? []
    this.#holds.set(name, { party, steps: [...new Set([...steps, parseStepName(step).step])] })
  }

  #free(name: string, sent: SentCommand): void {
    const held = this.#holds.get(name)
    const { step, undo } = parseStepName(sent.step)
    const steps = undo && held ? held.steps.filter((each) => each !== step) : []
    if (held && steps.length > 0) this.#holds.set(name, { ...held, steps })
    else this.#holds.delete(name)
  }

  /** What the platform keeps must be what the events say; a command that led to no event is believed. */
  #kept(applied: AppliedCommit, key: string, value: string | undefined): string | undefined {
    const aggregate = this.#locked.get(`${applied.service} ${key.slice(0, key.indexOf('/'))}`)
    const kept = readLocks(value)
    return firstOf(aggregate?.locks, ({ name: lock }) => {
      const name = `${applied.service} ${key} ${lock}`
      const hold = kept.locks[lock]?.hold
      const held = this.#holds.get(name)
      if (hold && held && held.party !== partyText(hold))
        return `${name} is kept for ${partyText(hold)}, and ${held.party} holds it.`
      if (hold) this.#holds.set(name, held ?? { party: partyText(hold), steps: hold.steps })
      else if (held && !this.#mayBeFreed(applied, key, kept))
        return `${name} was freed by nobody, and ${held.party} holds it.`
      else this.#holds.delete(name)
      return undefined
    })
  }

  /** An operator has freed it, or a command without an event may have. */
  #mayBeFreed({ ledger, service }: AppliedCommit, key: string, kept: InstanceLocks): boolean {
    const before = readLocks(ledger.views.get(locksView)?.get(key)?.value)
    if ((kept.freed?.length ?? 0) > (before.freed?.length ?? 0)) return true
    const aggregate = this.#locked.get(`${service} ${key.slice(0, key.indexOf('/'))}`)
    return aggregate !== undefined && this.#commands.mayBeSilent(aggregate)
  }

  end(): readonly string[] {
    const { ledger, system } = this.#context
    return [...ledger.services.values()].flatMap((own) =>
      [...(own.views.get(locksView) ?? [])].flatMap(([place, { value }]) =>
        Object.entries(readLocks(value).locks).flatMap(([lock, { hold, line }]) => {
          const name = `${own.service} ${place} ${lock}`
          const by = system.sagas.find(({ saga }) => saga.name === hold?.saga)?.by
          const isLeft = hold && by !== undefined && isEnded(ledger.of(by), hold)
          return [
            ...(isLeft ? [`${name} is held by ${partyText(hold)}, which has ended.`] : []),
            ...line.map(({ id }) => `${id} waits for ${name}, and nothing is left to do.`),
          ]
        }),
      ),
    )
  }
}

function isMetBy({ takes, guards, when }: Lock, { type, data }: SentCommand): boolean {
  return (takes.includes(type) || guards.includes(type)) && (when?.(data) ?? true)
}

function isEnded({ views }: ServiceLedger, { saga, key }: LockHold): boolean {
  const text = views.get(`saga:${saga}`)?.get(key)?.value
  if (text === undefined) return false
  // Why the cast: the engines of sagas write these documents.
  const { status } = JSON.parse(text) as SagaState
  return status === 'completed' || status === 'compensated'
}

function readLocks(value: string | undefined): InstanceLocks {
  // Why the cast: the runtime writes these documents.
  return value === undefined ? { locks: {} } : (JSON.parse(value) as InstanceLocks)
}

function partyText({ run, saga, key }: LockHold): string {
  return `${run}/${saga}/${key}`
}

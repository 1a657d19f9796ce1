// Where everything that is seen of a world is judged: by the built-in judges, and by the invariants of the scenario.
import { messageOf } from '../../language/errors.ts'
import type { Entry } from '../../log/store.port.ts'
import type { MessageBatch } from '../../messaging/broker.port.ts'
import type { Finding, Invariant, Watching } from '../scenario.ts'
import type { AppliedCommit } from '../world/ledger.ts'
import type { FactBook } from './facts.ts'
import type { IdleTold, Judge, Violation } from './judge.ts'

export type Phase = 'prepare' | 'faults' | 'quiet'

export interface CourtOptions {
  readonly judges: readonly Judge[]
  readonly invariants: readonly Invariant[]
  readonly facts: FactBook
  readonly phase: () => Phase
  /** Where and when: added to each violation. */
  readonly moment: () => Pick<Violation, 'step' | 'atMs'>
  readonly onViolation: (violation: Violation) => void
}

export interface Court {
  readonly violations: readonly Violation[]
  /** The `sometimes` and `eventually` that came true. */
  readonly reached: ReadonlySet<string>
  applied(commit: AppliedCommit): void
  recorded(commit: AppliedCommit): void
  published(batch: MessageBatch): void
  told(report: IdleTold): void
  /** When nothing is left to do. */
  atRest(): void
  violate(invariant: string, text: string): void
  /** Marks of the judges and invariants that have found anything to look at, and of idle judges. */
  looked(): readonly string[]
}

/** Opens the court of a world. */
export function openCourt(options: CourtOptions): Court {
  return new WorldCourt(options)
}

/** An invariant that sees each event once, with its account of this world. */
interface Watcher {
  readonly invariant: Invariant
  readonly watching: Watching
  readonly account: unknown
}

/** What judges are asked about. */
interface Asked {
  readonly applied: AppliedCommit
  readonly recorded: AppliedCommit
  readonly published: MessageBatch
  readonly told: IdleTold
}

type Ask<T> = (asked: T) => string | undefined

interface Seat<T> {
  readonly name: string
  readonly ask: Ask<T>
}

type Seats = { readonly [Kind in keyof Asked]: readonly Seat<Asked[Kind]>[] }

const none: readonly never[] = []

class WorldCourt implements Court {
  readonly violations: Violation[] = []
  readonly reached = new Set<string>()
  readonly #options: CourtOptions
  /** Those that are asked again and again. */
  readonly #asked: readonly Invariant[]
  readonly #watchers: readonly Watcher[]
  /** Who judges events of a type, by its full name. */
  readonly #byEvent = new Map<string, Watcher[]>()
  readonly #looked = new Set<string>()
  readonly #judges: Seats

  constructor(options: CourtOptions) {
    this.#options = options
    this.#judges = seats(options.judges)
    this.#asked = options.invariants.filter(({ watching }) => !watching)
    this.#watchers = options.invariants.flatMap((invariant) => {
      const { watching } = invariant
      return watching ? [{ invariant, watching, account: watching.start() }] : []
    })
    for (const watcher of this.#watchers) {
      for (const type of Object.keys(watcher.watching.judges)) {
        this.#byEvent.set(type, [...(this.#byEvent.get(type) ?? []), watcher])
      }
    }
  }

  applied(commit: AppliedCommit): void {
    this.#askEach('applied', commit)
  }

  recorded(commit: AppliedCommit): void {
    this.#askEach('recorded', commit)
    for (const entry of commit.entries) if (entry.kind === 'event') this.#watch(commit, entry)
    if (commit.commit.documents) this.#watchDocuments(commit)
    for (const invariant of this.#asked) this.#judgeNow(invariant, commit.service)
  }

  published(batch: MessageBatch): void {
    this.#askEach('published', batch)
  }

  told(report: IdleTold): void {
    this.#askEach('told', report)
  }

  atRest(): void {
    const { phase, facts, judges } = this.#options
    if (this.violations.length > 0) return
    if (phase() !== 'quiet') {
      this.violate('comes to rest', 'It stands still before its clients have done anything.')
      return
    }
    const waiting = facts.history.find(({ endedAtMs }) => endedAtMs === undefined)
    if (waiting) this.violate('answers', `${waiting.client} was never answered: ${waiting.type}.`)
    for (const invariant of this.#asked) this.#judgeAtRest(invariant)
    for (const watcher of this.#watchers) this.#weighAtRest(watcher)
    for (const judge of judges) {
      const texts = findingOf(() => judge.atRest?.() ?? [])
      for (const text of [texts].flat()) this.violate(judge.name, text)
    }
  }

  violate(invariant: string, text: string): void {
    const violation = { invariant, text, ...this.#options.moment() }
    this.violations.push(violation)
    this.#options.onViolation(violation)
  }

  looked(): readonly string[] {
    const judges = this.#options.judges.map(
      (judge) => `${(judge.hasLooked?.() ?? true) ? 'judge' : 'idle'}|${judge.name}`,
    )
    return [...judges, ...Array.from(this.#looked, (name) => `judge|${name}`)]
  }

  #ask({ name, check }: Invariant): Finding {
    const { facts } = this.#options
    const looksBefore = facts.looks
    const finding = check(facts)
    if (facts.looks > looksBefore) this.#looked.add(name)
    return finding
  }

  #watch({ service }: AppliedCommit, entry: Entry): void {
    const { facts } = this.#options
    for (const { invariant, watching, account } of this.#byEvent.get(entry.type) ?? none) {
      const judge = watching.judges[entry.type]
      if (!judge) continue
      this.#looked.add(invariant.name)
      this.#weigh(invariant, () => judge(account, facts.eventOf(service, entry), facts))
    }
  }

  #watchDocuments({ service, commit: { documents = [] } }: AppliedCommit): void {
    const { facts } = this.#options
    for (const { invariant, watching, account } of this.#watchers) {
      for (const { view, judge } of watching.documents) {
        const own = documents.filter((each) => facts.isOf(view, { service, stored: each.view }))
        for (const { key } of own) {
          this.#looked.add(invariant.name)
          const written = { key, document: facts.documents(view).get(key) }
          this.#weigh(invariant, () => judge(account, written, facts))
        }
      }
    }
  }

  #weighAtRest({ invariant, watching: { atRest }, account }: Watcher): void {
    if (atRest) this.#weigh(invariant, () => atRest(account, this.#options.facts))
  }

  #weigh({ kind, name }: Invariant, judge: () => Finding): void {
    if (kind === 'sometimes') this.#reach(name, () => judge() === true)
    else this.#hold(name, judge)
  }

  #judgeNow(invariant: Invariant, service: string): void {
    const { kind, name, services } = invariant
    const { phase } = this.#options
    if (kind === 'always') {
      if (phase() === 'prepare' || services?.includes(service) === false) return
      this.#hold(name, () => this.#ask(invariant))
    } else if (kind === 'sometimes') this.#reach(name, () => this.#ask(invariant) === true)
    else if (kind === 'eventually' && phase() === 'quiet') {
      this.#reach(name, () => isFine(this.#ask(invariant)))
    }
  }

  #judgeAtRest(invariant: Invariant): void {
    const { kind, name } = invariant
    if (kind === 'sometimes') return this.#reach(name, () => this.#ask(invariant) === true)
    if (kind === 'eventually' && this.reached.has(name)) return
    this.#hold(name, () => this.#ask(invariant))
  }

  #reach(name: string, isReached: () => boolean): void {
    if (this.reached.has(name)) return
    try {
      if (isReached()) this.reached.add(name)
    } catch (error) {
      this.violate(name, `It cannot be judged: ${messageOf(error)}`)
    }
  }

  #hold(name: string, judge: () => Finding): void {
    const finding = findingOf<Finding>(judge)
    if (!isFine(finding)) {
      this.violate(name, typeof finding === 'string' ? finding : 'It does not hold.')
    }
  }

  #askEach<K extends keyof Asked>(kind: K, asked: Asked[K]): void {
    for (const { name, ask } of this.#judges[kind]) {
      const text = textOf(ask, asked)
      if (text !== undefined) this.violate(name, text)
    }
  }
}

/** Who judges what, of those who do: most judges look at one kind of thing. */
function seats(judges: readonly Judge[]): Seats {
  return {
    applied: seatsOf(judges, (judge) => judge.applied?.bind(judge)),
    recorded: seatsOf(judges, (judge) => judge.recorded?.bind(judge)),
    published: seatsOf(judges, (judge) => judge.published?.bind(judge)),
    told: seatsOf(judges, (judge) => judge.told?.bind(judge)),
  }
}

function seatsOf<T>(
  judges: readonly Judge[],
  askOf: (judge: Judge) => Ask<T> | undefined,
): readonly Seat<T>[] {
  return judges.flatMap((judge) => {
    const ask = askOf(judge)
    return ask ? [{ name: judge.name, ask }] : []
  })
}

function textOf<T>(ask: Ask<T>, asked: T): string | undefined {
  try {
    return ask(asked)
  } catch (error) {
    return unjudged(error)
  }
}

function unjudged(error: unknown): string {
  return `It cannot be judged: ${messageOf(error)}`
}

/** A judge that throws has found something, and be it only its own mistake. */
function findingOf<T>(judge: () => T): T | string {
  try {
    return judge()
  } catch (error) {
    return unjudged(error)
  }
}

function isFine(finding: Finding): boolean {
  return finding === undefined || finding === true
}

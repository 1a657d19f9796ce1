// Where everything that is seen of a world is judged: by the built-in judges, and by the invariants of the scenario.
import type { MessageBatch } from '../../messaging/broker.port.ts'
import type { Finding, Invariant } from '../scenario.ts'
import type { AppliedCommit } from '../world/ledger.ts'
import type { Facts } from './facts.ts'
import type { Judge, Violation } from './judge.ts'

export type Phase = 'prepare' | 'faults' | 'quiet'

export interface CourtOptions {
  readonly judges: readonly Judge[]
  readonly invariants: readonly Invariant[]
  readonly facts: Facts
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
  /** When nothing is left to do. */
  atRest(): void
  violate(invariant: string, text: string): void
}

/** Opens the court of a world. */
export function openCourt(options: CourtOptions): Court {
  return new WorldCourt(options)
}

class WorldCourt implements Court {
  readonly violations: Violation[] = []
  readonly reached = new Set<string>()
  readonly #options: CourtOptions

  constructor(options: CourtOptions) {
    this.#options = options
  }

  applied(commit: AppliedCommit): void {
    this.#askEach((judge) => judge.applied?.(commit))
  }

  recorded(commit: AppliedCommit): void {
    this.#askEach((judge) => judge.recorded?.(commit))
    for (const invariant of this.#options.invariants) this.#judgeNow(invariant, commit.service)
  }

  published(batch: MessageBatch): void {
    this.#askEach((judge) => judge.published?.(batch))
  }

  atRest(): void {
    const { phase, facts, invariants, judges } = this.#options
    if (this.violations.length > 0) return
    if (phase() !== 'quiet') {
      this.violate('comes to rest', 'It stands still before its clients have done anything.')
      return
    }
    const waiting = facts.history.find(({ endedAtMs }) => endedAtMs === undefined)
    if (waiting) this.violate('answers', `${waiting.client} was never answered: ${waiting.type}.`)
    for (const invariant of invariants) this.#judgeAtRest(invariant)
    for (const judge of judges) {
      for (const text of judge.atRest?.() ?? []) this.violate(judge.name, text)
    }
  }

  violate(invariant: string, text: string): void {
    const violation = { invariant, text, ...this.#options.moment() }
    this.violations.push(violation)
    this.#options.onViolation(violation)
  }

  #judgeNow({ kind, name, services, check }: Invariant, service: string): void {
    const { facts, phase } = this.#options
    if (kind === 'always') {
      if (phase() === 'prepare' || services?.includes(service) === false) return
      this.#hold(name, check(facts))
    } else if (kind === 'sometimes') this.#reach(name, () => check(facts) === true)
    else if (kind === 'eventually' && phase() === 'quiet') {
      this.#reach(name, () => isFine(check(facts)))
    }
  }

  #judgeAtRest({ kind, name, check }: Invariant): void {
    const { facts } = this.#options
    if (kind === 'sometimes') return this.#reach(name, () => check(facts) === true)
    if (kind === 'eventually' && this.reached.has(name)) return
    this.#hold(name, check(facts))
  }

  #reach(name: string, isReached: () => boolean): void {
    if (!this.reached.has(name) && isReached()) this.reached.add(name)
  }

  #hold(name: string, finding: Finding): void {
    if (!isFine(finding)) {
      this.violate(name, typeof finding === 'string' ? finding : 'It does not hold.')
    }
  }

  #askEach(ask: (judge: Judge) => string | undefined): void {
    for (const judge of this.#options.judges) {
      const text = ask(judge)
      if (text !== undefined) this.violate(judge.name, text)
    }
  }
}

function isFine(finding: Finding): boolean {
  return finding === undefined || finding === true
}

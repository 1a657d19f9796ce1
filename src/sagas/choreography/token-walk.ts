// One stay of a token at a service: what is known, what happened here, and what is to be sent. The plan is walked by
// the same interpreter that a coordinator uses; only where its state lives is different.
import type { Saga } from '../../language/saga/saga-plan.ts'
import { advanceSaga } from '../advance-saga.ts'
import { interveneSaga } from '../intervene-saga.ts'
import { stepNode } from '../saga-nodes.ts'
import { takeByPlan } from '../versions/move-instance.ts'
import { planOf } from '../versions/plan-of.ts'
import {
  isOpen,
  type SagaAdvance,
  type SagaInput,
  type SagaIntervention,
  type SagaState,
} from '../saga-state.ts'
import { retriedStep, retryName } from '../step-name.ts'
import type { Stop } from './stops.ts'
import type { SagaToken, TokenFork, TokenInput, TokenSend } from './token.ts'

/** The answer to a command that was never carried out, as the saga had turned back before. */
const neverDone = { ok: false, rejected: 'Abandoned', data: null } as const

export class TokenWalk {
  /** The plan that it goes by. */
  saga: Saga
  readonly atMs: number
  state: SagaState
  forks: readonly TokenFork[]
  /** What has to be carried out; by whom is not yet looked at. */
  sends: TokenSend[] = []
  /** What has turned the saga back on one of several ways: the collector takes it when all have come. */
  pending: TokenInput[] = []
  readonly #dues: Record<string, number> = {}
  readonly #newest: Saga

  /** @throws `SAGA_VERSION_UNKNOWN`. */
  constructor(newest: Saga, token: Pick<SagaToken, 'state' | 'forks'>, atMs: number) {
    this.#newest = newest
    this.saga = planOf(newest, token.state)
    this.atMs = atMs
    this.state = token.state
    this.forks = token.forks
  }

  get isTurned(): boolean {
    return this.pending.length > 0
  }

  /** Takes what happened. On one of several ways nothing turns back before all have come together. */
  take(input: TokenInput): void {
    const next = this.#advance(input)
    const isTurn = next.state.status !== this.state.status
    if (this.forks.length > 0 && (this.isTurned || isTurn)) {
      this.pending.push(input)
      return
    }
    this.adopt(next)
    this.note([input])
  }

  adopt({ state, effects }: SagaAdvance): void {
    this.state = state
    for (const effect of effects) {
      if (effect.kind === 'send') {
        const { kind: _kind, ...send } = effect
        this.sends.push(send)
      } else if (effect.kind === 'setTimer') this.#putOff(effect.step, effect.afterMs)
    }
  }

  /** When the steps that wait here are to be sent again, in milliseconds since 1970 UTC. */
  get dues(): Readonly<Record<string, number>> {
    const waiting = Object.entries(this.#dues).filter(([step]) => this.#isWaiting(step))
    return Object.fromEntries(waiting)
  }

  /** Whether a step that was rejected here is to be sent again, and the saga waits for that. */
  get rests(): boolean {
    return !this.isTurned && this.isOpen && Object.keys(this.dues).length > 0
  }

  /** Sends again what is due; the rest is put off further. */
  wake(dues: Readonly<Record<string, number>>): void {
    for (const [step, atMs] of Object.entries(dues)) {
      if (atMs <= this.atMs) this.take({ kind: 'deadline', step: retryName(step) })
      else this.#dues[step] = atMs
    }
  }

  /** Deadlines of steps are looked at where their commands arrive; only what is sent again needs a time here. */
  #putOff(timer: string, afterMs: number): void {
    const step = retriedStep(timer)
    if (step !== undefined) this.#dues[step] = this.atMs + afterMs
  }

  #isWaiting(step: string): boolean {
    return this.state.steps[step]?.status === 'waiting'
  }

  /** Notes what has happened on this way, for those who collect it. */
  note(inputs: readonly TokenInput[]): void {
    const inner = this.forks.at(-1)
    if (inner)
      this.forks = [...this.forks.slice(0, -1), { ...inner, inputs: [...inner.inputs, ...inputs] }]
  }

  /** What is to be carried out next; what is not wanted any more is settled on the way. */
  next(): TokenSend | undefined {
    for (let send = this.sends.shift(); send; send = this.sends.shift()) {
      if (this.isWanted(send)) return send
      if (!this.#isSettled(send)) this.refuse(send.step)
    }
    return undefined
  }

  /** Says that a command was not carried out, and will not be. */
  refuse(step: string): void {
    this.take({ kind: 'reply', step, undo: false, outcome: neverDone, isFinal: true })
  }

  /** A step may not be taken any more: the saga turns back, as it was stopped, or as at the deadline of the step. */
  stop(step: string, stop?: Stop): void {
    const intervention = stop?.intervention
    const node = stepNode(this.saga, step)
    if (node?.node === 'step' && node.pivot) {
      // A pivot that was sent turns nothing back before its answer: this is its answer.
      const rejected = intervention ? 'Cancelled' : 'DeadlineExceeded'
      const outcome = { ok: false, rejected, data: null } as const
      return this.take({ kind: 'reply', step, undo: false, outcome, isFinal: true })
    }
    if (stop) this.turnBack(intervention)
    else this.take({ kind: 'deadline', step })
    this.refuse(step)
  }

  /** The saga turns back, as at its deadline or as an operator wants it. */
  turnBack(intervention?: SagaIntervention): void {
    this.take(
      intervention ? { kind: 'cancel', step: '', intervention } : { kind: 'deadline', step: '' },
    )
  }

  /** Whether the deadline of a step had passed when its command arrived. */
  isLate(step: string, sentAtMs: number): boolean {
    const node = stepNode(this.saga, step)
    const { deadlineMs } = node ?? {}
    return deadlineMs !== undefined && this.isRevocable && this.atMs > sentAtMs + deadlineMs
  }

  /** Whether the saga can still turn back. */
  get isRevocable(): boolean {
    return this.state.status === 'running' && !this.state.pivotPassed
  }

  get isOpen(): boolean {
    return isOpen(this.state)
  }

  /** Takes back what was never sent: who takes the saga up again sends it. */
  forgetUnsent(sends: readonly TokenSend[]): void {
    const steps = { ...this.state.steps }
    for (const { step, undo } of sends) {
      const known = steps[step]
      if (undo && known) steps[step] = { ...known, status: 'done' }
      else delete steps[step]
    }
    this.state = { ...this.state, steps }
  }

  /** Whether a command is still to be carried out. */
  isWanted({ step, undo }: TokenSend): boolean {
    const status = this.state.steps[step]?.status
    if (undo) return status === 'undoing'
    return status === 'sent' && !this.isTurned
  }

  #advance(input: TokenInput): SagaAdvance {
    if (input.kind !== 'cancel') return this.#take({ ...input, atMs: this.atMs })
    // What is cancelled already, or past its deadline, has turned back: one reason is enough.
    if (!this.isRevocable) return { state: this.state, effects: [] }
    return interveneSaga(this.saga, this.state, input.intervention)
  }

  #take(input: SagaInput & { readonly atMs: number }): SagaAdvance {
    // On one of several ways nobody knows how far the others are.
    if (this.forks.length > 0) return advanceSaga(this.saga, this.state, input)
    const { plan, advance } = takeByPlan(this.#newest, this.state, input)
    this.saga = plan
    return advance
  }

  /** Whether nobody waits for its answer: it has come already. */
  #isSettled({ step, undo }: TokenSend): boolean {
    const status = this.state.steps[step]?.status
    return undo || (status !== 'sent' && status !== 'abandoned')
  }
}

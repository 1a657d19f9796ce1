// One stay of a token at a service: what is known, what happened here, and what is to be sent. The plan is walked by
// the same interpreter that a coordinator uses; only where its state lives is different.
import type { Saga } from '../../language/saga.ts'
import { advanceSaga } from '../advance-saga.ts'
import { stepNode } from '../saga-nodes.ts'
import { isOpen, type SagaAdvance, type SagaInput, type SagaState } from '../saga-state.ts'
import type { SagaToken, TokenFork, TokenSend } from './token.ts'

/** The answer to a command that was never carried out, as the saga had turned back before. */
const neverDone = { ok: false, rejected: 'Abandoned', data: null } as const

export class TokenWalk {
  readonly saga: Saga
  readonly atMs: number
  state: SagaState
  forks: readonly TokenFork[]
  /** What has to be carried out; by whom is not yet looked at. */
  sends: TokenSend[] = []
  /** What has turned the saga back on one of several ways: the collector takes it when all have come. */
  pending: SagaInput[] = []

  constructor(saga: Saga, token: Pick<SagaToken, 'state' | 'forks'>, atMs: number) {
    this.saga = saga
    this.atMs = atMs
    this.state = token.state
    this.forks = token.forks
  }

  get isTurned(): boolean {
    return this.pending.length > 0
  }

  /** Takes what happened. On one of several ways nothing turns back before all have come together. */
  take(input: SagaInput): void {
    const next = advanceSaga(this.saga, this.state, { ...input, atMs: this.atMs })
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
      if (effect.kind !== 'send') continue
      const { step, undo, command } = effect
      this.sends.push({ step, undo, command })
    }
  }

  /** Notes what has happened on this way, for those who collect it. */
  note(inputs: readonly SagaInput[]): void {
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
    this.take({ kind: 'reply', step, undo: false, outcome: neverDone })
  }

  /** A step may not be taken any more: the saga turns back as at its deadline. */
  stop(step: string): void {
    const node = stepNode(this.saga, step)
    if (node?.node === 'step' && node.pivot) {
      const outcome = { ok: false, rejected: 'DeadlineExceeded', data: null } as const
      return this.take({ kind: 'reply', step, undo: false, outcome })
    }
    this.take({ kind: 'deadline', step: '' })
    this.refuse(step)
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

  /** Forgets steps that were never sent: who takes the saga up again sends them. */
  forgetUnsent(sends: readonly TokenSend[]): void {
    const unsent = new Set(sends.map(({ step }) => step))
    const steps = Object.entries(this.state.steps).filter(([step]) => !unsent.has(step))
    this.state = { ...this.state, steps: Object.fromEntries(steps) }
  }

  /** Whether a command is still to be carried out. */
  isWanted({ step, undo }: TokenSend): boolean {
    const status = this.state.steps[step]?.status
    if (undo) return status === 'undoing'
    return status === 'sent' && !this.isTurned
  }

  /** Whether nobody waits for its answer: it has come already. */
  #isSettled({ step, undo }: TokenSend): boolean {
    const status = this.state.steps[step]?.status
    return undo || (status !== 'sent' && status !== 'abandoned')
  }
}

import assert from 'node:assert/strict'
import { definitionError } from '../../language/errors.ts'
import type { Command, Outcome } from '../../language/message.ts'
import type { Saga } from '../../language/saga/saga-plan.ts'
import { checkSchema } from '../../language/schema.ts'
import { startSaga } from '../../sagas/advance-saga.ts'
import {
  isSettled,
  type SagaAdvance,
  type SagaInput,
  type SagaState,
  type SagaStatus,
} from '../../sagas/saga-state.ts'
import { takeByPlan } from '../../sagas/versions/move-instance.ts'
import { planOf } from '../../sagas/versions/plan-of.ts'
import { commandFacts } from './given-policy.ts'
import { asStored, givenAtMs } from './recorded.ts'

/** An instance of a saga, as far as it has come. */
export interface GivenSaga {
  /** Compares the commands sent since the last comparison, in their order. */
  thenCommands(commands: readonly Command[]): GivenSaga
  /**
   * Answers the command of a step: `payment`, or `stock/0` for the first item of an `each`; `otherwise` is the notice
   * of a failure. An answer that nobody waits for any more may come all the same: it changes nothing.
   *
   * @throws `LANGUAGE_DEFINITION_INVALID` when the command was never sent; `SAGA_MAPPING_REFUSED` when the instance moves
   *   with this answer, and the mapping is wrong.
   */
  reply(step: string, outcome: Outcome): GivenSaga
  /** Answers the undo of a step; accepted without an outcome. */
  undone(step: string, outcome?: Outcome): GivenSaga
  /**
   * Goes on in a system whose plan is this one. It replaces the plan that the instance began by: that goes on to its end,
   * or moves with its mapping at the next answer that leaves nothing on its way.
   *
   * @throws `SAGA_VERSION_UNKNOWN` when it does not replace that plan.
   */
  upgrade(saga: Saga): GivenSaga
  /** Compares the version of the plan that the instance goes by. */
  thenVersion(version: number): GivenSaga
  /** Lets the deadline of a step pass, or that of the whole saga. */
  deadline(step?: string): GivenSaga
  /** Compares how far the saga is: `running`, `compensating`, or how it ended. */
  thenStatus(status: SagaStatus): GivenSaga
  /** Compares how the saga ended, and that it waits for nothing any more. */
  thenEnded(status: Extract<SagaStatus, 'completed' | 'compensated' | 'parked'>): GivenSaga
}

/** The answer of a service that accepted a command. */
export function accepted(output?: unknown): Outcome {
  return { ok: true, output }
}

/** The answer of a service that rejected a command. */
export function rejected(name: string, data: unknown = {}): Outcome {
  return { ok: false, rejected: name, data }
}

/**
 * Begins the specification of a saga that was started with this input.
 *
 * @throws `LANGUAGE_DEFINITION_INVALID` when the input does not fit.
 */
export function givenSaga(saga: Saga, input: unknown): GivenSaga {
  return new Instance(saga, checkedInput(saga, input))
}

interface Sent {
  readonly step: string
  readonly undo: boolean
  readonly command: Command
}

class Instance implements GivenSaga {
  #saga: Saga
  readonly #sent: Sent[] = []
  #state: SagaState
  #compared = 0

  constructor(saga: Saga, input: unknown) {
    this.#saga = saga
    const start = { key: saga.key(input), input, atMs: givenAtMs }
    this.#state = this.#take(startSaga(saga, start))
  }

  thenCommands(commands: readonly Command[]): this {
    const fresh = this.#sent.slice(this.#compared).map(({ command }) => command)
    this.#compared = this.#sent.length
    assert.deepEqual(fresh.map(commandFacts), commands.map(commandFacts))
    return this
  }

  reply(step: string, outcome: Outcome): this {
    return this.#answer({ kind: 'reply', step, undo: false, outcome: stored(outcome) })
  }

  undone(step: string, outcome: Outcome = accepted()): this {
    return this.#answer({ kind: 'reply', step, undo: true, outcome: stored(outcome) })
  }

  deadline(step = ''): this {
    return this.#advance({ kind: 'deadline', step })
  }

  upgrade(saga: Saga): this {
    planOf(saga, this.#state)
    this.#saga = saga
    return this
  }

  thenVersion(version: number): this {
    assert.equal(this.#state.version, version)
    return this
  }

  thenStatus(status: SagaStatus): this {
    assert.equal(this.#state.status, status)
    return this
  }

  thenEnded(status: SagaStatus): this {
    this.thenStatus(status)
    assert.notEqual(this.#state.endedAtMs, undefined)
    return this
  }

  #answer(input: Extract<SagaInput, { kind: 'reply' }>): this {
    const { step, undo } = input
    if (this.#sent.some((each) => each.step === step && each.undo === undo)) {
      return this.#advance(input)
    }
    throw definitionError(
      `Saga "${this.#saga.name}" has not sent the ${undo ? 'undo of ' : ''}step "${step}", so nobody can answer it.`,
    )
  }

  #advance(input: SagaInput): this {
    // What has ended learns nothing more: the coordinator keeps it as it is.
    if (isSettled(this.#state)) return this
    this.#state = this.#take(
      takeByPlan(this.#saga, this.#state, { ...input, atMs: givenAtMs }).advance,
    )
    return this
  }

  /** Remembers what was sent. The state goes through JSON, as between two messages. */
  #take({ state, effects }: SagaAdvance): SagaState {
    for (const effect of effects) if (effect.kind === 'send') this.#sent.push(effect)
    // Why the cast: it was a state before it went through JSON.
    return asStored(state) as SagaState
  }
}

function stored(outcome: Outcome): Outcome {
  // Why the cast: it was an outcome before it went through JSON.
  return asStored(outcome) as Outcome
}

function checkedInput(saga: Saga, input: unknown): unknown {
  const checked = checkSchema(saga.input, input)
  if (checked instanceof Promise)
    throw definitionError(`The input schema of saga "${saga.name}" is asynchronous.`)
  if (checked.ok) return checked.value
  const [issue] = checked.issues
  throw definitionError(
    `The input of saga "${saga.name}" does not fit: ${issue?.path ?? ''} ${issue?.message ?? ''}`,
  )
}

// The coordinator of orchestrated sagas: keeps the state of each instance as a document of its service, walks the
// plan, and sends commands. State, commands, deadlines and the cursor of the message that led to them are one commit.
import { assertThat, DureError } from '../language/errors.ts'
import type { Outcome } from '../language/message.ts'
import type { Saga } from '../language/saga/saga-plan.ts'
import type { View } from '../language/view.ts'
import { checkSchema } from '../language/schema.ts'
import type { EntryMeta } from '../log/store.port.ts'
import { commandEntry } from '../messaging/send.ts'
import type { DocumentChange, Draft } from '../runtime/draft.ts'
import { advanceSaga, startSaga } from './advance-saga.ts'
import { asStored } from './as-stored.ts'
import { interveneSaga } from './intervene-saga.ts'
import { cancelDeadline, setDeadline } from './saga-timers.ts'
import { takeByPlan } from './versions/move-instance.ts'
import { planOf } from './versions/plan-of.ts'
import { addressName, idName, parseStepName } from './step-name.ts'
import {
  isOpen,
  isSettled,
  type SagaAdvance,
  type SagaEffect,
  type SagaInput,
  type SagaIntervention,
  type SagaState,
} from './saga-state.ts'

/** Decides a command of the own service inside the draft; undefined when it cannot be decided at once. */
export type DecideLocally = (
  draft: Draft,
  command: {
    readonly type: string
    readonly data: unknown
    readonly id: string
    readonly meta: EntryMeta
    readonly saga: SagaAddress
  },
) => Outcome | undefined

export interface CoordinatorOptions {
  readonly service: string
  readonly sagas: readonly Saga[]
  /** Part of command ids: they never come again after the log was erased. */
  readonly incarnation: string
  readonly partitions: number
  readonly decideLocally: DecideLocally
}

/** The address of a saga's command. */
export interface SagaAddress {
  readonly name: string
  readonly key: string
  readonly step: string
  /** What a choreographed saga carries. */
  readonly mail?: string
}

export interface SagaBegin {
  readonly saga: string
  readonly input: unknown
  readonly meta: EntryMeta
}

export interface SagaReply {
  readonly address: SagaAddress
  readonly outcome: Outcome
  readonly meta: EntryMeta
}

/** What an operator does to an instance. */
export interface SagaIntervening {
  readonly saga: string
  readonly key: string
  /** Its time is that of the draft. */
  readonly intervention: DistributiveOmit<SagaIntervention, 'atMs'>
  readonly meta: EntryMeta
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

export interface Coordinator {
  /** Starts an instance; one that exists already goes on untouched. @throws `SAGA_UNKNOWN`. */
  start(draft: Draft, begin: SagaBegin): void
  /** @throws `SAGA_VERSION_UNKNOWN`, `SAGA_MAPPING_REFUSED`. */
  reply(draft: Draft, reply: SagaReply): void
  deadline(draft: Draft, address: SagaAddress): void
  /**
   * Does to an instance what an operator decided, and gives its state after that.
   *
   * @throws `SAGA_*` when there is no such instance, or it does not take this now.
   */
  intervene(draft: Draft, intervening: SagaIntervening): SagaState
}

/** The view that keeps the instances of a saga; open ones can be found by its index. */
export function sagaView(saga: string): View {
  return {
    kind: 'view',
    name: `saga:${saga}`,
    document: undefined as never,
    consistency: 'inline',
    version: 1,
    indexes: { status: (state: SagaState) => state.status, open: openIndex },
    handlers: {},
    events: [],
  }
}

function openIndex(state: SagaState): number | undefined {
  return isOpen(state) ? 1 : undefined
}

/** Creates the coordinator of the sagas that a service keeps. */
export function createCoordinator(options: CoordinatorOptions): Coordinator {
  return new SagaCoordinator(options)
}

/** One instance, while a draft carries it on. */
interface Instance {
  /** Its own plan: an earlier one than the newest for those that began by it. */
  readonly saga: Saga
  readonly view: View
  readonly change: DocumentChange
  readonly meta: EntryMeta
}

type Send = Extract<SagaEffect, { kind: 'send' }>

class SagaCoordinator implements Coordinator {
  readonly #options: CoordinatorOptions
  readonly #sagas: ReadonlyMap<string, { readonly saga: Saga; readonly view: View }>

  constructor(options: CoordinatorOptions) {
    this.#options = options
    this.#sagas = new Map(
      options.sagas.map((saga) => [saga.name, { saga, view: sagaView(saga.name) }] as const),
    )
  }

  start(draft: Draft, { saga: name, input, meta }: SagaBegin): void {
    const { saga, view } = this.#find(name)
    const checked = checkInput(saga, input)
    const key = keyOf(saga, checked)
    const change = documentOf(draft, view, key)
    if (change.value !== undefined) return
    const advance = startSaga(saga, { key, input: checked, atMs: draft.atMs })
    this.#carryOut(draft, { saga, view, change, meta }, advance)
  }

  reply(draft: Draft, { address, outcome, meta }: SagaReply): void {
    const { step, undo } = parseStepName(address.step)
    this.#take(draft, address, { input: { kind: 'reply', step, undo, outcome }, meta })
  }

  deadline(draft: Draft, address: SagaAddress): void {
    const meta = { correlation: `${address.name}/${address.key}` }
    this.#take(draft, address, { input: { kind: 'deadline', step: address.step }, meta })
  }

  intervene(draft: Draft, { saga: name, key, intervention, meta }: SagaIntervening): SagaState {
    const { saga, view } = this.#find(name)
    const change = documentOf(draft, view, key)
    // Why the cast: this view holds what this file writes.
    const state = change.value as SagaState | undefined
    if (!state) throw new DureError('SAGA_UNKNOWN', `Saga ${name} has no instance of key "${key}".`)
    const plan = planOf(saga, state)
    const advance = interveneSaga(plan, state, { ...intervention, atMs: draft.atMs })
    this.#carryOut(draft, { saga: plan, view, change, meta }, advance)
    // Why the cast: see above.
    return change.value as SagaState
  }

  #find(name: string): { readonly saga: Saga; readonly view: View } {
    const found = this.#sagas.get(name)
    if (found) return found
    throw new DureError(
      'SAGA_UNKNOWN',
      `Service "${this.#options.service}" coordinates no saga "${name}".`,
    )
  }

  #take(draft: Draft, address: SagaAddress, taken: { input: SagaInput; meta: EntryMeta }): void {
    const { saga, view } = this.#find(address.name)
    const change = documentOf(draft, view, address.key)
    // Why the cast: this view holds what this file writes.
    const state = change.value as SagaState | undefined
    if (!state || isSettled(state) || state.isPassedOn) return
    const { plan, advance } = takeByPlan(saga, state, { ...taken.input, atMs: draft.atMs })
    this.#carryOut(draft, { saga: plan, view, change, meta: taken.meta }, advance)
  }

  #carryOut(draft: Draft, instance: Instance, advance: SagaAdvance): void {
    const { saga, view, change } = instance
    let state = advance.state
    const effects = [...advance.effects]
    for (let effect = effects.shift(); effect; effect = effects.shift()) {
      const input = this.#carryOutEffect(draft, { ...instance, state, effect })
      if (!input) continue
      const next = advanceSaga(saga, state, { ...input, atMs: draft.atMs })
      state = next.state
      effects.push(...next.effects)
    }
    draft.write(change, state, view)
  }

  /** Gives what the saga learns at once: the answer to a command of the own service. */
  #carryOutEffect(
    draft: Draft,
    carried: Instance & { state: SagaState; effect: SagaEffect },
  ): SagaInput | undefined {
    const { effect, state } = carried
    if (effect.kind !== 'send') {
      this.#time(draft, state, effect)
      return undefined
    }
    const outcome = this.#send(draft, { ...carried, effect })
    return outcome && { kind: 'reply', step: effect.step, undo: effect.undo, outcome }
  }

  /** Sends a command; one to the own service is decided at once, in the same commit, and answered. */
  #send(draft: Draft, sent: Instance & { state: SagaState; effect: Send }): Outcome | undefined {
    const { state, effect } = sent
    const { service, incarnation, partitions, decideLocally } = this.#options
    const id = `${incarnation.slice(-12)}/${state.saga}/${state.key}/${idName(effect)}`
    const key = `${state.saga}/${state.key}`
    const meta: EntryMeta = { correlation: key, ...sent.meta }
    const { command } = effect
    const saga = { name: state.saga, key: state.key, step: addressName(effect) }
    if (command.service === service) {
      const { type, data } = command
      const local = { type, data, id, meta: { ...meta, command: id }, saga }
      const outcome = decideLocally(draft, local)
      if (outcome) return asStored(outcome)
    }
    draft.entries.push(
      commandEntry(command, { key, partitions, meta: { ...meta, id, saga }, atMs: draft.atMs }),
    )
    return undefined
  }

  #time(draft: Draft, state: SagaState, effect: Exclude<SagaEffect, Send>): void {
    const address: SagaAddress = { name: state.saga, key: state.key, step: effect.step }
    if (effect.kind === 'setTimer') setDeadline(draft, address, effect.afterMs)
    else cancelDeadline(draft, address)
  }
}

/** The document of an instance. */
export function documentOf(draft: Draft, view: View, key: string): DocumentChange {
  const [change] = draft.documents(view.name, [key], view)
  assertThat(change !== undefined, `A draft gave no document for saga ${key}.`)
  return change
}

/** The key of an instance. @throws `COMMAND_INPUT_INVALID` when the saga gives none for this input. */
export function keyOf(saga: Saga, input: unknown): string {
  const key: unknown = saga.key(input)
  if (typeof key === 'string') return key
  throw new DureError(
    'COMMAND_INPUT_INVALID',
    `The key of saga "${saga.name}" is not a text but ${key === undefined ? 'undefined' : typeof key} for this input. Let its key function give a text for every input.`,
  )
}

/** Checks the input of a saga. @throws `COMMAND_INPUT_INVALID`. */
export function checkInput(saga: Saga, input: unknown): unknown {
  const checked = checkSchema(saga.input, input)
  if (checked instanceof Promise) {
    throw new DureError(
      'LANGUAGE_DEFINITION_INVALID',
      `The input schema of saga "${saga.name}" is asynchronous. Use one that answers at once.`,
    )
  }
  if (checked.ok) return asStored(checked.value)
  const [issue] = checked.issues
  throw new DureError(
    'COMMAND_INPUT_INVALID',
    `The input of saga "${saga.name}" does not fit: ${issue?.path ?? ''} ${issue?.message ?? ''}`,
  )
}

// The coordinator of orchestrated sagas: keeps the state of each instance as a document of its service, walks the
// plan, and sends commands. State, commands, deadlines and the cursor of the message that led to them are one commit.
import { DureError } from '../language/errors.ts'
import type { Outcome } from '../language/message.ts'
import type { Saga } from '../language/saga.ts'
import type { View } from '../language/view.ts'
import { checkSchema } from '../language/schema.ts'
import type { EntryMeta } from '../log/store.port.ts'
import { commandEntry } from '../messaging/send.ts'
import type { DocumentChange, Draft } from '../runtime/draft.ts'
import { advanceSaga, startSaga } from './advance-saga.ts'
import {
  isOpen,
  type SagaAdvance,
  type SagaEffect,
  type SagaInput,
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
  },
) => Outcome | undefined

export interface CoordinatorOptions {
  readonly service: string
  readonly sagas: readonly Saga[]
  /** Part of command ids: they never come again after the log was erased. */
  readonly incarnation: string
  readonly partitions: number
  readonly nowMs: () => number
  readonly decideLocally: DecideLocally
}

/** The address of a saga's command. */
export interface SagaAddress {
  readonly name: string
  readonly key: string
  readonly step: string
}

export interface Coordinator {
  /** Starts an instance; one that exists already goes on untouched. @throws `SAGA_UNKNOWN`. */
  start(
    draft: Draft,
    start: { readonly saga: string; readonly input: unknown; readonly meta: EntryMeta },
  ): void
  reply(draft: Draft, address: SagaAddress, outcome: Outcome, meta: EntryMeta): void
  deadline(draft: Draft, address: SagaAddress): void
  /** Instances that have not ended. */
  open: number
}

const undoMark = 'undo:'

/** The view that keeps the instances of a saga; open ones can be found by its index. */
export function sagaView(saga: string): View {
  return {
    kind: 'view',
    name: `saga:${saga}`,
    document: undefined as never,
    consistency: 'inline',
    version: 1,
    indexes: { status: ((state: SagaState) => state.status) as never, open: openIndex as never },
    handlers: {},
    events: [],
  }
}

function openIndex(state: SagaState): number | undefined {
  return isOpen(state) ? 1 : undefined
}

/** Creates the coordinator of the sagas that a service keeps. */
export function createCoordinator(options: CoordinatorOptions): Coordinator {
  const sagas = new Map(
    options.sagas.map((saga) => [saga.name, { saga, view: sagaView(saga.name) }] as const),
  )

  function find(name: string): { readonly saga: Saga; readonly view: View } {
    const found = sagas.get(name)
    if (found) return found
    throw new DureError(
      'SAGA_UNKNOWN',
      `Service "${options.service}" coordinates no saga "${name}".`,
    )
  }

  function instance(draft: Draft, view: View, key: string): DocumentChange {
    const [change] = draft.documents(view.name, [key], view)
    if (change) return change
    throw new DureError('INTERNAL_DEFECT', `A draft gave no document for saga ${key}.`)
  }

  const coordinator: Coordinator = {
    open: 0,
    start(draft, { saga: name, input, meta }) {
      const { saga, view } = find(name)
      const checked = checkInput(saga, input)
      const key = saga.key(checked)
      const change = instance(draft, view, key)
      if (change.value !== undefined) return
      const advance = startSaga(saga, { key, input: checked, atMs: options.nowMs() })
      carryOut(draft, { saga, view, change, meta }, advance)
    },
    reply(draft, address, outcome, meta) {
      const undo = address.step.startsWith(undoMark)
      const step = undo ? address.step.slice(undoMark.length) : address.step
      take(draft, address, { kind: 'reply', step, undo, outcome }, meta)
    },
    deadline(draft, address) {
      take(draft, address, { kind: 'deadline', step: address.step }, { correlation: address.key })
    },
  }

  // biome-ignore format: the signature reads better on one line
  function take(draft: Draft, address: SagaAddress, input: SagaInput, meta: EntryMeta): void {
    const { saga, view } = find(address.name)
    const change = instance(draft, view, address.key)
    // Why the cast: this view holds what this file writes.
    const state = change.value as SagaState | undefined
    if (!state || !isOpen(state)) return
    carryOut(draft, { saga, view, change, meta }, advanceSaga(saga, state, input, options.nowMs()))
  }

  interface Instance {
    readonly saga: Saga
    readonly view: View
    readonly change: DocumentChange
    readonly meta: EntryMeta
  }

  function carryOut(draft: Draft, instance: Instance, advance: SagaAdvance): void {
    const { saga, view, change } = instance
    const before = change.value as SagaState | undefined
    let state = advance.state
    const effects = [...advance.effects]
    for (let effect = effects.shift(); effect; effect = effects.shift()) {
      if (effect.kind !== 'send') {
        time(draft, state, effect)
        continue
      }
      const outcome = send(draft, instance, state, effect)
      if (!outcome) continue
      const { step, undo } = effect
      const next = advanceSaga(saga, state, { kind: 'reply', step, undo, outcome }, options.nowMs())
      state = next.state
      effects.push(...next.effects)
    }
    draft.write(change, state, view)
    const delta = Number(isOpen(state)) - Number(before !== undefined && isOpen(before))
    if (delta !== 0) draft.afterCommit.push(() => void (coordinator.open += delta))
  }

  type Send = Extract<SagaEffect, { kind: 'send' }>

  /** Sends a command; one to the own service is decided at once, in the same commit, and answered. */
  // biome-ignore format: the signature reads better on one line
  function send(draft: Draft, instance: Instance, state: SagaState, effect: Send): Outcome | undefined {
    const step = effect.undo ? `${undoMark}${effect.step}` : effect.step
    const id = `${options.incarnation.slice(-12)}/${state.saga}/${state.key}/${step}`
    const { command } = effect
    const key = `${state.saga}/${state.key}`
    const meta: EntryMeta = { correlation: key, ...instance.meta }
    if (command.service === options.service) {
      const local = { type: command.type, data: command.data, id, meta: { ...meta, command: id } }
      const outcome = options.decideLocally(draft, local)
      if (outcome) return outcome
    }
    const saga = { name: state.saga, key: state.key, step }
    const { partitions } = options
    const sent = { key, partitions, meta: { ...meta, id, saga }, atMs: options.nowMs() }
    draft.entries.push(commandEntry(command, sent))
    return undefined
  }

  function time(draft: Draft, state: SagaState, effect: Exclude<SagaEffect, Send>): void {
    const address: SagaAddress = { name: state.saga, key: state.key, step: effect.step }
    const id = `saga/${address.name}/${address.key}/${address.step}`
    if (effect.kind === 'cancelTimer') {
      draft.cancelTimers.push(id)
      return
    }
    const atMs = options.nowMs() + effect.afterMs
    draft.setTimers.push({ id, atMs, data: JSON.stringify({ kind: 'saga', address }) })
  }

  return coordinator
}

function checkInput(saga: Saga, input: unknown): unknown {
  const checked = checkSchema(saga.input, input)
  if (checked instanceof Promise) {
    throw new DureError(
      'LANGUAGE_DEFINITION_INVALID',
      `The input schema of saga "${saga.name}" is asynchronous. Use one that answers at once.`,
    )
  }
  if (checked.ok) return checked.value
  const [issue] = checked.issues
  throw new DureError(
    'COMMAND_INPUT_INVALID',
    `The input of saga "${saga.name}" does not fit: ${issue?.path ?? ''} ${issue?.message ?? ''}`,
  )
}

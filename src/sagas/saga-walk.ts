// Walks the plan of a saga forward and back: what is ready is sent, what was done is undone. Pure.
import type {
  ChoiceNode,
  EachNode,
  Saga,
  SagaFailure,
  SagaNode,
} from '../language/saga/saga-plan.ts'
import { asStored } from './as-stored.ts'
import { type CommandNode, nodesByName, stepNode } from './saga-nodes.ts'
import { retryName } from './step-name.ts'
import type { SagaAdvance, SagaEffect, SagaState, StepState } from './saga-state.ts'

/** Items that an `each` takes when it names no `max`. */
export const eachItemsMax = 1_000

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** One advance in the making. */
export interface Walk {
  readonly saga: Saga
  readonly state: Mutable<SagaState> & {
    results: Record<string, unknown>
    steps: Record<string, StepState>
    order: string[]
  }
  readonly effects: SagaEffect[]
}

/** The name under which the last command of a failed saga is kept. */
export const noticeStep = 'otherwise'

/** Begins an advance on a copy of the state. */
export function openWalk(saga: Saga, state: SagaState): Walk {
  const copy = {
    ...state,
    results: { ...state.results },
    steps: { ...state.steps },
    order: [...state.order],
  }
  return { saga, state: copy, effects: [] }
}

/** Ends an advance: an instance that has ended keeps only what tells how. */
export function closeWalk(walk: Walk, atMs: number): SagaAdvance {
  const { state, effects, saga } = walk
  const ended = state.status !== 'running' && state.status !== 'compensating'
  if (!ended || state.endedAtMs !== undefined) return { state, effects }
  state.endedAtMs = atMs
  if (saga.deadlineMs !== undefined) effects.push({ kind: 'cancelTimer', step: '' })
  // An ended instance keeps what tells how it ended; a parked one keeps all, for whoever has to settle it.
  if (state.status !== 'parked')
    Object.assign(state, { input: null, results: {}, steps: {}, order: [] })
  return { state, effects }
}

/** Whether the pivot is on its way: it may have happened, and only its answer tells. */
export function isPivotSent({ saga, state }: Walk): boolean {
  for (const node of nodesByName(saga).values()) {
    if (node.node === 'step' && node.pivot && state.steps[node.name]?.status === 'sent') return true
  }
  return false
}

/** Goes forward: sends every command that is ready. */
export function goOn(walk: Walk): void {
  const { state, saga } = walk
  if (state.status !== 'running') return
  const finished = walkNodes(walk, saga.nodes)
  if (finished && state.status === 'running') state.status = 'completed'
}

/** Walks a sequence up to the first node that is not finished; starts that one. True when all are finished. */
function walkNodes(walk: Walk, nodes: readonly SagaNode[]): boolean {
  for (const node of nodes) {
    if (walk.state.status !== 'running' || !walkNode(walk, node)) return false
  }
  return true
}

function walkNode(walk: Walk, node: SagaNode): boolean {
  switch (node.node) {
    case 'step':
      return walkStep(walk, node)
    case 'each':
      return walkEach(walk, node)
    case 'parallel':
      return node.branches.map(({ nodes }) => walkNodes(walk, nodes)).every(Boolean)
    case 'choice':
      return walkChoice(walk, node)
    case 'ensure':
      return walkEnsure(walk, node)
  }
}

function walkStep(walk: Walk, node: Extract<SagaNode, { node: 'step' }>): boolean {
  const known = walk.state.steps[node.name]
  if (known) return known.status === 'done'
  send(walk, node, { step: node.name })
  return false
}

function walkEach(walk: Walk, node: Extract<SagaNode, { node: 'each' }>): boolean {
  const { state } = walk
  if (node.name in state.results) return true
  const items = node.of(contextOf(state))
  const max = node.max ?? eachItemsMax
  if (items.length > max) {
    turnBack(walk, {
      step: node.name,
      rejected: 'TooManyItems',
      data: { items: items.length, max },
    })
    return false
  }
  for (const index of readyItems(state, node, items)) {
    const step = `${node.name}/${index}`
    if (!state.steps[step]) send(walk, node, { step, item: items[index] })
  }
  const steps = items.map((_item, index) => state.steps[`${node.name}/${index}`])
  if (!steps.every(isAnswered)) return false
  state.results[node.name] = steps.map((step) => eachResult(node.rejection, step))
  return true
}

function isAnswered(step: StepState | undefined): boolean {
  return step?.status === 'done' || step?.status === 'rejected'
}

/** The items that may be sent: all of them, or in their order the first whose answer is not there. */
function readyItems(
  { steps }: Pick<SagaState, 'steps'>,
  { name, inOrderOf }: EachNode,
  items: readonly unknown[],
): readonly number[] {
  const places = [...items.keys()]
  if (!inOrderOf) return places
  const texts = items.map(inOrderOf)
  // Texts are compared as they are: in one order wherever it is sorted.
  const before = (one: number, other: number): number =>
    compareTexts(texts[one] ?? '', texts[other] ?? '') || one - other
  const next = places.toSorted(before).find((place) => !isAnswered(steps[`${name}/${place}`]))
  return next === undefined ? [] : [next]
}

function compareTexts(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

function eachResult(rejection: 'fail' | 'collect', step: StepState | undefined): unknown {
  if (rejection === 'fail') return step?.result
  if (step?.status === 'done') return { item: step.item, ok: true, output: step.result }
  return { item: step?.item, ok: false, rejected: step?.rejected, data: step?.data }
}

/** Chooses once; the way that was chosen is a result like others. */
function walkChoice(walk: Walk, node: ChoiceNode): boolean {
  const { state } = walk
  const name = (state.results[node.name] ??= node.of(contextOf(state)))
  const way = node.branches.find((each) => each.name === name)
  if (way) return walkNodes(walk, way.nodes)
  turnBack(walk, { step: node.name, rejected: 'UnknownWay', data: { way: name } })
  return false
}

function walkEnsure(walk: Walk, node: Extract<SagaNode, { node: 'ensure' }>): boolean {
  if (walk.state.pivotPassed || node.test(contextOf(walk.state))) return true
  turnBack(walk, { step: node.name, rejected: 'NotEnsured', data: null })
  return false
}

/** Parks it, or leaves it parked: the first refusal is the one that is told. */
export function park({ state }: Walk, refusal: SagaFailure): void {
  state.status = 'parked'
  state.refusal ??= refusal
}

/** What is sent: the command of a step, with the item where there are several. */
interface Sending {
  readonly step: string
  readonly item?: unknown
}

function send(walk: Walk, node: CommandNode, sent: Sending): void {
  const { step } = sent
  const item = 'item' in sent ? { item: asStored(sent.item) } : {}
  walk.state.steps[step] = { status: 'sent', ...item }
  sendCommand(walk, node, { step, ...item })
}

/** Sends the command of a step that is known to be sent. */
export function sendCommand(
  walk: Walk,
  node: CommandNode,
  sent: Sending & { readonly attempt?: number },
): void {
  const { state, effects } = walk
  const { step, attempt, ...item } = sent
  const command = node.run({ ...contextOf(state), ...item })
  const again = attempt === undefined ? {} : { attempt }
  effects.push({ kind: 'send', step, undo: false, command, ...again })
  if (node.deadlineMs !== undefined && !state.pivotPassed) {
    effects.push({ kind: 'setTimer', step, afterMs: node.deadlineMs })
  }
}

/** Turns back because of a failure; after the pivot there is no way back, and it is parked. */
export function turnBack(walk: Walk, failure: SagaFailure): void {
  const { state } = walk
  if (state.pivotPassed) return park(walk, failure)
  state.failure = failure
  state.status = 'compensating'
  for (const [step, known] of Object.entries(state.steps)) {
    if (known.status === 'sent') state.steps[step] = { ...known, status: 'abandoned' }
    if (known.status === 'waiting') giveUp(walk, step, known)
  }
  goBack(walk)
}

/** A step that would have been sent again stays rejected. */
function giveUp({ state, effects }: Walk, step: string, known: StepState): void {
  state.steps[step] = { ...known, status: 'rejected' }
  effects.push({ kind: 'cancelTimer', step: retryName(step) })
}

/** Goes back: undoes what was done, from the end; the items of one `each` together. */
export function goBack(walk: Walk): void {
  const { state } = walk
  if (state.status !== 'compensating') return
  const statuses = Object.values(state.steps).map(({ status }) => status)
  if (statuses.includes('undoing')) return
  const last = state.order.findLast((step) => state.steps[step]?.status === 'done')
  if (last !== undefined) return undoGroup(walk, last)
  if (statuses.includes('abandoned')) return
  endCompensated(walk)
}

function undoGroup(walk: Walk, last: string): void {
  const { state, saga } = walk
  const node = stepNode(saga, last)
  const group =
    node?.node === 'each'
      ? state.order.filter(
          (step) => stepNode(saga, step) === node && state.steps[step]?.status === 'done',
        )
      : [last]
  for (const step of group) undoStep(walk, step)
  goBack(walk)
}

function undoStep(walk: Walk, step: string): void {
  const { state, saga, effects } = walk
  const node = stepNode(saga, step)
  const known = state.steps[step]
  if (!known || !node) return
  if (!node.undo) {
    state.steps[step] = { ...known, status: 'undone' }
    return
  }
  const item = node.node === 'each' ? { item: known.item } : {}
  const command = node.undo({ ...contextOf(state), ...item, result: known.result })
  state.steps[step] = { ...known, status: 'undoing' }
  const { attempt } = known
  const again = attempt === undefined ? {} : { attempt }
  effects.push({ kind: 'send', step, undo: true, command, ...again })
}

function endCompensated(walk: Walk): void {
  const { state, saga, effects } = walk
  if (!saga.notice || !state.failure) {
    state.status = 'compensated'
    return
  }
  if (state.steps[noticeStep]) return
  const command = saga.notice({ input: state.input, failure: state.failure })
  state.steps[noticeStep] = { status: 'sent' }
  effects.push({ kind: 'send', step: noticeStep, undo: false, command })
}

/** What the code of a step sees. */
export function contextOf(state: SagaState): Record<string, unknown> {
  const context: Record<string, unknown> = { input: state.input }
  for (const [name, result] of Object.entries(state.results)) {
    if (name.includes('.')) setAt(context, name.split('.'), result)
    else context[name] = result
  }
  return context
}

/** Results of a nested saga are found under its name. */
function setAt(context: Record<string, unknown>, path: readonly string[], result: unknown): void {
  const [first = '', ...rest] = path
  if (rest.length === 0) {
    context[first] = result
    return
  }
  // Why the cast: only this function writes under the name of a nested saga.
  const inner = (context[first] ?? {}) as Record<string, unknown>
  context[first] = inner
  setAt(inner, rest, result)
}

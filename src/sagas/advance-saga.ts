// The plan of a saga, interpreted: (definition, state, what happened) -> (state, what to do next). Pure, so that the
// coordinator, tests, pictures and every other engine walk the same plan.
//
//   running --failure before the pivot--> compensating --all undone--> compensated
//   running --last step done--> completed        anything that may not be --> parked
import type { Outcome } from '../language/message.ts'
import type { Saga, SagaFailure, SagaNode } from '../language/saga.ts'
import { nodesByName, stepNode } from './saga-nodes.ts'
import type { SagaAdvance, SagaEffect, SagaInput, SagaState, StepState } from './saga-state.ts'

/** Items that an `each` takes when it names no `max`. */
export const eachItemsMax = 1_000

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** One advance in the making. */
interface Walk {
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

/** Starts an instance. */
export function startSaga(
  saga: Saga,
  start: { readonly key: string; readonly input: unknown; readonly atMs: number },
): SagaAdvance {
  const walk = openWalk(saga, {
    saga: saga.name,
    version: saga.version,
    key: start.key,
    status: 'running',
    startedAtMs: start.atMs,
    input: start.input,
    results: {},
    steps: {},
    order: [],
    pivotPassed: false,
  })
  if (saga.deadlineMs !== undefined) {
    walk.effects.push({ kind: 'setTimer', step: '', afterMs: saga.deadlineMs })
  }
  goOn(walk)
  return close(walk, start.atMs)
}

/** Takes what happened. Whatever is repeated, late or unknown changes nothing that is settled. */
export function advanceSaga(
  saga: Saga,
  state: SagaState,
  input: SagaInput & { readonly atMs: number },
): SagaAdvance {
  const walk = openWalk(saga, state)
  if (input.kind === 'deadline') takeDeadline(walk, input.step)
  else if (input.undo) takeUndone(walk, input.step, input.outcome)
  else takeReply(walk, input.step, input.outcome)
  return close(walk, input.atMs)
}

function openWalk(saga: Saga, state: SagaState): Walk {
  const copy = {
    ...state,
    results: { ...state.results },
    steps: { ...state.steps },
    order: [...state.order],
  }
  return { saga, state: copy, effects: [] }
}

function close(walk: Walk, atMs: number): SagaAdvance {
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

/** An answer that is awaited, with what it belongs to. */
interface Answer {
  readonly step: string
  readonly node: CommandNode
  readonly known: StepState
  readonly outcome: Outcome
}

function takeReply(walk: Walk, step: string, outcome: Outcome): void {
  const { state, saga } = walk
  const known = state.steps[step]
  if (step === noticeStep) return takeNoticed(walk, known, outcome)
  const node = stepNode(saga, step)
  if (!known || !node || !isAwaited(known)) return
  if (node.deadlineMs !== undefined) walk.effects.push({ kind: 'cancelTimer', step })
  const answer = { step, node, known, outcome }
  if (known.status === 'abandoned') takeLate(walk, answer)
  else if (outcome.ok) takeDone(walk, answer, outcome.output)
  else takeRejected(walk, answer, outcome)
}

function isAwaited({ status }: StepState): boolean {
  return status === 'sent' || status === 'abandoned'
}

function takeNoticed({ state }: Walk, known: StepState | undefined, outcome: Outcome): void {
  if (known?.status === 'sent') state.status = outcome.ok ? 'compensated' : 'parked'
}

function takeDone(walk: Walk, { step, node, known }: Answer, result: unknown): void {
  const { state, effects, saga } = walk
  state.steps[step] = { ...known, status: 'done', result }
  state.order.push(step)
  if (node.node === 'step') {
    state.results[node.name] = result
    if (node.pivot) state.pivotPassed = true
    if (node.pivot && saga.deadlineMs !== undefined) effects.push({ kind: 'cancelTimer', step: '' })
  }
  goOn(walk)
}

function takeRejected(
  walk: Walk,
  { step, node, known }: Answer,
  { rejected, data }: Rejected,
): void {
  walk.state.steps[step] = { ...known, status: 'rejected', rejected, data }
  if (node.node === 'each' && node.rejection === 'collect') return goOn(walk)
  turnBack(walk, { step, rejected, data })
}

type Rejected = Extract<Outcome, { ok: false }>

/** An answer after the saga turned back: a "done" is undone, a "no" needs nothing. */
function takeLate(walk: Walk, { step, known, outcome }: Answer): void {
  const { state } = walk
  if (outcome.ok) {
    state.steps[step] = { ...known, status: 'done', result: outcome.output }
    state.order.push(step)
  } else {
    state.steps[step] = { ...known, status: 'rejected', rejected: outcome.rejected }
  }
  goBack(walk)
}

function takeUndone(walk: Walk, step: string, outcome: Outcome): void {
  const { state } = walk
  const known = state.steps[step]
  if (known?.status !== 'undoing') return
  if (!outcome.ok) {
    state.status = 'parked'
    state.failure = { step, rejected: outcome.rejected, data: outcome.data }
    return
  }
  state.steps[step] = { ...known, status: 'undone' }
  goBack(walk)
}

function takeDeadline(walk: Walk, step: string): void {
  const { state } = walk
  // Trap: a pivot that was sent may have happened. Only its answer tells, so no deadline turns the saga back then.
  if (state.status !== 'running' || state.pivotPassed || isPivotSent(walk)) return
  if (step !== '' && state.steps[step]?.status !== 'sent') return
  turnBack(walk, {
    step: step === '' ? 'deadline' : step,
    rejected: 'DeadlineExceeded',
    data: null,
  })
}

function isPivotSent({ saga, state }: Walk): boolean {
  for (const node of nodesByName(saga).values()) {
    if (node.node === 'step' && node.pivot && state.steps[node.name]?.status === 'sent') return true
  }
  return false
}

/** Goes forward: sends every command that is ready. */
function goOn(walk: Walk): void {
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
  const ids = items.map((_item, index) => `${node.name}/${index}`)
  for (const [index, item] of items.entries()) {
    const id = `${node.name}/${index}`
    if (!state.steps[id]) send(walk, node, { step: id, item })
  }
  const steps = ids.map((id) => state.steps[id])
  if (!steps.every((step) => step?.status === 'done' || step?.status === 'rejected')) return false
  state.results[node.name] = steps.map((step) => eachResult(node.rejection, step))
  return true
}

function eachResult(rejection: 'fail' | 'collect', step: StepState | undefined): unknown {
  if (rejection === 'fail') return step?.result
  if (step?.status === 'done') return { item: step.item, ok: true, output: step.result }
  return { item: step?.item, ok: false, rejected: step?.rejected, data: step?.data }
}

function walkEnsure(walk: Walk, node: Extract<SagaNode, { node: 'ensure' }>): boolean {
  if (walk.state.pivotPassed || node.test(contextOf(walk.state))) return true
  turnBack(walk, { step: node.name, rejected: 'NotEnsured', data: null })
  return false
}

type CommandNode = Extract<SagaNode, { node: 'step' | 'each' }>

function send(walk: Walk, node: CommandNode, sent: { step: string; item?: unknown }): void {
  const { state, effects } = walk
  const { step, ...item } = sent
  const command = node.run({ ...contextOf(state), ...item })
  state.steps[step] = { status: 'sent', ...item }
  effects.push({ kind: 'send', step, undo: false, command })
  if (node.deadlineMs !== undefined && !state.pivotPassed) {
    effects.push({ kind: 'setTimer', step, afterMs: node.deadlineMs })
  }
}

function turnBack(walk: Walk, failure: SagaFailure): void {
  const { state } = walk
  state.failure = failure
  if (state.pivotPassed) {
    state.status = 'parked'
    return
  }
  state.status = 'compensating'
  for (const [step, known] of Object.entries(state.steps)) {
    if (known.status === 'sent') state.steps[step] = { ...known, status: 'abandoned' }
  }
  goBack(walk)
}

/** Goes back: undoes what was done, from the end; the items of one `each` together. */
function goBack(walk: Walk): void {
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
  effects.push({ kind: 'send', step, undo: true, command })
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

function contextOf(state: SagaState): Record<string, unknown> {
  return { ...state.results, input: state.input }
}

// A step that was rejected is sent again after a while, before its rejection counts.
import { retryWaitMsMax } from '../language/saga/make-nodes.ts'
import { type CommandNode, stepNode } from './saga-nodes.ts'
import type { StepState } from './saga-state.ts'
import { sendCommand, type Walk } from './saga-walk.ts'
import { retryName } from './step-name.ts'

interface Rejection {
  readonly step: string
  readonly node: CommandNode
  readonly known: StepState
  readonly rejected: string
}

/** Puts a rejected step off, where its plan wants that. False when the rejection counts. */
export function waitToRetry(walk: Walk, { step, node, known, rejected }: Rejection): boolean {
  const { state, effects } = walk
  const { retry } = node
  const { retries = 0, attempt = 0 } = known
  if (!retry || state.status !== 'running' || retries >= retry.times) return false
  if (retry.on && !retry.on.includes(rejected)) return false
  const next = { attempt: attempt + 1, retries: retries + 1, rejected }
  state.steps[step] = { ...known, status: 'waiting', ...next }
  // Why `||`: no wait stays none, however often it is multiplied, also by more than numbers can say.
  const wantedMs = Math.round(retry.afterMs * retry.factor ** retries) || 0
  const afterMs = Math.min(wantedMs, retryWaitMsMax)
  effects.push({ kind: 'setTimer', step: retryName(step), afterMs })
  return true
}

/** The time has come to send a step again. */
export function takeRetry(walk: Walk, step: string): void {
  const { state, saga } = walk
  const known = state.steps[step]
  const node = stepNode(saga, step)
  if (!node || known?.status !== 'waiting' || state.status !== 'running') return
  const { rejected: _rejected, ...kept } = known
  const { attempt } = known
  const item = node.node === 'each' ? { item: known.item } : {}
  state.steps[step] = { ...kept, status: 'sent' }
  sendCommand(walk, node, { step, ...item, ...(attempt !== undefined && { attempt }) })
}

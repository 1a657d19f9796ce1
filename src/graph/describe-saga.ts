import type { EachNode, Saga, SagaNode, StepNode, StepRetry } from '../language/saga/saga-plan.ts'
import type { Service } from '../language/service.ts'
import type { SystemSaga } from '../language/system.ts'
import { describeCode } from './describe-code.ts'
import { describeStepLocks } from './describe-locks.ts'
import { orderPath } from './instance-path.ts'
import {
  type EarlierPlanManifest,
  type SagaManifest,
  type SagaNodeManifest,
  type SagaPhase,
  type SagaPlanManifest,
  type SagaStepManifest,
  unknownTarget,
} from './manifest.ts'
import { moveFrom, plansOf } from '../language/saga/saga-versions.ts'
import { messageTypes, probeFunction } from '../language/probe.ts'

/** Gives a saga as plain data. */
export function describeSaga(
  { saga, by, kind }: SystemSaga,
  services: readonly Service[],
): SagaManifest {
  const [, ...earlier] = plansOf(saga)
  return {
    name: saga.name,
    style: kind,
    by,
    startsOn: saga.starts.map(({ event }) => event.type),
    ...describePlan(services, saga),
    ...(earlier.length > 0 && {
      earlier: earlier.map((plan) => describeEarlier(services, plan, saga)),
    }),
  }
}

function describePlan(services: readonly Service[], saga: Saga): SagaPlanManifest {
  return {
    version: saga.version,
    ...(saga.deadlineMs !== undefined && { deadlineMs: saga.deadlineMs }),
    nodes: describeNodes(services, saga.nodes, 'before'),
    ...(saga.notice && { notice: probeTarget(saga.notice as ContextFunction) }),
    code: describeCode(saga.nodes),
  }
}

function describeEarlier(
  services: readonly Service[],
  plan: Saga,
  newest: Saga,
): EarlierPlanManifest {
  const next = moveFrom(newest, plan.version)
  return { ...describePlan(services, plan), ...(next && { movesTo: next.to.version }) }
}

function describeNodes(
  services: readonly Service[],
  nodes: readonly SagaNode[],
  startPhase: SagaPhase,
): readonly SagaNodeManifest[] {
  let phase = startPhase
  return nodes.map((node) => {
    const isPivot = node.node === 'step' && node.pivot
    const described = describeNode(services, node, isPivot ? 'pivot' : phase)
    if (isPivot) phase = 'after'
    return described
  })
}

function describeNode(
  services: readonly Service[],
  node: SagaNode,
  phase: SagaPhase,
): SagaNodeManifest {
  switch (node.node) {
    case 'parallel':
    case 'choice': {
      const branches = node.branches.map(({ name, nodes }) => ({
        name,
        nodes: describeNodes(services, nodes, phase),
      }))
      return { node: node.node, name: node.name, branches }
    }
    case 'ensure':
      return { node: 'ensure', name: node.name, phase }
    default:
      return describeStep(services, node, phase)
  }
}

function describeStep(
  services: readonly Service[],
  node: StepNode | EachNode,
  phase: SagaPhase,
): SagaStepManifest {
  const command = probeTarget(node.run)
  return {
    node: node.node,
    name: node.name,
    phase,
    command,
    ...(node.undo && { undo: probeTarget(node.undo) }),
    ...(node.effect && { effect: node.effect }),
    ...(node.deadlineMs !== undefined && { deadlineMs: node.deadlineMs }),
    ...(node.node === 'each' && node.max !== undefined && { max: node.max }),
    ...(node.node === 'each' && { rejection: node.rejection, ...describeOrder(node) }),
    ...(node.retry && { retry: describeRetry(node.retry) }),
    ...describeStepLocks(services, node, command),
  }
}

function describeOrder({ inOrderOf }: EachNode): Pick<SagaStepManifest, 'inOrderOf'> {
  return inOrderOf ? { inOrderOf: orderPath(inOrderOf) ?? unknownTarget } : {}
}

function describeRetry({ on, ...retry }: StepRetry): NonNullable<SagaStepManifest['retry']> {
  return { ...retry, ...(on && { on }) }
}

type ContextFunction = (context: unknown) => unknown

/** The command of a step. A step that was seen to choose between commands is not told apart: `unknown`. */
function probeTarget(make: ContextFunction): string {
  const types = messageTypes('command', probeFunction({ source: make, run: make }))
  return types.length === 1 ? (types[0] ?? unknownTarget) : unknownTarget
}

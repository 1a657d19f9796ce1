import type { PlanStep } from '../../language/saga/plan-steps.ts'
import { eachItemsMax } from '../../sagas/saga-walk.ts'
import { type SagaStepManifest, serviceOf, unknownTarget } from '../manifest.ts'
import { compatible, impossible, needsMapping, type PlanChange } from './plan-change.ts'

/** A step of a plan, and where it stands in it. */
export interface Step {
  readonly name: string
  readonly manifest: SagaStepManifest
  readonly place: PlanStep
}

/** What is different about one step. */
export function compareStep(old: Step, next: Step | undefined): readonly PlanChange[] {
  const { name } = old
  if (!next) return [needsMapping(`Step "${name}" is gone, and may be done or on its way.`)]
  if (old.place.node !== next.place.node || old.place.collects !== next.place.collects)
    return [needsMapping(`Step "${name}" is of another kind, and answers something else.`)]
  const [before, now] = [old.manifest, next.manifest]
  return [
    ...compareCommand(before, now),
    ...compareUndo(before, now),
    ...compareLimits(before, now),
  ]
}

function compareCommand(before: SagaStepManifest, now: SagaStepManifest): readonly PlanChange[] {
  const { name, command: old } = before
  const { command } = now
  if (old === command || old === unknownTarget || command === unknownTarget) return []
  if (serviceOf(old) === serviceOf(command))
    return [
      needsMapping(
        `Step "${name}" sends ${command} in place of ${old}, which may be done or on its way.`,
      ),
    ]
  return [
    impossible(
      `Step "${name}" sends ${command} in place of ${old}: another service, while the answer of "${serviceOf(old)}" may be awaited.`,
    ),
  ]
}

function compareUndo(before: SagaStepManifest, now: SagaStepManifest): readonly PlanChange[] {
  const { name } = before
  if (before.undo === now.undo) return []
  if (now.undo !== undefined)
    return [compatible(`Step "${name}" is undone with ${now.undo} from now on.`)]
  if (now.phase !== 'before') return []
  return [needsMapping(`Step "${name}" has no undo any more, and may be done.`)]
}

function compareLimits(before: SagaStepManifest, now: SagaStepManifest): readonly PlanChange[] {
  const { name } = before
  const changes: PlanChange[] = []
  if (before.deadlineMs !== now.deadlineMs)
    changes.push(
      compatible(`Step "${name}" has another deadline; one that is on its way keeps its own.`),
    )
  if (JSON.stringify(before.retry) !== JSON.stringify(now.retry))
    changes.push(compatible(`Step "${name}" is retried in another way from now on.`))
  return [...changes, ...compareMaxima(before, now)]
}

function compareMaxima(before: SagaStepManifest, now: SagaStepManifest): readonly PlanChange[] {
  if (before.node !== 'each' || before.max === now.max) return []
  const [old, next] = [before.max ?? eachItemsMax, now.max ?? eachItemsMax]
  if (next >= old) return [compatible(`"${before.name}" takes up to ${next} items from now on.`)]
  return [
    needsMapping(
      `"${before.name}" takes up to ${next} items in place of ${old}: a longer list that is on its way would turn its instance back.`,
    ),
  ]
}

// Whether the instances of one plan can move to another at all, told from the two plans alone.
import { isBehind, type PlanStep } from './plan-steps.ts'

/** Says in a sentence why no mapping can take instances from one plan to the other; undefined when one can. */
export function whyNoMapping(
  old: readonly PlanStep[],
  next: readonly PlanStep[],
): string | undefined {
  return (
    whyPivot(old, next) ??
    old.map((step) => whyStep(step, next)).find((why) => why !== undefined) ??
    whyOrder(old, next)
  )
}

function whyPivot(old: readonly PlanStep[], next: readonly PlanStep[]): string | undefined {
  const before = old.find(({ phase }) => phase === 'pivot')
  const after = next.find(({ phase }) => phase === 'pivot')
  if (!before) return undefined
  if (!after)
    return `one that has passed its pivot "${before.name}" only goes forward, and the new plan has no pivot.`
  const crossed = old.find(
    ({ name, phase }) =>
      phase === 'after' && next.some((each) => each.name === name && each.phase !== 'after'),
  )
  return (
    crossed &&
    `the pivot moved from "${before.name}" to "${after.name}", behind or onto "${crossed.name}". One that has passed its pivot cannot come before it again.`
  )
}

function whyStep(step: PlanStep, next: readonly PlanStep[]): string | undefined {
  const { name } = step
  const own = next.find((each) => each.name === name)
  if (!own) {
    if (!step.hasUndo) return undefined
    return `step "${name}" may be done, and the new plan does not know how to undo it. Keep a step of this name with an undo.`
  }
  if (own.node !== step.node || own.collects !== step.collects)
    return `step "${name}" is of another kind in the new plan, and answers something else. Give the new one another name.`
  if (step.hasUndo && !own.hasUndo && own.phase !== 'pivot')
    return `step "${name}" may be done, and cannot be undone by the new plan. Keep its undo.`
  return undefined
}

/** What was done is undone from the end, so both plans have to agree on what that is. */
function whyOrder(old: readonly PlanStep[], next: readonly PlanStep[]): string | undefined {
  const undone = old.filter(({ hasUndo }) => hasUndo)
  const inNext = (name: string): PlanStep | undefined => next.find((each) => each.name === name)
  for (const first of undone) {
    for (const second of undone) {
      const [one, other] = [inNext(first.name), inNext(second.name)]
      if (one && other && isBehind(second, first) && isBehind(one, other))
        return `"${first.name}" comes before "${second.name}" in the old plan and behind it in the new one, so they would be undone in the wrong order. Keep their order.`
    }
  }
  return undefined
}

// What is different between two plans of one version, and what that means for an instance that has come anywhere in it.
// The question behind each rule: is every state that the old plan can be in one that the new plan can be in?
import { isBehind, type PlanStep, planSteps } from '../../language/saga/plan-steps.ts'
import { whyNoMapping } from '../../language/saga/why-no-mapping.ts'
import { type SagaPlanManifest, stepsOf } from '../manifest.ts'
import { compareBranchings } from './compare-branchings.ts'
import { compareStep, type Step } from './compare-steps.ts'
import { compatible, impossible, needsMapping, type PlanChange } from './plan-change.ts'

/** The changes of a plan, in the order of its steps. */
export function comparePlans(
  before: SagaPlanManifest,
  now: SagaPlanManifest,
): readonly PlanChange[] {
  const [old, next] = [stepsIn(before), stepsIn(now)]
  const changes = [
    ...comparePivots(old, next),
    ...old.flatMap((step) => compareStep(step, findStep(next, step.name))),
    ...compareOrder(old, next),
    ...compareNew(old, next),
    ...compareBranchings(before.nodes, now.nodes),
    ...compareWhole(before, now),
    ...compareCode(before, now),
  ]
  const why = whyNoMapping(old.map(placeOf), next.map(placeOf))
  const isMapping = changes.some(({ verdict }) => verdict === 'needs a mapping')
  return why !== undefined && isMapping
    ? [...changes, impossible(`No mapping can help: ${why}`)]
    : changes
}

function stepsIn({ nodes }: SagaPlanManifest): readonly Step[] {
  const places = planSteps(nodes)
  return stepsOf(nodes).map((manifest, index) => ({
    name: manifest.name,
    manifest,
    // Why never undefined: both lists are made of the same nodes, in their order.
    place: places[index] as PlanStep,
  }))
}

function placeOf({ place }: Step): PlanStep {
  return place
}

function findStep(steps: readonly Step[], name: string): Step | undefined {
  return steps.find((each) => each.name === name)
}

function comparePivots(old: readonly Step[], next: readonly Step[]): readonly PlanChange[] {
  const before = old.find(({ place }) => place.phase === 'pivot')?.name
  const now = next.find(({ place }) => place.phase === 'pivot')?.name
  if (before === now) return []
  if (before === undefined) {
    const isNew = now !== undefined && !findStep(old, now)
    return isNew ? [] : [needsMapping(`"${now}" is the pivot now, and may be done already.`)]
  }
  if (now === undefined) return [needsMapping(`The plan has lost its pivot "${before}".`)]
  return [needsMapping(`The pivot moved from "${before}" to "${now}".`)]
}

function compareOrder(old: readonly Step[], next: readonly Step[]): readonly PlanChange[] {
  const changes: PlanChange[] = []
  for (const [index, first] of old.entries()) {
    for (const second of old.slice(index + 1)) {
      const [one, other] = [findStep(next, first.name), findStep(next, second.name)]
      if (!one || !other || isSameOrder([first, second], [one, other])) continue
      const says = `"${first.name}" and "${second.name}" come in another order now, and one of them may be done.`
      changes.push(needsMapping(says))
    }
  }
  return changes
}

type Pair = readonly [Step, Step]

function isSameOrder(old: Pair, next: Pair): boolean {
  return orderOf(old) === orderOf(next)
}

function orderOf([{ place: one }, { place: other }]: Pair): 'ahead' | 'behind' | 'none' {
  if (isBehind(other, one)) return 'ahead'
  return isBehind(one, other) ? 'behind' : 'none'
}

function compareNew(old: readonly Step[], next: readonly Step[]): readonly PlanChange[] {
  const kept = next.filter(({ name }) => findStep(old, name))
  return next.flatMap((step) => (kept.includes(step) ? [] : placeNew(step, kept)))
}

/** A new step behind all others is one that instances come to; one before them would be done too late. */
function placeNew({ name, place }: Step, kept: readonly Step[]): readonly PlanChange[] {
  const passed = kept.find((each) => !isBehind(place, each.place))
  if (!passed) return [compatible(`Step "${name}" is new at the end: instances carry it out, too.`)]
  const where = isBehind(passed.place, place) ? 'before' : 'beside'
  return [needsMapping(`Step "${name}" is new ${where} "${passed.name}", which may be done.`)]
}

function compareWhole(before: SagaPlanManifest, now: SagaPlanManifest): readonly PlanChange[] {
  const changes: PlanChange[] = []
  if (before.deadlineMs !== now.deadlineMs)
    changes.push(
      compatible(
        `The deadline is ${timeOf(now.deadlineMs)} in place of ${timeOf(before.deadlineMs)}. Instances that have begun keep the one that they have.`,
      ),
    )
  if (before.notice !== now.notice)
    changes.push(
      compatible(
        `A failure is told with ${now.notice ?? 'no command'} in place of ${before.notice ?? 'none'}.`,
      ),
    )
  return changes
}

function timeOf(ms: number | undefined): string {
  return ms === undefined ? 'none' : `${ms} ms`
}

/** The text of the code says that something is different, and not what: nobody can tell that from outside. */
function compareCode(before: SagaPlanManifest, now: SagaPlanManifest): readonly PlanChange[] {
  const [old, next] = [before.code ?? {}, now.code ?? {}]
  return Object.keys(old)
    .filter((name) => next[name] !== undefined && next[name] !== old[name])
    .map((name) =>
      compatible(
        `The code of "${name}" has changed, and what it does cannot be seen from here. Look whether it suits what is done already.`,
      ),
    )
}

// The mapping that a user has to write, as far as the two plans tell it.
import { isBehind, type PlanStep, planSteps } from '../../language/saga/plan-steps.ts'
import { type Manifest, type SagaPlanManifest, stepsOf } from '../manifest.ts'
import { findCommand } from '../checks/operations.ts'

interface Plans {
  readonly old: SagaPlanManifest
  readonly next: SagaPlanManifest
  readonly now: Manifest
}

/** The name under which a plan is imported: `CheckoutV1`. */
export function planName(saga: string, version: number): string {
  const words = saga.split('-').map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
  return `${words.join('')}V${version}`
}

/** The call with the signature of the mapping. */
export function mappingToWrite(saga: string, { old, next, now }: Plans): string {
  const skipped = passedSteps(old, next)
  const results = [
    ...changedAnswers(old, next, now).map(
      (name) => `${keyOf(name)}: ${isDoneIn(name)} ? ... : undefined`,
    ),
    ...skipped.map(({ name, behind }) => `${keyOf(name)}: ${isDoneIn(behind)} ? ... : undefined`),
  ]
  const skips = skipped.map(({ name, behind }) => `...(${isDoneIn(behind)} ? ['${name}'] : [])`)
  return [
    `.replaces(${planName(saga, old.version)}, {`,
    '  map: ({ input, results, done }) => ({',
    '    input: { ...input },',
    ...(results.length > 0 ? [`    results: { ${results.join(', ')} },`] : []),
    ...(skips.length > 0 ? [`    skip: [${skips.join(', ')}],`] : []),
    '  }),',
    '})',
  ].join('\n')
}

function isDoneIn(step: string): string {
  return `done.includes('${step}')`
}

function keyOf(name: string): string {
  return /^[A-Za-z]\w*$/.test(name) ? name : `'${name}'`
}

/** Steps that send another command under their old name: what they have answered is something else. */
function changedAnswers(
  old: SagaPlanManifest,
  next: SagaPlanManifest,
  now: Manifest,
): readonly string[] {
  const before = new Map(stepsOf(old.nodes).map((step) => [step.name, step.command] as const))
  return stepsOf(next.nodes)
    .filter(({ name, command }) => before.has(name) && before.get(name) !== command)
    .filter(({ command }) => findCommand(now, command)?.hasOutput ?? true)
    .map(({ name }) => name)
}

interface Passed {
  readonly name: string
  /** A step of both plans behind it: when that is done, it is too late for this one. */
  readonly behind: string
}

function passedSteps(old: SagaPlanManifest, next: SagaPlanManifest): readonly Passed[] {
  const known = new Set(planSteps(old.nodes).map(({ name }) => name))
  const steps = planSteps(next.nodes)
  return steps.flatMap((step: PlanStep) => {
    if (known.has(step.name)) return []
    const behind = steps.find((each) => known.has(each.name) && isBehind(each, step))
    return behind ? [{ name: step.name, behind: behind.name }] : []
  })
}

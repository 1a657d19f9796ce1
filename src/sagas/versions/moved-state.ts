// The state that an instance has by the new plan: what it did stays done, with the answers that the mapping gives.
import { DureError } from '../../language/errors.ts'
import { isBehind, type PlanStep, planSteps } from '../../language/saga/plan-steps.ts'
import type { Saga } from '../../language/saga/saga-plan.ts'
import { checkSchema } from '../../language/schema.ts'
import type { SagaEffect, SagaState, StepState } from '../saga-state.ts'

/** What a mapping gave, and for which instance. */
export interface Mapped {
  readonly from: Saga
  readonly to: Saga
  readonly state: SagaState
  readonly mapped: unknown
}

interface Given {
  readonly input: unknown
  readonly results: Readonly<Record<string, unknown>>
  readonly skip: readonly string[]
}

/** The steps of both plans, and what of them counts as done. */
interface Sides {
  readonly old: readonly PlanStep[]
  readonly next: readonly PlanStep[]
  readonly given: Given
}

/** Whether a step has been done. */
export function isDone({ results, steps }: SagaState, { node, name }: PlanStep): boolean {
  return node === 'each' ? name in results : steps[name]?.status === 'done'
}

/** @throws `SAGA_MAPPING_REFUSED` when what the mapping gives does not fit what the instance has done. */
export function movedState(moving: Mapped): SagaState {
  const { from, to, state } = moving
  const sides = {
    old: planSteps(from.nodes),
    next: planSteps(to.nodes),
    given: givenBy(moving),
  }
  assertSkips(moving, sides)
  assertResults(moving, sides)
  const { results, steps } = answers(moving, sides)
  const known = new Set(sides.next.map(({ name }) => name))
  const pivot = sides.next.find(({ phase }) => phase === 'pivot')
  const moved = {
    ...state,
    version: to.version,
    input: checkedInput(moving, sides.given.input),
    results,
    steps,
    order: state.order.filter((step) => known.has(stepOf(step))),
  }
  return { ...moved, pivotPassed: assertPivot(moving, pivot, moved) }
}

/** What the new plan sends now has to come behind everything that is done: else it could not have come here itself. */
export function assertReachable(
  moving: Omit<Mapped, 'mapped'>,
  effects: readonly SagaEffect[],
): void {
  const steps = planSteps(moving.to.nodes)
  const sent = new Set(effects.map(({ step }) => stepOf(step)))
  const done = steps.filter((step) => isDone(moving.state, step) && !sent.has(step.name))
  for (const late of steps.filter(({ name }) => sent.has(name))) {
    const passed = done.findLast((each) => isBehind(each, late))
    if (!passed) continue
    throw refused(
      moving,
      `"${late.name}" comes before "${passed.name}", which is done. Name it in skip, with its answer in results`,
    )
  }
}

function givenBy(moving: Mapped): Given {
  const { mapped } = moving
  if (typeof mapped !== 'object' || mapped === null || !('input' in mapped))
    throw refused(moving, 'it gives no input')
  // Why the cast: what is in it is looked at one by one.
  const { input, results = {}, skip = [] } = mapped as Partial<Given>
  const { nodes } = moving.to
  return { input, results, skip: skip.flatMap((name) => stepsUnder(planSteps(nodes), name)) }
}

/** A nested saga is skipped whole. */
function stepsUnder(steps: readonly PlanStep[], name: string): readonly string[] {
  const inside = steps.filter((each) => each.name.startsWith(`${name}.`))
  return inside.length === 0 ? [name] : inside.map((each) => each.name)
}

function checkedInput(moving: Mapped, input: unknown): unknown {
  const { to, state } = moving
  const checked = checkSchema(to.input, input)
  if (checked instanceof Promise)
    throw refused(moving, 'the schema of its input is asynchronous. Use one that answers at once')
  if (!checked.ok) {
    const [issue] = checked.issues
    throw refused(moving, `its input does not fit: ${issue?.path ?? ''} ${issue?.message ?? ''}`)
  }
  if (to.key(checked.value) === state.key) return checked.value
  throw refused(moving, 'its input has another key. An instance keeps its key')
}

function assertSkips(moving: Mapped, { old, next, given }: Sides): void {
  for (const name of given.skip) {
    const step = next.find((each) => each.name === name)
    if (!step) throw refused(moving, `it skips "${name}", which is no step of the new plan`)
    if (old.some((each) => each.name === name))
      throw refused(
        moving,
        `it skips "${name}", which the old plan has, too. Only new steps can be`,
      )
    if (step.phase === 'pivot' && !moving.state.pivotPassed)
      throw refused(moving, `it skips the pivot "${name}", and nothing has decided yet`)
  }
}

function assertResults(moving: Mapped, { old, next, given }: Sides): void {
  for (const { name, node } of next) {
    const result = valueAt(given.results, name)
    if (result === undefined) {
      if (node === 'each' && given.skip.includes(name))
        throw refused(
          moving,
          `it skips "${name}" without the list of its answers. Give it in results`,
        )
      continue
    }
    const own = old.find((each) => each.name === name)
    const isKnown = own ? isDone(moving.state, own) : given.skip.includes(name)
    if (!isKnown) throw refused(moving, `it gives an answer of "${name}", which is not done`)
  }
}

type Answers = Pick<SagaState, 'results' | 'steps'>

/** What is known of each step: as it was, but for what the mapping gives. */
function answers(moving: Mapped, { old, next, given }: Sides): Answers {
  const { state } = moving
  const gone = new Set(old.map(({ name }) => name))
  for (const { name } of next) gone.delete(name)
  const kept = Object.entries(state.results).filter(([name]) => !gone.has(name))
  const known = { results: Object.fromEntries(kept), steps: { ...state.steps } }
  for (const step of next) {
    const result = valueAt(given.results, step.name)
    if (given.skip.includes(step.name)) skip(known, step, result)
    else if (result !== undefined) answer(moving, known, { step, result })
  }
  return known
}

interface Known {
  readonly results: Record<string, unknown>
  readonly steps: Record<string, StepState>
}

/** Trap: in no order. A step that was never carried out is never undone. */
function skip({ results, steps }: Known, { name, node }: PlanStep, result: unknown): void {
  results[name] = result
  if (node === 'step') steps[name] = { status: 'done', result }
}

function answer(
  moving: Mapped,
  { results, steps }: Known,
  { step, result }: { readonly step: PlanStep; readonly result: unknown },
): void {
  const { name, node } = step
  results[name] = result
  if (node === 'step') steps[name] = { ...steps[name], status: 'done', result }
  else assignEach(moving, { name, list: result, steps })
}

/** The answers of the items of an `each`, for their undo. */
function assignEach(
  moving: Mapped,
  { name, list, steps }: { name: string; list: unknown; steps: Record<string, StepState> },
): void {
  const own = Object.keys(steps).filter((step) => step !== name && stepOf(step) === name)
  if (!Array.isArray(list) || list.length !== own.length)
    throw refused(moving, `its answer of "${name}" is no list of ${own.length}: one for each item`)
  for (const [index, result] of list.entries()) {
    const step = `${name}/${index}`
    const known = steps[step]
    if (known?.status === 'done') steps[step] = { ...known, result: outputOf(result) }
  }
}

/** A result of `collect` says whether it is an answer or a rejection. */
function outputOf(result: unknown): unknown {
  const isCollected =
    typeof result === 'object' && result !== null && 'ok' in result && 'item' in result
  return isCollected && 'output' in result ? result.output : result
}

function assertPivot(moving: Mapped, pivot: PlanStep | undefined, moved: SagaState): boolean {
  const isPassed = pivot !== undefined && isDone(moved, pivot)
  if (isPassed || !moving.state.pivotPassed) return isPassed
  throw refused(
    moving,
    `the pivot has happened, and "${pivot?.name}", the pivot of the new plan, is not done. Name it in skip`,
  )
}

function refused({ from, to, state }: Omit<Mapped, 'mapped'>, why: string): DureError {
  return new DureError(
    'SAGA_MAPPING_REFUSED',
    `The mapping of saga "${to.name}" from version ${from.version} to ${to.version} does not fit key "${state.key}": ${why}. Nothing was changed. Mend the mapping, and redrive.`,
    { details: { saga: to.name, version: from.version } },
  )
}

/** The step of a command: `stock` of `stock/0`. */
function stepOf(step: string): string {
  const slash = step.indexOf('/')
  return slash < 0 ? step : step.slice(0, slash)
}

/** The result of a step; that of a nested saga is found under its name. */
function valueAt(results: Readonly<Record<string, unknown>>, name: string): unknown {
  let value: unknown = results
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    // Why the cast: any object can be read by name.
    value = (value as Readonly<Record<string, unknown>>)[part]
  }
  return value
}

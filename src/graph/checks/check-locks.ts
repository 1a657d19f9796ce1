import {
  type Manifest,
  type SagaManifest,
  type SagaStepManifest,
  stepsOf,
  unknownTarget,
} from '../manifest.ts'
import { type Finding, finding } from './findings.ts'
import { findCycles, type LockEdge, lockIndex, type LockPlace, LockWalk } from './lock-order.ts'

/** Finds locks that sagas never free, and sagas that can wait for each other. */
export function checkLocks(manifest: Manifest): readonly Finding[] {
  const index = lockIndex(manifest)
  if (index.size === 0) return []
  const walks = manifest.sagas.map((saga) => ({ saga, walk: new LockWalk(index, saga) }))
  const edges = walks.flatMap(({ walk }) => walk.edges)
  return [
    ...walks.flatMap(({ saga, walk }) => [
      ...stepsOf(saga.nodes).flatMap((step) => checkFreed(index, saga, step)),
      ...walk.unordered.map(({ step, place }) => unordered(saga, step, place)),
    ]),
    ...findCycles(edges).map(deadlock),
    ...findUntaken(manifest, index),
  ]
}

/** What a step takes has to be freed on both ways. */
function checkFreed(
  index: ReadonlyMap<string, readonly LockPlace[]>,
  saga: SagaManifest,
  step: SagaStepManifest,
): readonly Finding[] {
  const taken = (index.get(step.command) ?? []).filter(({ lock }) =>
    lock.takes.includes(step.command),
  )
  return taken.flatMap((place) => {
    const where = `saga ${saga.name}, step ${step.name}`
    const frees = place.lock.frees.join(' or ')
    const forward = isFreedForward(saga, step, place)
    const back = isFreedBack(saga, step, place)
    return [
      ...(forward
        ? []
        : [
            finding(
              'LOCK_NEVER_FREED',
              where,
              `It takes lock ${place.name}, and no step behind it frees it: everybody else waits for ever. Add a step that sends ${frees}.`,
            ),
          ]),
      ...(back
        ? []
        : [
            finding(
              'LOCK_NEVER_FREED',
              where,
              `It takes lock ${place.name}, and nothing frees it when the saga turns back. Give the step an undo that sends ${frees}.`,
            ),
          ]),
    ]
  })
}

function isFreedForward(saga: SagaManifest, step: SagaStepManifest, { lock }: LockPlace): boolean {
  const steps = stepsOf(saga.nodes)
  const behind = steps.slice(steps.indexOf(step) + 1)
  return behind.some(({ command }) => command === unknownTarget || lock.frees.includes(command))
}

/** What was taken with the pivot or behind it is never undone. */
function isFreedBack(saga: SagaManifest, step: SagaStepManifest, { lock }: LockPlace): boolean {
  if (step.phase !== 'before') return true
  const steps = stepsOf(saga.nodes)
  const undos = steps.slice(0, steps.indexOf(step) + 1).map(({ undo }) => undo)
  return [...undos, saga.notice].some(
    (type) => type !== undefined && (type === unknownTarget || lock.frees.includes(type)),
  )
}

function unordered(saga: SagaManifest, step: SagaStepManifest, { name }: LockPlace): Finding {
  return finding(
    'LOCK_ORDER_MISSING',
    `saga ${saga.name}, step ${step.name}`,
    `It takes lock ${name} of several instances at once, in any order, and waits for each: two sagas can wait for each other. Give "${step.name}" an inOrderOf, which sorts its items by the key of their instance.`,
  )
}

function deadlock(cycle: readonly LockEdge[]): Finding {
  const [first] = cycle
  const where = `saga ${first?.saga}, step ${first?.wantedBy}`
  const who = cycle.map(
    ({ saga, held, heldSince, wanted, wantedBy }) =>
      `saga "${saga}" holds ${held} since step "${heldSince}" while step "${wantedBy}" waits for ${wanted === held ? 'that of another instance' : wanted}`,
  )
  const isOne = cycle.length === 1
  const advice = isOne
    ? 'Take them in one each with inOrderOf'
    : 'Take these locks in the same order in every saga'
  return finding(
    'LOCK_DEADLOCK',
    where,
    `Sagas can wait for each other until a deadline passes: ${who.join('; ')}. ${advice}, or let one of them answer at once with whenHeld: 'reject'.`,
  )
}

function findUntaken(
  { sagas, services }: Manifest,
  index: ReadonlyMap<string, readonly LockPlace[]>,
): readonly Finding[] {
  const sent = new Set(sagas.flatMap(({ nodes }) => stepsOf(nodes).map(({ command }) => command)))
  if (sent.has(unknownTarget)) return []
  const places = new Map([...index.values()].flat().map((place) => [place.name, place]))
  return [...places.values()].flatMap(({ name, lock }) => {
    if (lock.takes.some((type) => sent.has(type))) return []
    const owner = services.find(({ name: service }) => name.includes(` of ${service} `))
    const message = `No saga sends ${lock.takes.join(' or ')}, so nobody ever holds lock ${name}. Send one of them from a saga, or take the lock out.`
    return [finding('LOCK_UNUSED', `service ${owner?.name ?? ''}`, message)]
  })
}

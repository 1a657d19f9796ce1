// Where sagas are exposed to each other: not wrong, and worth to be known.
import {
  type Manifest,
  memberOf,
  type SagaManifest,
  type SagaStepManifest,
  serviceOf,
  stepsOf,
} from '../manifest.ts'
import { type Finding, finding } from './findings.ts'
import { findCommand } from './operations.ts'

/** Notes steps before the pivot whose instance others change too, where no countermeasure is declared. */
export function noteExposed(manifest: Manifest): readonly Finding[] {
  return manifest.sagas.flatMap((saga) =>
    stepsOf(saga.nodes).flatMap((step) => noteStep(manifest, saga, step)),
  )
}

function noteStep(
  manifest: Manifest,
  saga: SagaManifest,
  step: SagaStepManifest,
): readonly Finding[] {
  if (step.phase !== 'before' || step.effect === 'none') return []
  const place = placeOf(manifest, step.command)
  if (place === undefined || isGuarded(manifest, saga, step)) return []
  const others = othersAt(manifest, saga, place)
  if (others.length === 0) return []
  const message = `Before the pivot it changes an instance of ${place}, and so can ${others.join(', ')}: what it did may be seen, and changed, before the saga ends. Where that matters, give the aggregate a lock, mark the commands as commutative, or reread.`
  return [finding('SAGA_STEP_EXPOSED', `saga ${saga.name}, step ${step.name}`, message)]
}

/** The aggregate that decides a command: `stock item`. */
function placeOf(manifest: Manifest, type: string): string | undefined {
  const decider = findCommand(manifest, type)?.decidedBy
  return decider === undefined ? undefined : `${serviceOf(type)} ${decider}`
}

function isGuarded(manifest: Manifest, saga: SagaManifest, step: SagaStepManifest): boolean {
  const place = placeOf(manifest, step.command)
  const {
    locks = [],
    commutative = [],
    reread = [],
  } = manifest.services
    .flatMap(({ name, aggregates }) =>
      aggregates.map((each) => ({ ...each, place: `${name} ${each.name}` })),
    )
    .find((each) => each.place === place) ?? {}
  return (
    locks.some(({ takes, guards }) => [...takes, ...guards].includes(step.command)) ||
    commutative.includes(step.command) ||
    stepsOf(saga.nodes).some(({ command }) => reread.includes(command))
  )
}

/** Who else sends commands to an aggregate: other sagas, policies, and callers of routes. */
function othersAt(manifest: Manifest, saga: SagaManifest, place: string): readonly string[] {
  const own = new Set(commandsOf(saga))
  const isThere = (type: string): boolean => placeOf(manifest, type) === place
  const sagas = manifest.sagas
    .filter((each) => each !== saga && commandsOf(each).some(isThere))
    .map(({ name }) => `saga ${name}`)
  const policies = manifest.services.flatMap((service) =>
    service.policies
      .filter(({ reactions }) => reactions.some(({ sends }) => sends.some(isThere)))
      .map(({ name }) => `policy ${name}`),
  )
  const called = manifest.gateways
    .flatMap(({ routes }) => routes.flatMap(({ calls }) => calls))
    .filter((type) => isThere(type) && !own.has(type))
    .map((type) => `callers of ${serviceOf(type)}.${memberOf(type)}`)
  return [...new Set([...sagas, ...policies, ...called])]
}

function commandsOf(saga: SagaManifest): readonly string[] {
  return stepsOf(saga.nodes).flatMap(({ command, undo }) =>
    undo === undefined ? [command] : [command, undo],
  )
}

// A system beside a manifest of what it was: what happens to the instances of sagas that run when it is started.
import { findMissingTarget } from '../checks/operations.ts'
import {
  type Manifest,
  type SagaManifest,
  type SagaPlanManifest,
  type SagaStepManifest,
  serviceOf,
  stepsOf,
  unknownTarget,
} from '../manifest.ts'
import { planSteps } from '../../language/saga/plan-steps.ts'
import { whyNoMapping } from '../../language/saga/why-no-mapping.ts'
import { comparePlans } from './compare-plans.ts'
import { mappingToWrite, planName } from './mapping-to-write.ts'
import { compatible, impossible, type PlanChange, type Verdict, worstOf } from './plan-change.ts'

/** What happens to the running instances of one version of a saga. */
export interface SagaVerdict {
  readonly saga: string
  readonly version: number
  readonly verdict: Verdict
  /** Whether they end, or go on, as they should. */
  readonly isSafe: boolean
  /** Why, in sentences. */
  readonly reasons: readonly string[]
  /** What to do; absent when there is nothing to be done. */
  readonly advice?: string
  /** The mapping to write. */
  readonly write?: string
}

/** Judges every plan that an instance may go by; those that can be left alone included. */
export function compareSystems(before: Manifest, now: Manifest): readonly SagaVerdict[] {
  return before.sagas.flatMap((saga) =>
    plansIn(saga).map((plan) => judgePlan({ before, now, saga, plan })),
  )
}

/** A plan that instances may go by, in the system that was. */
interface Judged {
  readonly before: Manifest
  readonly now: Manifest
  readonly saga: SagaManifest
  readonly plan: SagaPlanManifest
}

function plansIn(saga: SagaManifest): readonly SagaPlanManifest[] {
  return [saga, ...(saga.earlier ?? [])]
}

function judgePlan(judged: Judged): SagaVerdict {
  const { now, saga, plan } = judged
  const found = now.sagas.find(({ name }) => name === saga.name)
  if (!found)
    return verdict(judged, [impossible(`The system has no saga "${saga.name}" any more.`)])
  const same = plansIn(found).find(({ version }) => version === plan.version)
  if (!same) return judgeMissing(judged, found)
  const changes = [...comparePlaces(judged, found), ...comparePlans(plan, same)]
  const lost = lostTargets(judged, same)
  if (changes.length + lost.length > 0) return verdict(judged, [...changes, ...lost], found)
  return judgeKept(judged, found)
}

/** The plan is there as it was. */
function judgeKept(judged: Judged, found: SagaManifest): SagaVerdict {
  const { version } = judged.plan
  const kept = found.earlier?.find((each) => each.version === version)
  const settled = { saga: found.name, version, isSafe: true }
  if (!kept)
    return { ...settled, verdict: 'unaffected', reasons: ['Nothing that they do is different.'] }
  if (kept.movesTo === undefined)
    return {
      ...settled,
      verdict: 'unaffected',
      reasons: [`They end by their own plan, which is kept beside version ${found.version}.`],
    }
  return {
    ...settled,
    verdict: 'needs a mapping',
    reasons: [`Their mapping is declared: they move to version ${kept.movesTo}.`],
  }
}

function judgeMissing({ now, saga, plan }: Judged, found: SagaManifest): SagaVerdict {
  const { version } = plan
  const common = { saga: saga.name, version, isSafe: false }
  const has = plansIn(found).map((each) => each.version)
  const reasons = [
    `The system has version ${has.join(' and ')}, and no plan of version ${version}.`,
  ]
  const name = planName(saga.name, version)
  if (found.version < version)
    return {
      ...common,
      verdict: 'impossible',
      reasons,
      advice: `Put the plan of version ${version} back: a version is never taken back while its instances run.`,
    }
  const why = whyNoMapping(planSteps(plan.nodes), planSteps(found.nodes))
  const keep = `Put it back as ${name} and write .replaces(${name}): they then end by it.`
  if (why !== undefined)
    return {
      ...common,
      verdict: 'impossible',
      reasons: [...reasons, `They cannot move to version ${found.version}: ${why}`],
      advice: keep,
    }
  return {
    ...common,
    verdict: 'needs a mapping',
    reasons: [...reasons, ...comparePlans(plan, found).map(({ says }) => says)],
    advice: `${keep} Or let them move to version ${found.version}, with a mapping:`,
    write: mappingToWrite(saga.name, { old: plan, next: found, now }),
  }
}

/** Where an instance lives, and how it is run. */
function comparePlaces({ now, saga }: Judged, found: SagaManifest): readonly PlanChange[] {
  if (!now.services.some(({ name }) => name === saga.by))
    return [impossible(`Service "${saga.by}" keeps them, and is not in the system any more.`)]
  if (saga.by === found.by && saga.style === found.style) return []
  return [
    compatible(
      `It is ${found.style} by "${found.by}" in place of ${saga.style} by "${saga.by}". Instances that have begun end where and as they began.`,
    ),
  ]
}

/** What the plan sends, or has sent, and nobody takes any more. */
function lostTargets({ now, plan }: Judged, same: SagaPlanManifest): readonly PlanChange[] {
  const lost = new Set<string>()
  for (const each of [plan, same]) {
    for (const { command, undo } of stepsOf(each.nodes)) {
      if (isLost(now, command)) lost.add(command)
      if (undo !== undefined && isLost(now, undo)) lost.add(undo)
    }
  }
  return [...lost].map((type) =>
    impossible(
      `Nobody takes ${type} any more, which may be on its way. Keep the command until no instance is left that sends it.`,
    ),
  )
}

function isLost(now: Manifest, type: SagaStepManifest['command']): boolean {
  if (type === unknownTarget || serviceOf(type) === '') return false
  return findMissingTarget(now, { where: '', type }).length > 0
}

function verdict(
  { saga, plan, now }: Judged,
  changes: readonly PlanChange[],
  found?: SagaManifest,
): SagaVerdict {
  const worst = worstOf(changes)
  const { version } = plan
  const said = {
    saga: saga.name,
    version,
    verdict: worst,
    isSafe: worst === 'compatible',
    reasons: changes.map(({ says }) => says),
  }
  if (said.isSafe) return said
  if (!found)
    return {
      ...said,
      advice: `Put it back until no instance is open: dure sagas list --saga ${saga.name} --status open.`,
    }
  return { ...said, ...raising(saga.name, { old: plan, found, now, worst }) }
}

interface Raising {
  readonly old: SagaPlanManifest
  readonly found: SagaManifest
  readonly now: Manifest
  readonly worst: Verdict
}

/** A plan that was changed under its number: it gets a new one, and the old plan is put back beside it. */
function raising(
  saga: string,
  { old, found, now, worst }: Raising,
): Pick<SagaVerdict, 'advice' | 'write'> {
  const name = planName(saga, old.version)
  const changed = plansIn(found).find(({ version }) => version === old.version) ?? found
  const next = changed === found ? found.version + 1 : found.version
  const raise =
    changed === found ? `Give the new plan version ${next}, put the old one back` : 'Put it back'
  const keep = `${raise} as ${name}, and write .replaces(${name}): they then end by it.`
  if (worst === 'impossible') return { advice: keep }
  return {
    advice: `${keep} Or let them move to version ${next}, with a mapping:`,
    write: mappingToWrite(saga, { old, next: found, now }),
  }
}

import type { System } from '../../language/system.ts'
import { describeSystem } from '../describe-system.ts'
import type { Manifest } from '../manifest.ts'
import { checkGateways, checkPorts } from './check-borders.ts'
import { checkLocks } from './check-locks.ts'
import { checkPolicies } from './check-policies.ts'
import { checkSagas } from './check-sagas.ts'
import { checkServices } from './check-services.ts'
import type { Finding } from './findings.ts'
import { noteExposed } from './note-exposed.ts'

/** Finds what can be told of a system without running it: errors first, then warnings. */
export function checkSystem(system: System): readonly Finding[] {
  return checkManifest(describeSystem(system))
}

/** What is not wrong and worth to be known of a system: where sagas are exposed to each other. */
export function noteSystem(system: System): readonly Finding[] {
  return noteExposed(describeSystem(system))
}

/** Finds the same as `checkSystem` in a system that is given as data. */
export function checkManifest(manifest: Manifest): readonly Finding[] {
  const findings = [
    checkServices,
    checkPolicies,
    checkSagas,
    checkLocks,
    checkPorts,
    checkGateways,
  ].flatMap((check) => check(manifest))
  return [
    ...findings.filter(({ level }) => level === 'error'),
    ...findings.filter(({ level }) => level === 'warning'),
  ]
}

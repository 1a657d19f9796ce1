import type { Aggregate } from '../language/aggregate.ts'
import { isLockable } from '../language/isolation/locks.ts'
import type { EachNode, StepNode } from '../language/saga/saga-plan.ts'
import type { Service } from '../language/service.ts'
import { instancePath } from './instance-path.ts'
import type { AggregateManifest, SagaStepManifest } from './manifest.ts'

/** What an aggregate says of isolation; nothing where it says nothing. */
export function describeIsolation({
  locks,
  commutative,
  reread,
}: Aggregate): Pick<AggregateManifest, 'locks' | 'commutative' | 'reread'> {
  const compared = Object.keys(reread)
  return {
    ...(locks.length > 0 && {
      locks: locks.map(({ name, takes, frees, guards, whenHeld, deadlineMs, when }) => ({
        name,
        takes,
        frees,
        guards,
        whenHeld,
        ...(whenHeld !== 'reject' && { deadlineMs }),
        ...(when && { isByValue: true as const }),
      })),
    }),
    ...(commutative.length > 0 && { commutative }),
    ...(compared.length > 0 && { reread: compared }),
  }
}

/** What a step, whose command is known, does to locks. */
export function describeStepLocks(
  services: readonly Service[],
  { run }: StepNode | EachNode,
  command: string,
): Pick<SagaStepManifest, 'takes' | 'frees' | 'instance'> {
  const aggregate = services
    .flatMap(({ aggregates }) => aggregates)
    .find(({ decide }) => Object.hasOwn(decide, command))
  if (!aggregate || aggregate.locks.length === 0) return {}
  const instance = isLockable(aggregate, command) ? instancePath(run, aggregate) : undefined
  return {
    ...lockNames(aggregate, 'takes', command),
    ...lockNames(aggregate, 'frees', command),
    ...(instance !== undefined && { instance }),
  }
}

function lockNames(
  { locks }: Aggregate,
  part: 'takes' | 'frees',
  command: string,
): Pick<SagaStepManifest, 'takes' | 'frees'> {
  const names = locks.filter((lock) => lock[part].includes(command)).map(({ name }) => name)
  return names.length > 0 ? { [part]: names } : {}
}

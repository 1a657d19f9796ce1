import type { Manifest } from '../manifest.ts'
import { type Finding, finding } from './findings.ts'
import { findCommand, findMissingSource, findMissingTarget } from './operations.ts'

interface Reaction {
  readonly where: string
  readonly on: string
  readonly sends: readonly string[]
}

/** Finds policies that wait for nothing, send to nobody, may be refused, or go round in circles. */
export function checkPolicies(manifest: Manifest): readonly Finding[] {
  const reactions = reactionsOf(manifest)
  return [
    ...reactions.flatMap((each) => checkReaction(manifest, each)),
    ...checkCycles(manifest, reactions),
  ]
}

function reactionsOf(manifest: Manifest): readonly Reaction[] {
  return manifest.services.flatMap((service) =>
    service.policies.flatMap((policy) =>
      policy.reactions.map((reaction) => ({
        ...reaction,
        where: `service ${service.name}, policy ${policy.name}`,
      })),
    ),
  )
}

function checkReaction(manifest: Manifest, { where, on, sends }: Reaction): readonly Finding[] {
  return [
    ...findMissingSource(manifest, { where, type: on }),
    ...sends.flatMap((type) => [
      ...findMissingTarget(manifest, { where, type }),
      ...checkRejections(manifest, where, type),
    ]),
  ]
}

function checkRejections(manifest: Manifest, where: string, type: string): readonly Finding[] {
  const rejects = findCommand(manifest, type)?.rejects ?? []
  if (rejects.length === 0) return []
  const message = `${type} may answer ${rejects.join(' or ')}, and nobody hears it: the key of the event is then parked. Send a command that cannot be rejected, or decide inside the service what happens then.`
  return [finding('POLICY_COMMAND_REJECTABLE', where, message)]
}

/** A cycle goes from an event over commands that policies send, and events that these commands were seen to make. */
function checkCycles(manifest: Manifest, reactions: readonly Reaction[]): readonly Finding[] {
  const leadsTo = new Map<string, Set<string>>()
  for (const { on, sends } of reactions) {
    const made = sends.flatMap((type) => findCommand(manifest, type)?.makes ?? [])
    leadsTo.set(on, new Set([...(leadsTo.get(on) ?? []), ...made]))
  }
  const reported = new Set<string>()
  return reactions.flatMap(({ where, on }) => {
    const cycle = reported.has(on) ? undefined : findCycle(leadsTo, on)
    if (!cycle) return []
    for (const event of cycle) reported.add(event)
    const message = `Policies lead in a circle: ${[...cycle, on].join(' -> ')}. Make sure that a decision ends it, or take one of the policies away.`
    return [finding('POLICY_CYCLE', where, message)]
  })
}

/** The shortest way from an event back to itself. */
function findCycle(
  leadsTo: ReadonlyMap<string, ReadonlySet<string>>,
  start: string,
): readonly string[] | undefined {
  const seen = new Set<string>()
  let ways: readonly (readonly string[])[] = [[start]]
  while (ways.length > 0) {
    const longer = ways.flatMap((way) =>
      [...(leadsTo.get(way.at(-1) ?? '') ?? [])].map((event) => [...way, event]),
    )
    const closed = longer.find((way) => way.at(-1) === start)
    if (closed) return closed.slice(0, -1)
    ways = longer.filter((way) => !seen.has(way.at(-1) ?? ''))
    for (const way of ways) seen.add(way.at(-1) ?? '')
  }
  return undefined
}

import { type EventManifest, type Manifest, memberOf, type ServiceManifest } from '../manifest.ts'
import { type Finding, finding } from './findings.ts'
import { findMissingSource } from './operations.ts'

/** Finds parts of contracts that nothing stands behind, and events that lead nowhere or come from nowhere. */
export function checkServices(manifest: Manifest): readonly Finding[] {
  const followed = followedEvents(manifest)
  return manifest.services.flatMap((service) => [
    ...(service.isElsewhere ? [] : checkInside(service, followed)),
    ...checkNames(service),
    ...service.views.flatMap((view) =>
      view.follows.flatMap((type) =>
        findMissingSource(manifest, { where: `service ${service.name}, view ${view.name}`, type }),
      ),
    ),
  ])
}

function followedEvents({ services, sagas }: Manifest): ReadonlySet<string> {
  return new Set([
    ...services.flatMap(({ views }) => views.flatMap(({ follows }) => follows)),
    ...services.flatMap(({ policies }) =>
      policies.flatMap(({ reactions }) => reactions.map(({ on }) => on)),
    ),
    ...sagas.flatMap(({ startsOn }) => startsOn),
  ])
}

/** What stands behind the contract; of a service that is not written with Dure nobody knows. */
function checkInside(service: ServiceManifest, followed: ReadonlySet<string>): readonly Finding[] {
  return [
    ...checkOperations(service),
    ...service.events.flatMap((event) => checkEvent(service, event, followed)),
  ]
}

function checkOperations(service: ServiceManifest): readonly Finding[] {
  const where = `service ${service.name}`
  const undecided = service.commands.filter(({ decidedBy }) => decidedBy === undefined)
  const unanswered = service.queries.filter(({ isAnswered }) => !isAnswered)
  return [
    ...undecided.map(({ type }) =>
      finding(
        'COMMAND_UNDECIDED',
        where,
        `No aggregate decides ${type}. Add decide.${memberOf(type)} to an aggregate of the service, or take the command out of the contract.`,
      ),
    ),
    ...unanswered.map(({ type }) =>
      finding(
        'QUERY_UNANSWERED',
        where,
        `Nothing answers ${type}. Add queries.${memberOf(type)} to the service, or take the query out of the contract.`,
      ),
    ),
  ]
}

function checkEvent(
  service: ServiceManifest,
  { type, evolves }: EventManifest,
  followed: ReadonlySet<string>,
): readonly Finding[] {
  if (evolves.length > 0) return []
  const where = `service ${service.name}`
  if (!followed.has(type)) {
    const message = `${type} changes no state, and no view, policy or saga follows it. Follow it, or take it out of the contract.`
    return [finding('EVENT_UNUSED', where, message)]
  }
  if (service.commands.some(({ makes }) => makes.includes(type))) return []
  const message = `${type} is followed, but no decision of service "${service.name}" was seen to make it. Check that one does, or take it out of the contract.`
  return [finding('EVENT_NEVER_MADE', where, message)]
}

function checkNames(service: ServiceManifest): readonly Finding[] {
  const where = `service ${service.name}`
  const operations = [...service.commands, ...service.queries].map(({ type }) => memberOf(type))
  return [
    ...operations
      .filter((name) => /^[A-Z]/.test(name))
      .map((name) =>
        finding(
          'NAME_UNUSUAL',
          where,
          `"${name}" begins like an event. Begin commands and queries with a small letter: "${name.charAt(0).toLowerCase()}${name.slice(1)}".`,
        ),
      ),
    ...service.events
      .map(({ type }) => memberOf(type))
      .filter((name) => /^[a-z]/.test(name))
      .map((name) =>
        finding(
          'NAME_UNUSUAL',
          where,
          `"${name}" begins like a command. Name events as past facts with a capital: "${name.charAt(0).toUpperCase()}${name.slice(1)}".`,
        ),
      ),
  ]
}

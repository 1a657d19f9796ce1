import {
  type CommandManifest,
  type Manifest,
  memberOf,
  serviceOf,
  unknownTarget,
} from '../manifest.ts'
import { type Finding, finding } from './findings.ts'

/** Finds a command of the system by its full name. */
export function findCommand(manifest: Manifest, type: string): CommandManifest | undefined {
  return manifest.services
    .find(({ name }) => name === serviceOf(type))
    ?.commands.find((command) => command.type === type)
}

/** Says why nobody in the system takes a command or query; gives nothing when somebody does, or it is unknown. */
export function findMissingTarget(
  manifest: Manifest,
  { where, type }: { readonly where: string; readonly type: string },
): readonly Finding[] {
  if (type === unknownTarget) return []
  const service = manifest.services.find(({ name }) => name === serviceOf(type))
  if (!service) {
    const message = `${type} goes to a service that is not in system "${manifest.system}". Add service "${serviceOf(type)}" or send something else.`
    return [finding('COMMAND_TARGET_MISSING', where, message)]
  }
  const known = [...service.commands, ...service.queries].some((each) => each.type === type)
  if (known) return []
  const message = `Service "${service.name}" of this system has no "${memberOf(type)}" in its contract. Are there two contracts of this name? Import the one of the service.`
  return [finding('COMMAND_TARGET_MISSING', where, message)]
}

/** Says why nobody in the system records an event; gives nothing when somebody does. */
export function findMissingSource(
  manifest: Manifest,
  { where, type }: { readonly where: string; readonly type: string },
): readonly Finding[] {
  const service = manifest.services.find(({ name }) => name === serviceOf(type))
  if (service?.events.some((event) => event.type === type)) return []
  const message = service
    ? `Service "${service.name}" of this system has no event "${memberOf(type)}" in its contract. Are there two contracts of this name? Import the one of the service.`
    : `${type} comes from a service that is not in system "${manifest.system}". Add service "${serviceOf(type)}" or follow something else.`
  return [finding('EVENT_SOURCE_MISSING', where, message)]
}

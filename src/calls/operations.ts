// The operator's door, as a question between processes.
import type { Operations } from '../runtime/running-system.port.ts'

/** Operations that can be asked for, each with its one argument or none. */
const operations = {
  idle: (door) => door.idle(),
  status: (door) => door.status(),
  parked: (door) => door.parked(),
  showParked: (door, id) => door.showParked(String(id)),
  redrive: (door, id) => door.redrive(String(id)),
  previewRedrive: (door, id) => door.previewRedrive(String(id)),
  dropParked: (door, id) => door.dropParked(String(id)),
  // Why the casts: the other end is Dure itself, and requests are checked where they are carried out.
  intervene: (door, request) => door.intervene(request as Parameters<Operations['intervene']>[0]),
  previewIntervention: (door, request) =>
    door.previewIntervention(request as Parameters<Operations['previewIntervention']>[0]),
  locks: (door) => door.locks(),
  freeLock: (door, request) => door.freeLock(request as Parameters<Operations['freeLock']>[0]),
  rebuildView: (door, place) => {
    const { service, view } = place as { readonly service: string; readonly view: string }
    return door.rebuildView(service, view)
  },
} satisfies Readonly<
  Partial<Record<keyof Operations, (door: Operations, fact: unknown) => Promise<unknown>>>
>

export type OperationName = keyof typeof operations

/** Whether there is such an operation. */
export function isOperation(name: string): name is OperationName {
  return Object.hasOwn(operations, name)
}

/** Carries an operation out. @throws as the operation does. */
export function operateOn(door: Operations, name: OperationName, fact: unknown): Promise<unknown> {
  return operations[name](door, fact)
}

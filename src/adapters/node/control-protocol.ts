// The door of a running system speaks HTTP over its socket: `POST /<operation>` with a JSON object, answered with one
// JSON value per line. Lines of progress come first; the last line is the result or the error.
//
//   POST /rebuildView   {"service":"order","view":"orders"}
//   {"progress":{"service":"order","view":"orders","done":500,"total":1200}}
//   {"result":null}

import type { Operations, RebuildProgress } from '../../runtime/running-system.port.ts'

export type ControlLine =
  | { readonly progress: RebuildProgress }
  | { readonly result: unknown }
  | { readonly error: { readonly code: string; readonly message: string } }

export type ControlRequest = Readonly<Record<string, string>>

export const requestBytesMax = 64 * 1_024

type Handler = (
  operations: Operations,
  request: ControlRequest,
  progress: (at: RebuildProgress) => void,
) => Promise<unknown>

const idOf = ({ id = '' }: ControlRequest): string => id

/** What can be asked at the door. */
export const controlOperations: Readonly<Record<keyof Operations, Handler>> = {
  idle: (operations) => operations.idle(),
  status: (operations) => operations.status(),
  parked: (operations) => operations.parked(),
  showParked: (operations, request) => operations.showParked(idOf(request)),
  redrive: (operations, request) => operations.redrive(idOf(request)),
  dropParked: (operations, request) => operations.dropParked(idOf(request)),
  rebuildView: (operations, { service = '', view = '' }, progress) =>
    operations.rebuildView(service, view, progress),
}

export function isControlOperation(name: string): name is keyof Operations {
  return Object.hasOwn(controlOperations, name)
}

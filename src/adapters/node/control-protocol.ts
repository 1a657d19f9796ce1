// The door of a running system speaks HTTP over its socket: `POST /<operation>` with a JSON object, answered with one
// JSON value per line. Lines of progress come first; the last line is the result or the error.
//
//   POST /rebuildView   {"service":"order","view":"orders"}
//   {"progress":{"service":"order","view":"orders","done":500,"total":1200}}
//   {"result":null}

import { DureError } from '../../language/errors.ts'
import type { ProcessOperations } from '../../calls/processes.ts'
import type { Operations, RebuildProgress } from '../../runtime/running-system.port.ts'
import type { FreeLockRequest } from '../../sagas/isolation/operate-locks.ts'
import type { SagaFilter, SagaRequest } from '../../sagas/operating/saga-operations.ts'

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

// Why the casts: the other end is Dure itself, and requests are checked where they are carried out.
const filterOf = ({ filter = '{}' }: ControlRequest): SagaFilter => readJson(filter) as SagaFilter
const requestOf = ({ request = 'null' }: ControlRequest): SagaRequest =>
  readJson(request) as SagaRequest

const idOf = ({ id = '' }: ControlRequest): string => id

/** What can be asked at the door. */
export const controlOperations: Readonly<Record<keyof Operations, Handler>> = {
  idle: (operations) => operations.idle(),
  status: (operations) => operations.status(),
  parked: (operations) => operations.parked(),
  showParked: (operations, request) => operations.showParked(idOf(request)),
  redrive: (operations, request) => operations.redrive(idOf(request)),
  previewRedrive: (operations, request) => operations.previewRedrive(idOf(request)),
  sagas: (operations, request) => operations.sagas(filterOf(request)),
  saga: (operations, { saga = '', key = '' }) => operations.saga(saga, key),
  intervene: (operations, request) => operations.intervene(requestOf(request)),
  previewIntervention: (operations, request) => operations.previewIntervention(requestOf(request)),
  locks: (operations) => operations.locks(),
  freeLock: (operations, { request = 'null' }) =>
    operations.freeLock(readJson(request) as FreeLockRequest),
  dropParked: (operations, request) => operations.dropParked(idOf(request)),
  rebuildView: (operations, { service = '', view = '' }, progress) =>
    operations.rebuildView(service, view, progress),
}

type ProcessHandler = (processes: ProcessOperations, request: ControlRequest) => Promise<unknown>

/** What can be asked of a supervisor. */
export const processOperations: Readonly<Record<keyof ProcessOperations, ProcessHandler>> = {
  processes: (processes) => processes.processes(),
  scale: (processes, { group = '', replicas = '' }) => processes.scale(group, Number(replicas)),
  roll: (processes, { group }) => processes.roll(group),
}

/** Everything that can be asked at a door. */
export type DoorQuestion = keyof Operations | keyof ProcessOperations

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new DureError('HTTP_BODY_INVALID', 'A part of the question is no JSON.', { cause })
  }
}

export function isControlOperation(name: string): name is keyof Operations {
  return Object.hasOwn(controlOperations, name)
}

export function isProcessOperation(name: string): name is keyof ProcessOperations {
  return Object.hasOwn(processOperations, name)
}

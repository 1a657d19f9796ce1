import type { Clock } from '../../runtime/clock.port.ts'
import type { Connections } from './connections.ts'
import type { ReadJson } from './json/read-json.ts'
import type { HttpLimits } from './limits.ts'
import type { AdmissionRules } from './request/admission.ts'
import type { RouteTable } from './route-table.ts'
import type { Caller, ServedRoute } from './served-route.ts'
import type { Turnstile } from './turnstile.ts'

/** What the server tells about itself, for logs. */
export interface HttpReport {
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
  readonly details?: Readonly<Record<string, unknown>>
}

/**
 * Says who sends a request; undefined: the request does not prove it, and is answered 401.
 *
 * Without it every caller is nobody in particular.
 */
export type Identify = (request: {
  readonly headers: Readonly<Record<string, string>>
}) => Caller | undefined | Promise<Caller | undefined>

/** What every request of a server shares. */
export interface HttpContext {
  readonly limits: HttpLimits
  readonly clock: Clock
  readonly rules: AdmissionRules
  readonly routes: RouteTable<ServedRoute>
  readonly readJson: ReadJson
  readonly identify: Identify | undefined
  readonly report: (report: HttpReport) => void
  readonly connections: Connections
  readonly turnstile: Turnstile
  /** Requests that wait for their answer. */
  readonly inFlight: Set<{ expireAt(nowMs: number): void }>
  isStopping: boolean
  /** Whether each connection ends with its next answer. */
  isDraining: boolean
}

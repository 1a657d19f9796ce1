import { DureError } from '../language/errors.ts'
import type { System } from '../language/system.ts'
import type { StoreProvider } from '../log/store.port.ts'
import type { Broker } from '../messaging/broker.port.ts'
import type { Clock } from './clock.port.ts'
import type { RunningSystem } from './running-system.port.ts'

/** What a running system tells about itself: for logs and the console. */
export interface RuntimeReport {
  readonly level: 'info' | 'warn' | 'error'
  readonly service?: string
  readonly message: string
  readonly details?: Readonly<Record<string, unknown>>
}

export interface StartOptions {
  readonly stores: StoreProvider
  readonly broker: Broker
  readonly clock: Clock
  readonly report?: (report: RuntimeReport) => void
}

/** Starts every service of a system in this process. */
export async function startSystem(system: System, _options: StartOptions): Promise<RunningSystem> {
  throw new DureError('INTERNAL_DEFECT', `Starting ${system.name} is being built.`)
}

// What an operator can ask of sagas, as plain data: it passes the door of a running system as it is.
import type { SagaOrder, SagaState, SagaStatus } from '../saga-state.ts'

export interface SagaFilter {
  readonly saga?: string
  /** `open`: running or compensating. */
  readonly status?: SagaStatus | 'open'
  readonly key?: string
  /** The `next` of the page before. */
  readonly after?: string
  /** Instances of a page: 100 without it, `sagasPageMax` at most. */
  readonly limit?: number
}

/** One instance at a glance. */
export interface SagaSummary {
  readonly saga: string
  readonly key: string
  /** The service that keeps it. */
  readonly by: string
  readonly status: SagaStatus
  readonly startedAtMs: number
  readonly endedAtMs?: number
  /** Steps that it waits for, or that were refused when it is parked. */
  readonly steps: readonly string[]
  /** Why it turned back, or is parked: the name of a rejection. */
  readonly why?: string
}

export interface SagaPage {
  /** Ordered by saga and key. */
  readonly instances: readonly SagaSummary[]
  /** Where the next page begins; absent on the last one. */
  readonly next?: string
}

/** One thing that happened to an instance, as the logs of its services tell. */
export interface SagaMoment {
  readonly atMs: number
  readonly what: 'started' | 'sent' | 'done' | 'rejected' | 'event' | 'intervened' | 'ended'
  /** Where it happened. */
  readonly service: string
  /** For commands and answers: who gets it. */
  readonly to?: string
  /** The step, when it is about one. */
  readonly step?: string
  /** Whether it is about the undo of the step. */
  readonly isUndo: boolean
  /** How often an operator had the command sent anew before. */
  readonly attempt: number
  /** The command or the event. */
  readonly type?: string
  /** The rejection, the reason of an operator, or how it ended. */
  readonly says?: string
}

/** A command whose answer is awaited. */
export interface SagaWait {
  readonly step: string
  readonly isUndo: boolean
  readonly type: string
  readonly service: string
  readonly sinceMs: number
}

/** Everything that explains one instance. */
export interface SagaStory {
  readonly saga: string
  readonly key: string
  readonly by: string
  readonly state: SagaState
  /** The step after which it only goes forward. */
  readonly pivot?: string
  /** Oldest first; what led to something comes before it. */
  readonly moments: readonly SagaMoment[]
  readonly waits: readonly SagaWait[]
  /** Services whose logs could not be looked at from here. */
  readonly unseen: readonly string[]
}

/** What an operator wants done to an instance. */
export type SagaRequest = SagaOrder & {
  readonly saga: string
  readonly key: string
  /** Kept with the instance. */
  readonly reason: string
  readonly by?: string
  /** Command id: the same request under the same id takes effect once. */
  readonly id?: string
}

export interface SagaIntervened {
  readonly id: string
  /** Whether the id was used before: the answer is then the first one. */
  readonly repeated: boolean
  /** How the instance is after that. */
  readonly status: SagaStatus
}

/** The part of the operator's door that is about sagas. */
export interface SagaOperations {
  /** Instances, page by page. @throws `SAGA_UNKNOWN` when the filter names a saga that does not exist. */
  sagas(filter?: SagaFilter): Promise<SagaPage>
  /** One instance with everything that explains it. @throws `SAGA_UNKNOWN`. */
  saga(name: string, key: string): Promise<SagaStory>
  /**
   * Does something to an instance, durably.
   *
   * @throws `SAGA_*` when there is no such instance, or it does not take this now; `COMMAND_INPUT_INVALID`,
   * `COMMAND_ID_INVALID`, `COMMAND_ID_REUSED`; `STORE_*`, `SYSTEM_STOPPING`.
   */
  intervene(request: SagaRequest): Promise<SagaIntervened>
}

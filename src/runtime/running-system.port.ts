import type { ErrorCode } from '../language/errors.ts'
import type { Command, Outcome, Query } from '../language/message.ts'
import type { LockOperations } from '../sagas/isolation/operate-locks.ts'
import type { Preview } from '../sagas/operating/preview.ts'
import type { SagaOperations, SagaRequest } from '../sagas/operating/saga-operations.ts'
import type { SagaStatus } from '../sagas/saga-state.ts'

/** What a driving adapter knows of the caller. */
export interface CallOptions {
  /** Command id; without it the call is new, whatever it holds. 1 to 200 printable ASCII characters. */
  readonly id?: string
  /** When the caller gives up, in milliseconds since 1970 UTC. */
  readonly deadlineMs?: number
  readonly actor?: string
  readonly tenant?: string
  /** W3C trace context of the caller. */
  readonly trace?: string
  readonly correlation?: string
}

/**
 * Where logs were after a command, by topic (`service/partition`): a query that carries it sees the effect.
 *
 * Callers hand it on as it is.
 */
export type ConsistencyToken = Readonly<Record<string, number>>

export type CommandAnswer = Outcome & {
  /** The id under which the command is known: given, or made. */
  readonly id: string
  /** Whether the id was used before: the answer is then the first one. */
  readonly repeated: boolean
  readonly token: ConsistencyToken
}

export interface QueryOptions extends CallOptions {
  /** Wait until views have reached these positions. */
  readonly token?: ConsistencyToken
}

export interface ServiceIdle {
  /** Entries of the own log that the relay has not passed on; at least 1 while the broker does not say. */
  readonly relayLag: number
  /** Why the broker does not say how far it is; absent when it does. */
  readonly brokerFailing?: ErrorCode
  /** Entries of other logs, and of the own one, that consumers have not taken. */
  readonly inboxLag: number
  readonly timersDue: number
  readonly sagasOpen: number
  readonly parked: number
}

export interface IdleReport {
  /** True only when nothing is left to do. */
  readonly idle: boolean
  readonly services: Readonly<Record<string, ServiceIdle>>
}

export interface ServiceStatus extends ServiceIdle {
  readonly name: string
  /** Last position of the log, all partitions added. */
  readonly position: number
  readonly timers: number
  readonly views: readonly {
    readonly name: string
    readonly lag: number
    readonly rebuilding: boolean
  }[]
  /** Commands decided since the start, and how many of them were rejected. */
  readonly commands: number
  readonly rejected: number
  readonly commits: number
  /** Groups that were committed: commits / groups is the size of a group. */
  readonly groups: number
  /** Why the store takes no commits now; absent when it takes them. Looking tries again, with a commit of nothing. */
  readonly failing?: ErrorCode
}

export interface StatusReport {
  readonly system: string
  readonly startedAtMs: number
  readonly services: readonly ServiceStatus[]
}

export interface ParkedSummary {
  /** `service:consumer/source/partition/position`. */
  readonly id: string
  readonly service: string
  readonly consumer: string
  readonly source: string
  readonly position: number
  readonly key: string
  readonly type: string
  readonly code: string
  readonly reason: string
  readonly attempts: number
  readonly atMs: number
  /** Set by `show`: the message itself. */
  readonly envelope?: unknown
}

export interface RebuildProgress {
  readonly service: string
  readonly view: string
  readonly done: number
  readonly total: number
}

/** What handling a parked message again would lead to. */
export interface RedrivePreview extends Preview {
  readonly handled: boolean
  /** Why it could not be handled. */
  readonly reason?: string
}

/** What an intervention would lead to: how the saga would be after it, and what it would send. */
export interface InterventionPreview extends Preview {
  readonly status: SagaStatus
}

/** Looks ahead: decided on the present state with the code of today, and nothing is written. */
export interface Previews {
  /** @throws `PARKED_UNKNOWN`, `PARKED_ORDER`. */
  previewRedrive(id: string): Promise<RedrivePreview>
  /** @throws as `intervene` does. */
  previewIntervention(request: SagaRequest): Promise<InterventionPreview>
}

/** Operator's door: everything that changes nothing in the business, or only by a deliberate act. */
export interface Operations extends SagaOperations, LockOperations, Previews {
  idle(): Promise<IdleReport>
  status(): Promise<StatusReport>
  parked(): Promise<readonly ParkedSummary[]>
  /** @throws `PARKED_UNKNOWN`. */
  showParked(id: string): Promise<ParkedSummary>
  /**
   * Handles a parked message again, once. Messages of its key that wait behind it follow by themselves when it
   * succeeded. When it fails again it stays parked with the new reason.
   *
   * @throws `PARKED_UNKNOWN`, `PARKED_ORDER`.
   */
  redrive(id: string): Promise<{ readonly handled: boolean; readonly reason?: string }>
  /** Drops a parked message on purpose. @throws `PARKED_UNKNOWN`, `PARKED_ORDER`. */
  dropParked(id: string): Promise<void>
  /** Builds a view anew from the log; the old documents are read until the new ones are complete. @throws `VIEW_UNKNOWN`. */
  rebuildView(
    service: string,
    view: string,
    progress?: (at: RebuildProgress) => void,
  ): Promise<void>
}

/** Processes of one system that are erased at the same time: nothing of before may reach what begins anew. */
export interface EraseTogether {
  /** Called when nothing runs here any more. Resolves when the same is true everywhere; with `false` nothing is erased. */
  stopped(): Promise<boolean>
  /** Called when the stores here are erased. Resolves when all are. */
  erased(): Promise<void>
}

/** A running system, as driving adapters (HTTP, CLI, tests) see it. */
export interface RunningSystem extends Operations, AsyncDisposable {
  /**
   * Runs a command and answers when its effect is durable. A rejection is an answer.
   *
   * @throws `COMMAND_*`, `LOG_*`, `STORE_*`, `SYSTEM_STOPPING`.
   */
  execute(command: Command, options?: CallOptions): Promise<CommandAnswer>
  /** @throws `QUERY_*`, `VIEW_TOKEN_INVALID`, `VIEW_TOKEN_TIMEOUT`, `STORE_*`, `SYSTEM_STOPPING`. */
  query(query: Query, options?: QueryOptions): Promise<Outcome>
  /**
   * Erases what these services have stored and starts them anew. Calls wait meanwhile.
   *
   * Their policies and sagas run again over the logs that they follow: what they order from services that are not erased
   * is done again there.
   */
  erase(services: readonly string[], together?: EraseTogether): Promise<void>
  /** Changes whenever something was erased. */
  readonly epoch: string
  /** Takes no more work, finishes what it has, and closes. */
  stop(): Promise<void>
}

import type { System } from '../../language/system.ts'
import type { MessageBatch } from '../../messaging/broker.port.ts'
import type { AppliedCommit, Ledger } from '../world/ledger.ts'
import type { Facts } from './facts.ts'

/** Somebody who looks at everything that happens, and says what is wrong. */
export interface Judge {
  readonly name: string
  /** Whether it has found anything to judge; taken for granted where it is not said. */
  hasLooked?(): boolean
  /** A commit that was applied, before the ledger has it. */
  applied?(commit: AppliedCommit): string | undefined
  /** The same, once the ledger has it. */
  recorded?(commit: AppliedCommit): string | undefined
  /** Messages that have reached the broker. */
  published?(batch: MessageBatch): string | undefined
  /** What a process has said of itself; nothing was committed while it was asked. */
  told?(report: IdleTold): string | undefined
  /** When nothing is left to do. */
  atRest?(): readonly string[]
}

/** What a process says of what it has left to do. */
export interface IdleTold {
  readonly process: string
  readonly services: readonly string[]
  readonly isIdle: boolean
  /** The numbers that it gives. */
  readonly report: string
  /** What its clock has shown when it was asked, in milliseconds since 1970 UTC. */
  readonly clockMs: number
  /** Whether the world has nothing left to do, as far as the world knows. */
  readonly isAtRest: boolean
}

export interface JudgeContext {
  readonly system: System
  readonly ledger: Ledger
  readonly facts: Facts
  readonly partitions: number
  readonly mayPark: boolean
  /** Whether several processes have one store open. */
  readonly isShared: boolean
}

export type JudgeMaker = (context: JudgeContext) => Judge

export interface Violation {
  readonly invariant: string
  readonly text: string
  readonly step: number
  /** Milliseconds since the start of the world. */
  readonly atMs: number
}

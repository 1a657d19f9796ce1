import type { System } from '../../language/system.ts'
import type { MessageBatch } from '../../messaging/broker.port.ts'
import type { AppliedCommit, Ledger } from '../world/ledger.ts'
import type { Facts } from './facts.ts'

/** Somebody who looks at everything that happens, and says what is wrong. */
export interface Judge {
  readonly name: string
  /** Whether it has found anything to judge; taken for granted where it is not said. */
  readonly hasLooked?: boolean
  /** A commit that was applied, before the ledger has it. */
  applied?(commit: AppliedCommit): string | undefined
  /** The same, once the ledger has it. */
  recorded?(commit: AppliedCommit): string | undefined
  /** Messages that have reached the broker. */
  published?(batch: MessageBatch): string | undefined
  /** When nothing is left to do. */
  atRest?(): readonly string[]
}

export interface JudgeContext {
  readonly system: System
  readonly ledger: Ledger
  readonly facts: Facts
  readonly partitions: number
  readonly mayPark: boolean
}

export type JudgeMaker = (context: JudgeContext) => Judge

export interface Violation {
  readonly invariant: string
  readonly text: string
  readonly step: number
  /** Milliseconds since the start of the world. */
  readonly atMs: number
}

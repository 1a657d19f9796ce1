// A judge before whom a history is brought, step by step, without a world.
import type { System } from '../../src/language/system.ts'
import { partitionOf } from '../../src/log/fingerprint.ts'
import type { Commit, EntryMeta, NewEntry } from '../../src/log/store.port.ts'
import type { MessageBatch } from '../../src/messaging/broker.port.ts'
import { createFacts, type Operation } from '../../src/simulate/invariants/facts.ts'
import type { JudgeMaker } from '../../src/simulate/invariants/judge.ts'
import { createLedger, type Ledger } from '../../src/simulate/world/ledger.ts'
import { shop } from '../systems/shop.ts'

export interface TrialOptions {
  readonly system?: System
  readonly partitions?: number
  readonly mayPark?: boolean
}

/** What a store would say of a commit, where it differs from the usual. */
export interface Committed {
  readonly positions?: readonly number[]
  readonly processMs?: number
}

export interface Trial {
  readonly ledger: Ledger
  /** What the judge has found so far. */
  readonly found: readonly string[]
  /** The time of the world; may be set. */
  nowMs: number
  commit(service: string, commit: Commit, committed?: Committed): void
  publish(batch: MessageBatch): void
  tell(operation: Partial<Operation>): void
  /** Ends the history, and gives everything that was found. */
  end(): readonly string[]
}

/** Opens a trial. */
export function openTrial(make: JudgeMaker, options: TrialOptions = {}): Trial {
  const { system = shop(), partitions = 1, mayPark = false } = options
  const found: string[] = []
  const history: Operation[] = []
  const note = (text: string | undefined): void => {
    if (text !== undefined) found.push(text)
  }
  const ledger = createLedger({
    partitions,
    onApplied: (applied) => note(judge.applied?.(applied)),
    onRecorded: (applied) => note(judge.recorded?.(applied)),
  })
  const facts = createFacts({
    system,
    ledger,
    history,
    nowMs: () => trial.nowMs,
    starts: () => 0,
    isQuiet: () => true,
  })
  const judge = make({ system, ledger, facts, partitions, mayPark, isShared: true })
  const trial: Trial = {
    ledger,
    found,
    nowMs: 1_000,
    commit(service, commit, { positions, processMs = trial.nowMs } = {}) {
      const given = positions ?? nextPositions(ledger, service, commit)
      const applied = { service, process: service, processMs, commit }
      ledger.record(applied, { kind: 'committed', positions: given })
    },
    publish: (batch) => note(judge.published?.(batch)),
    tell: (operation) =>
      void history.push({
        client: 'ann',
        kind: 'command',
        type: '',
        data: {},
        atMs: 0,
        ...operation,
      }),
    end: () => [...found, ...(judge.atRest?.() ?? [])],
  }
  return trial
}

function nextPositions(ledger: Ledger, service: string, { entries = [] }: Commit): number[] {
  const heads = ledger.of(service).logs.map((log) => log.length)
  return entries.map(({ partition }) => {
    const next = (heads[partition] ?? 0) + 1
    heads[partition] = next
    return next
  })
}

export interface EntryOptions {
  readonly data?: unknown
  readonly meta?: EntryMeta
  readonly partitions?: number
}

/** An event of a stream, as a service records it. */
export function eventEntry(
  type: string,
  [stream, streamVersion]: readonly [string, number],
  { data = {}, meta = {}, partitions = 1 }: EntryOptions = {},
): NewEntry {
  return {
    kind: 'event',
    type,
    schemaVersion: 1,
    stream,
    streamVersion,
    key: stream.slice(stream.indexOf('/') + 1),
    partition: partitionOf(stream, partitions),
    data: JSON.stringify(data),
    meta: JSON.stringify(meta),
    atMs: 1_000,
  }
}

/** A command to another service, or the reply to one. */
export function messageEntry(
  kind: 'command' | 'reply',
  [type, to, key]: readonly [string, string, string],
  { data = {}, meta = {}, partitions = 1 }: EntryOptions = {},
): NewEntry {
  return {
    kind,
    type,
    schemaVersion: 1,
    key,
    to,
    partition: partitionOf(key, partitions),
    data: JSON.stringify(data),
    meta: JSON.stringify(meta),
    atMs: 1_000,
  }
}

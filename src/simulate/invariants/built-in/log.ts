import { partitionOf } from '../../../log/fingerprint.ts'
import type { System } from '../../../language/system.ts'
import type { Entry } from '../../../log/store.port.ts'
import type { AppliedCommit } from '../../world/ledger.ts'
import type { JudgeMaker } from '../judge.ts'
import { firstOf } from './first-of.ts'

/** Positions count 1, 2, 3, ... in each partition, in the order in which commits were applied. */
export const judgePositions: JudgeMaker = ({ system, partitions }) => ({
  name: 'positions have no gaps and follow the order of commits',
  applied(applied) {
    const { service, positions, entries } = applied
    if (positions.length !== entries.length) {
      return `${service} gave ${positions.length} positions for ${entries.length} entries.`
    }
    if (entries.length === 0) return undefined
    const added = Array.from({ length: partitions }, () => 0)
    return firstOf(entries, (entry) => {
      const right = partitionOf(placeOf(system, service, entry), partitions)
      return judgePlace(applied, entry, { right, added })
    })
  },
})

/** What decides the partition of an entry: the partition key of its aggregate, its stream, or its key. */
function placeOf(system: System, service: string, { stream, key }: Entry): string {
  if (stream === undefined) return key
  const aggregates = system.services.find(({ name }) => name === service)?.aggregates ?? []
  const kind = stream.slice(0, stream.indexOf('/'))
  const owner = aggregates.find(({ name }) => name === kind)
  return owner?.partitionKey?.(stream.slice(owner.name.length + 1)) ?? stream
}

function judgePlace(
  { service, ledger }: AppliedCommit,
  { partition, position, type }: Entry,
  { right, added }: { readonly right: number; readonly added: number[] },
): string | undefined {
  if (partition !== right) {
    return `${type} of ${service} is in partition ${partition}, not in ${right}, where its key belongs.`
  }
  const before = (ledger.logs[partition]?.length ?? 0) + (added[partition] ?? 0)
  added[partition] = (added[partition] ?? 0) + 1
  if (position === before + 1) return undefined
  return `${type} of ${service} has position ${position} after ${before}.`
}

/** Versions of a stream count 1, 2, 3, ...; nobody extends a version that is not the newest one. */
export const judgeStreams: JudgeMaker = () => ({
  name: 'versions of a stream have no gaps, and no stale write is applied',
  applied(applied) {
    const { commit, entries } = applied
    if (!commit.streams) {
      const lone = entries.find(({ stream }) => stream !== undefined)
      return lone && `${lone.type} was added to ${lone.stream} without its head.`
    }
    return judgeHeads(applied)
  },
})

function judgeHeads({ service, ledger, commit, entries }: AppliedCommit): string | undefined {
  const heads = new Map<string, number>()
  const stale = firstOf(commit.streams, ({ stream, expected }) => {
    const head = ledger.streams.get(stream) ?? 0
    heads.set(stream, expected)
    if (head === expected) return undefined
    return `${stream} of ${service} was written at version ${expected}, when it was at ${head}.`
  })
  if (stale !== undefined) return stale
  const gap = firstOf(entries, ({ stream, streamVersion, type }) => {
    if (stream === undefined) return undefined
    const before = heads.get(stream)
    if (before === undefined) return `${type} was added to ${stream} without its head.`
    heads.set(stream, before + 1)
    if (streamVersion === before + 1) return undefined
    return `${type} has version ${streamVersion} after version ${before} of ${stream}.`
  })
  if (gap !== undefined) return gap
  return firstOf(commit.streams, ({ stream, next }) => {
    const last = heads.get(stream)
    return last === next ? undefined : `${stream} is at ${next}, and its last event at ${last}.`
  })
}

import type { Aggregate } from '../language/aggregate.ts'
import { type EventTypes, eventMeta, readEventData } from '../log/stored-event.ts'
import type { Entry, LoadedStream, LogStore } from '../log/store.port.ts'
import type { Cell } from './cells.ts'

/** Events read at once while a state is replayed. */
export const replayPageMax = 1_000

export interface LoadStateOptions {
  readonly service: string
  readonly store: LogStore
  readonly types: EventTypes
}

/**
 * The state of an aggregate instance from its stored snapshot and the events after it.
 *
 * A snapshot of another version of the aggregate's code is not used: the state is replayed from the first event.
 */
export async function loadState(
  options: LoadStateOptions,
  aggregate: Aggregate,
  loaded: LoadedStream,
): Promise<Cell> {
  const { cell, fold } = beginState(options, aggregate, loaded)
  while (cell.version < loaded.version) {
    // Not past the version that was read: what is read together is of one snapshot.
    const limit = Math.min(replayPageMax, loaded.version - cell.version)
    const page = { stream: loaded.stream, after: cell.version, limit }
    const events = await options.store.streamEvents(page)
    if (events.length === 0) break
    fold(events)
  }
  return cell
}

/** The same when nothing has to be read for it; undefined otherwise. */
export function loadStateNow(
  options: LoadStateOptions,
  aggregate: Aggregate,
  loaded: LoadedStream,
): Cell | undefined {
  const { cell } = beginState(options, aggregate, loaded)
  return cell.version < loaded.version ? undefined : cell
}

function beginState(
  options: LoadStateOptions,
  aggregate: Aggregate,
  loaded: LoadedStream,
): { readonly cell: Cell; readonly fold: (events: readonly Entry[]) => void } {
  const usable = loaded.state !== undefined && loaded.stateVersion === aggregate.version
  const cell: Cell = {
    id: loaded.stream,
    version: usable ? loaded.stateAt : 0,
    value: usable ? JSON.parse(loaded.state ?? 'null') : aggregate.initial(),
    stateAt: usable ? loaded.stateAt : 0,
    atMs: 0,
    pending: 0,
  }
  const fold = createFold(options, aggregate, cell)
  if (usable || loaded.stateAt === 0) fold(loaded.events)
  return { cell, fold }
}

function createFold(
  { service, types }: LoadStateOptions,
  aggregate: Aggregate,
  cell: Cell,
): (events: readonly Entry[]) => void {
  return (events) => {
    for (const entry of events) {
      const evolve = aggregate.evolve[entry.type]
      if (evolve)
        cell.value = evolve(cell.value, readEventData(types, entry), eventMeta(service, entry))
      cell.version = entry.streamVersion ?? cell.version + 1
      cell.atMs = entry.atMs
    }
  }
}

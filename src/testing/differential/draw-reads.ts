import type { SnapshotRead, Store } from '../../log/store.port.ts'
import type { Chance } from '../../simulate/world/chance.ts'
import { sampleIds, sampleIndexes, sampleNames, sampleValues, sampleViews } from './draw-commit.ts'

/** A question to a store, with the words that it is told of by. */
export interface DrawnRead {
  readonly name: string
  readonly ask: (store: Store) => unknown
}

/** Draws the questions after a batch: every read of the port, each with other arguments every time. */
export function drawReads(chance: Chance, partitions: number): readonly DrawnRead[] {
  const partition = chance.between(0, partitions - 1)
  const page = { after: chance.between(0, 9), limit: chance.between(1, 9) }
  const stream = chance.pick(sampleNames)
  const snapshot = drawSnapshot(chance)
  const parked = { ...maybeAfter(chance), limit: chance.between(1, 4) }
  const [atMs, limit] = [chance.between(0, 6), chance.between(1, 5)]
  return [
    { name: 'heads', ask: (store) => store.heads() },
    { name: 'read', ask: (store) => store.read({ partition, ...page }) },
    { name: 'streamEvents', ask: (store) => store.streamEvents({ stream, ...page }) },
    { name: 'results', ask: (store) => store.results([...sampleIds, 'never']) },
    { name: 'snapshot', ask: (store) => store.snapshot(snapshot) },
    {
      name: 'snapshotNow',
      ask: (store) => store.snapshotNow?.(snapshot) ?? store.snapshot(snapshot),
    },
    { name: 'dueTimers', ask: (store) => store.dueTimers(atMs, limit) },
    { name: 'nextTimer', ask: (store) => store.nextTimer() },
    { name: 'countTimers', ask: (store) => store.countTimers() },
    { name: 'cursors', ask: (store) => store.cursors() },
    { name: 'parked', ask: (store) => store.parked(parked) },
  ]
}

/** Every question once, for all that there is. */
export function readsOfAll(partitions: number): readonly DrawnRead[] {
  const limit = 1_000
  const snapshot: readonly SnapshotRead[] = [
    ...sampleNames.map((stream) => ({ kind: 'stream', stream }) as const),
    ...sampleViews.map((view) => ({ kind: 'list', view, limit }) as const),
    ...sampleViews.flatMap((view) =>
      sampleIndexes.flatMap((index) =>
        sampleValues.map((value) => ({ kind: 'find', view, index, value, limit }) as const),
      ),
    ),
  ]
  return [
    ...Array.from({ length: partitions }, (_, partition) => ({
      name: `all of partition ${partition}`,
      ask: (store: Store) => store.read({ partition, after: 0, limit }),
    })),
    ...sampleNames.map((stream) => ({
      name: `all events of ${JSON.stringify(stream)}`,
      ask: (store: Store) => store.streamEvents({ stream, after: 0, limit }),
    })),
    { name: 'all snapshots', ask: (store) => store.snapshot(snapshot) },
    { name: 'all timers', ask: (store) => store.dueTimers(Number.MAX_SAFE_INTEGER, limit) },
    { name: 'all parked', ask: (store) => store.parked({ limit }) },
  ]
}

function drawSnapshot(chance: Chance): readonly SnapshotRead[] {
  return Array.from({ length: chance.between(1, 6) }, (): SnapshotRead => {
    const view = chance.pick(sampleViews)
    const limit = chance.between(1, 4)
    switch (chance.pick(['get', 'list', 'find', 'stream'] as const)) {
      case 'get':
        return { kind: 'get', view, key: chance.pick(sampleNames) }
      case 'list':
        return { kind: 'list', view, ...maybeAfter(chance), limit }
      case 'find': {
        const [index, value] = [chance.pick(sampleIndexes), chance.pick(sampleValues)]
        return { kind: 'find', view, index, value, ...maybeAfter(chance), limit }
      }
      case 'stream':
        return { kind: 'stream', stream: chance.pick(sampleNames) }
    }
  })
}

function maybeAfter(chance: Chance): { readonly after?: string } {
  return chance.happens(0.5) ? {} : { after: chance.pick(sampleNames) }
}

import { assertThat, DureError } from '../../language/errors.ts'
import type { Store, StoreProvider, StoreSupport } from '../../log/store.port.ts'
import { commitBatch } from './store-commit.ts'
import {
  answerRead,
  createTables,
  listCursors,
  readStreamEvents,
  type StoreTables,
} from './store-tables.ts'

export interface MemoryStoresOptions {
  /** Makes the ids of incarnations; random ones without it. A simulation hands in its own. */
  readonly newId?: () => string
}

/** Stores that live as long as the provider: closing and opening again keeps what was stored. */
export interface MemoryStores extends StoreProvider {
  /** Closes the store of a service as the end of its process would; what was answered is kept. */
  crash(service: string): void
}

interface Place {
  readonly tables: StoreTables
  /** Ends the open store, when there is one. */
  close?: (() => void) | undefined
}

const supports: StoreSupport = Object.freeze({ durable: false, shared: false })

/** Keeps every store in this process: the reference of the port, for tests and simulations. */
export function memoryStores(options: MemoryStoresOptions = {}): MemoryStores {
  const newId = options.newId ?? ((): string => crypto.randomUUID())
  const places = new Map<string, Place>()

  return {
    async open(service, { partitions }) {
      let place = places.get(service)
      if (place === undefined) {
        place = { tables: createTables(newId(), partitions) }
        places.set(service, place)
      }
      assertClosed(service, place)
      assertPartitions(service, place.tables.logs.length, partitions)
      return openStore(service, place)
    },
    async erase(service) {
      const place = places.get(service)
      if (place) assertClosed(service, place)
      places.delete(service)
    },
    crash(service) {
      places.get(service)?.close?.()
    },
  }
}

function assertClosed(service: string, place: Place): void {
  if (place.close === undefined) return
  throw new DureError(
    'STORE_LOCKED',
    `The store of "${service}" is open already. Close it first: a store is open once.`,
    { details: { service } },
  )
}

function assertPartitions(service: string, stored: number, asked: number): void {
  assertThat(Number.isSafeInteger(asked) && asked > 0, `A log cannot have ${asked} partitions.`)
  if (stored === asked) return
  throw new DureError(
    'STORE_UNAVAILABLE',
    `The log of "${service}" has ${stored} partitions, not ${asked}. Open it with ${stored}, or erase it first.`,
    { details: { service, stored, asked } },
  )
}

function openStore(service: string, place: Place): Store {
  const { tables } = place
  let isOpen = true
  const close = (): void => {
    if (isOpen) place.close = undefined
    isOpen = false
  }
  const read = (): StoreTables => {
    if (isOpen) return tables
    throw new DureError('STORE_CLOSED', `The store of "${service}" is closed. Open it again.`)
  }
  place.close = close

  return {
    supports,
    incarnation: tables.incarnation,
    partitions: tables.logs.length,
    commit: async (batch) => commitBatch(read(), batch),
    read: async ({ partition, after, limit }) =>
      read().logs[partition]?.slice(after, after + limit) ?? [],
    streamEvents: async (request) => readStreamEvents(read(), request),
    heads: async () => read().logs.map((log) => log.length),
    results: async (ids) => resultsOf(read(), ids),
    snapshot: async (reads) => {
      const now = read()
      return reads.map((each) => answerRead(now, each))
    },
    dueTimers: async (atMs, limit) => {
      const timers = read().timersByTime.after(undefined, limit)
      const late = timers.findIndex((timer) => timer.atMs > atMs)
      return late < 0 ? timers : timers.slice(0, late)
    },
    nextTimer: async () => read().timersByTime.first()?.atMs,
    countTimers: async () => read().timers.size,
    cursors: async () => listCursors(read()),
    parked: async ({ after, limit }) => {
      const { parked, parkedIds } = read()
      return parkedIds.after(after, limit).flatMap((id) => parked.get(id) ?? [])
    },
    [Symbol.asyncDispose]: async () => close(),
  }
}

function resultsOf({ commands }: StoreTables, ids: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    ids.flatMap((id) => {
      const command = commands.get(id)
      return command === undefined ? [] : [[id, command.result] as const]
    }),
  )
}

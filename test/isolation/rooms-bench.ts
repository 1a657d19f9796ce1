import { memoryBroker } from '../../src/adapters/memory/broker.ts'
import { type VirtualClock, virtualClock } from '../../src/adapters/memory/clock.ts'
import { memoryStores } from '../../src/adapters/memory/store.ts'
import type { Store, StoreProvider } from '../../src/log/store.port.ts'
import type { CallOptions, CommandAnswer, RunningSystem } from '../../src/runtime/index.ts'
import { startSystem } from '../../src/runtime/start-system.ts'
import type { InstanceLocks } from '../../src/sagas/isolation/lock-state.ts'
import { Desk, Rooms, roomsSystem, type RoomsOptions } from './rooms.ts'

/** Rooms and bookings in one process, on virtual time. */
export interface RoomsBench extends AsyncDisposable {
  readonly running: RunningSystem
  readonly clock: VirtualClock
  /** Asks for a room, and lets it go on until nothing more happens at this time. */
  book(
    id: string,
    options?: { readonly declined?: boolean; readonly roomId?: string },
  ): Promise<void>
  /** Changes the price of a room as a caller from outside. */
  price(cents: number, call?: CallOptions): Promise<CommandAnswer>
  /** Lets the bank break until `pay` is called: sagas then stand before their pivot. */
  hold(): void
  pay(): Promise<void>
  /** Lets everything happen that happens within this time, in milliseconds. */
  settle(durationMs?: number): Promise<void>
  /** What has happened in the rooms, as `<event> <booking or price>`. */
  events(): Promise<readonly string[]>
  locks(): Promise<Readonly<Record<string, InstanceLocks>>>
  statusOf(id: string): Promise<string | undefined>
}

/** Time in which everything happens that waits for nobody, in milliseconds. */
const momentMs = 20

export async function openRooms(
  options: RoomsOptions,
  stores: StoreProvider = memoryStores(),
  clock: VirtualClock = virtualClock(),
): Promise<RoomsBench> {
  const opened = new Map<string, Store>()
  let isHeld = false
  const watched: StoreProvider = {
    erase: (name) => stores.erase(name),
    async open(name, place) {
      const store = await stores.open(name, place)
      opened.set(name, store)
      return store
    },
  }
  const running = await startSystem(roomsSystem({ ...options, isBankBroken: () => isHeld }), {
    stores: watched,
    broker: memoryBroker({ clock }),
    clock,
  })
  const settle = (durationMs = momentMs): Promise<void> => clock.advance(durationMs)
  const rooms = async (read: (store: Store) => Promise<unknown>): Promise<unknown> => {
    const store = opened.get('rooms')
    return store && read(store)
  }
  return {
    running,
    clock,
    settle,
    async book(id, { declined = false, roomId = 'red' } = {}) {
      await running.execute(Desk.ask({ id, roomId, declined }))
      await settle()
    },
    price: (cents, call) => running.execute(Rooms.changePrice({ roomId: 'red', cents }), call),
    hold() {
      isHeld = true
    },
    async pay() {
      isHeld = false
      // Those behind a message follow it by themselves.
      for (let [first] = await running.parked(); first; [first] = await running.parked()) {
        const { handled } = await running.redrive(first.id)
        if (!handled) break
        await settle()
      }
      await settle()
    },
    async events() {
      const entries = (await rooms((store) =>
        store.read({ partition: 0, after: 0, limit: 1_000 }),
      )) as Awaited<ReturnType<Store['read']>>
      return entries
        .filter(({ kind }) => kind === 'event')
        .map(({ type, data }) => {
          const { id, cents } = JSON.parse(data) as { id?: string; cents?: number }
          return `${type.slice('rooms.'.length)} ${id ?? cents}`
        })
    },
    async locks() {
      const [answer] = (await rooms((store) =>
        store.snapshot([{ kind: 'list', view: '$locks', limit: 100 }]),
      )) as Awaited<ReturnType<Store['snapshot']>>
      const documents = answer?.kind === 'documents' ? answer.documents : []
      return Object.fromEntries(
        documents.map(({ key, value }) => [key, JSON.parse(value) as InstanceLocks]),
      )
    },
    async statusOf(id) {
      const { instances } = await running.sagas({ saga: 'book', key: id })
      return instances[0]?.status
    },
    [Symbol.asyncDispose]: () => running.stop(),
  }
}

// What can be seen of a system that does not run: its stores are opened, and nothing in them is followed or changed.
import { memoryBroker } from '../../adapters/memory/index.ts'
import { DureError } from '../../language/errors.ts'
import type { System } from '../../language/system.ts'
import type { Store, StoreProvider } from '../../log/store.port.ts'
import { cursorOf } from '../../messaging/inboxes.ts'
import { inboxName } from '../../messaging/parked-work.ts'
import type { Clock, Operations, ServiceStatus } from '../../runtime/index.ts'
import { type SagaDesk, sagaDesk } from '../../sagas/operating/saga-desk.ts'
import { lockDesk } from '../../sagas/isolation/operate-locks.ts'
import { listParked, previewRedrive, showParked } from '../../runtime/operate.ts'
import { openService, type ServiceRuntime } from '../../runtime/service-runtime.ts'
import { viewConsumer, viewSources, viewWants } from '../../views/follow-view.ts'

/** The operator's door, as far as it only looks. */
export type Looking = Pick<
  Operations,
  | 'status'
  | 'parked'
  | 'showParked'
  | 'previewRedrive'
  | 'sagas'
  | 'saga'
  | 'previewIntervention'
  | 'locks'
>

/** A look into stored data. Disposing closes the stores. */
export interface Look extends AsyncDisposable {
  readonly operations: Looking
}

export interface LookOptions {
  readonly stores: StoreProvider
  readonly clock: Clock
}

/**
 * Opens the stores of a system to look into them. Work that waits goes on waiting: nothing is sent, taken or due.
 *
 * @throws `STORE_*` when a store cannot be opened, also because the system runs after all.
 */
export async function lookIntoSystem(system: System, options: LookOptions): Promise<Look> {
  const { stores, clock } = options
  await using opening = new AsyncDisposableStack()
  const broker = opening.use(memoryBroker({ clock }))
  const services = new Map<string, ServiceRuntime>()
  const parts = { system, broker, clock, bindings: new Map<string, never>() }
  const nothing = (): void => undefined
  for (const service of system.services) {
    const store = opening.use(await stores.open(service.name, { partitions: 1 }))
    const logs = (): undefined => undefined
    const told = { report: nothing, onProgress: nothing, logs, head: async () => 0 }
    services.set(service.name, await openService({ ...parts, ...told, service, store }))
  }
  const resources = opening.move()
  const partsOf = (name: string): ServiceRuntime['parts'] | undefined => services.get(name)?.parts
  const desk = sagaDesk({ system, partsOf, newId: () => clock.newId() })
  const operations = {
    ...lookAt(system.name, services, clock),
    ...lookAtSagas(desk),
    locks: () => lockDesk(services).locks(),
  }
  return { operations, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

function lookAtSagas(desk: SagaDesk): Pick<Looking, 'sagas' | 'saga' | 'previewIntervention'> {
  return {
    sagas: (filter = {}) => desk.sagas(filter),
    saga: (name, key) => desk.saga(name, key),
    previewIntervention: (request) => desk.previewIntervention(request),
  }
}

function lookAt(
  system: string,
  services: ReadonlyMap<string, ServiceRuntime>,
  clock: Clock,
): Pick<Looking, 'status' | 'parked' | 'showParked' | 'previewRedrive'> {
  const ofParked = <T>(
    id: string,
    run: (runtime: ServiceRuntime, own: string) => Promise<T>,
  ): Promise<T> => {
    const [service = '', ...rest] = id.split(':')
    const runtime = services.get(service)
    if (runtime) return run(runtime, rest.join(':'))
    throw new DureError(
      'PARKED_UNKNOWN',
      `No message is parked under "${id}": ids begin with the name of a service and a colon.`,
    )
  }
  return {
    async status() {
      const nowMs = clock.nowMs()
      const found: ServiceStatus[] = []
      for (const runtime of services.values()) found.push(await statusOf(runtime, services, nowMs))
      return { system, startedAtMs: nowMs, services: found }
    },
    async parked() {
      const lists = await Promise.all(Array.from(services.values(), listParked))
      return lists.flat()
    },
    showParked: async (id) => ofParked(id, showParked),
    previewRedrive: async (id) => ofParked(id, previewRedrive),
  }
}

/** Timers and entries are counted up to this number. */
const countedMax = 10_000

async function statusOf(
  { name, parts }: ServiceRuntime,
  services: ReadonlyMap<string, ServiceRuntime>,
  nowMs: number,
): Promise<ServiceStatus> {
  const { store, model, catalogue, handler, parkedKeys } = parts
  const cursors = await store.cursors()
  const behind = async (consumer: string, source: string, wants: Wants): Promise<number> => {
    const log = services.get(source)?.parts.store
    if (!log) return 0
    const positionIn = (partition: number): number =>
      cursorOf(cursors, { consumer, source, partition, incarnation: log.incarnation })
    return countWanted(log, positionIn, wants)
  }
  let inboxLag = 0
  for (const source of services.keys()) {
    inboxLag += await behind(inboxName, source, (message) => handler.wants(message))
  }
  const views = []
  for (const view of model.service.views) {
    const consumer = viewConsumer(catalogue.nameOf(view))
    const sources = view.consistency === 'async' ? viewSources(view) : []
    let lag = 0
    for (const source of sources) lag += await behind(consumer, source, viewWants(view))
    inboxLag += lag
    views.push({ name: view.name, lag, rebuilding: false })
  }
  return {
    name,
    relayLag: 0,
    inboxLag,
    timersDue: (await store.dueTimers(nowMs, countedMax)).length,
    sagasOpen: await parts.sagasOpen(),
    parked: parkedKeys.count,
    position: (await store.heads()).reduce((sum, head) => sum + head, 0),
    timers: await store.countTimers(),
    views,
    ...parts.counters,
    commits: 0,
    groups: 0,
  }
}

type Wants = (message: { readonly type: string; readonly to?: string }) => boolean

/** How many entries of a log are still to be taken: those after the cursor that are wanted. */
async function countWanted(
  log: Store,
  positionIn: (partition: number) => number,
  wants: Wants,
): Promise<number> {
  let count = 0
  for (let partition = 0; partition < log.partitions; partition += 1) {
    const request = { partition, after: positionIn(partition), limit: countedMax }
    count += (await log.read(request)).filter(wants).length
  }
  return count
}

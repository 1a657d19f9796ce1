import { DureError } from '../language/errors.ts'
import type { Outcome } from '../language/message.ts'
import type { PortBinding } from '../language/port.ts'
import type { System } from '../language/system.ts'
import { fingerprint } from '../log/fingerprint.ts'
import type { StoreProvider } from '../log/store.port.ts'
import type { Broker } from '../messaging/broker.port.ts'
import type { LogAddress } from '../messaging/inboxes.ts'
import type { Clock } from './clock.port.ts'
import {
  dropParked,
  listParked,
  rebuildReporter,
  redriveParked,
  serviceIdle,
  serviceStatus,
  showParked,
} from './operate.ts'
import type { PortBindings } from './prepare.ts'
import type { IdleReport, RunningSystem, ServiceIdle } from './running-system.port.ts'
import { openService, type ServiceRuntime } from './service-runtime.ts'
import { waitForToken } from './wait-for-token.ts'

/** What a running system tells about itself: for logs and the console. */
export interface RuntimeReport {
  readonly level: 'info' | 'warn' | 'error'
  readonly service?: string
  readonly message: string
  readonly details?: Readonly<Record<string, unknown>>
}

export interface StartOptions {
  readonly stores: StoreProvider
  readonly broker: Broker
  readonly clock: Clock
  /** Partitions of each service's log. Fixed when a store is made. */
  readonly partitions?: number
  readonly report?: (report: RuntimeReport) => void
}

/** Every service of the process, following each other. */
interface Assembly {
  readonly services: ReadonlyMap<string, ServiceRuntime>
  readonly epoch: string
  head(service: string): Promise<readonly number[]>
}

/**
 * Starts every service of a system in this process. Resolves when all of them take commands.
 *
 * @throws `PORT_UNBOUND` when a service needs a driven port without an adapter.
 * @throws `STORE_*` when a store cannot be opened; nothing stays open then.
 */
export async function startSystem(system: System, options: StartOptions): Promise<RunningSystem> {
  const { clock } = options
  const bindings = bindPorts(system)
  const startedAtMs = clock.nowMs()
  let progress: (() => void)[] = []
  const onProgress = (): void => {
    if (progress.length === 0) return
    const waiting = progress
    progress = []
    for (const resolve of waiting) resolve()
  }
  let assembly = await assemble(system, options, bindings, onProgress)
  let isStopping: Promise<void> | undefined
  let change: Promise<void> | undefined
  let inFlight = 0
  let quiet: (() => void)[] = []

  /** Runs a call on the present assembly: not while services are erased, and not after the stop. */
  async function call<T>(run: (assembly: Assembly) => Promise<T>): Promise<T> {
    if (isStopping) throw stopping(system.name)
    while (change) await change
    inFlight += 1
    try {
      return await run(assembly)
    } finally {
      inFlight -= 1
      if (inFlight === 0) for (const resolve of quiet.splice(0)) resolve()
    }
  }

  async function untilQuiet(): Promise<void> {
    while (inFlight > 0) await new Promise<void>((resolve) => quiet.push(resolve))
  }

  async function eraseAndRestart(names: readonly string[]): Promise<void> {
    await untilQuiet()
    await disassemble(assembly)
    for (const name of names) await options.stores.erase(name)
    assembly = await assemble(system, options, bindings, onProgress)
  }

  function find(services: Assembly['services'], name: string): ServiceRuntime {
    const found = services.get(name)
    if (found) return found
    const names = [...services.keys()].join(', ')
    throw new DureError(
      'COMMAND_UNKNOWN',
      `System "${system.name}" has no service "${name}". It has: ${names}.`,
    )
  }

  function ofParked<T>(
    id: string,
    run: (runtime: ServiceRuntime, id: string) => Promise<T>,
  ): Promise<T> {
    const [service = '', ...rest] = id.split(':')
    return call(async ({ services }) => {
      const runtime = services.get(service)
      if (!runtime)
        throw new DureError(
          'PARKED_UNKNOWN',
          `No message is parked under "${id}": ids begin with a service and a colon.`,
        )
      return run(runtime, rest.join(':'))
    })
  }

  const running: RunningSystem = {
    get epoch() {
      return assembly.epoch
    },
    execute: (command, asked = {}) =>
      call(async ({ services }) => {
        const { outcome, id, repeated, position } = await find(services, command.service).execute(
          command,
          asked,
        )
        const token: Record<string, number> = position > 0 ? { [command.service]: position } : {}
        return { ...outcome, id, repeated, token }
      }),
    query: (query, asked = {}) =>
      call(async ({ services }): Promise<Outcome> => {
        const runtime = find(services, query.service)
        if (asked.token)
          await waitForToken({ runtime, clock, asked, onProgress: (each) => progress.push(each) })
        return runtime.query(query, asked)
      }),
    idle: () =>
      call(async (now): Promise<IdleReport> => {
        const services: Record<string, ServiceIdle> = {}
        for (const runtime of now.services.values()) {
          services[runtime.name] = await serviceIdle(runtime, now.head, clock.nowMs())
        }
        return { idle: Object.values(services).every(isIdle), services }
      }),
    status: () =>
      call(async (now) => {
        const services = []
        for (const runtime of now.services.values())
          services.push(await serviceStatus(runtime, now.head, clock.nowMs()))
        return { system: system.name, startedAtMs, services }
      }),
    parked: () =>
      call(async ({ services }) => {
        const lists = await Promise.all([...services.values()].map(listParked))
        return lists.flat()
      }),
    showParked: (id) => ofParked(id, showParked),
    redrive: (id) => ofParked(id, (runtime, own) => redriveParked(runtime, own, clock.nowMs)),
    dropParked: (id) => ofParked(id, dropParked),
    rebuildView: (service, view, watch) =>
      call(async ({ services }) => {
        const runtime = services.get(service)
        if (!runtime)
          throw new DureError(
            'VIEW_UNKNOWN',
            `System "${system.name}" has no service "${service}".`,
          )
        await runtime.parts.views.rebuild(view, rebuildReporter(service, view, watch))
      }),
    async erase(names) {
      if (isStopping) throw stopping(system.name)
      while (change) await change
      for (const name of names) find(assembly.services, name)
      change = eraseAndRestart(names).finally(() => {
        change = undefined
      })
      await change
    },
    stop() {
      isStopping ??= (async () => {
        await change
        await untilQuiet()
        await disassemble(assembly)
      })()
      return isStopping
    },
    [Symbol.asyncDispose]: () => running.stop(),
  }
  return running
}

function isIdle(service: ServiceIdle): boolean {
  return service.relayLag + service.inboxLag + service.timersDue + service.sagasOpen === 0
}

// biome-ignore format: the signature reads better on one line
async function assemble(system: System, options: StartOptions, bindings: PortBindings, onProgress: () => void): Promise<Assembly> {
  const { stores, partitions = 1, broker, clock } = options
  const services = new Map<string, ServiceRuntime>()
  const opened = new Map<string, LogAddress>()
  const head = async (service: string): Promise<readonly number[]> =>
    (await services.get(service)?.parts.store.heads()) ?? []
  const place = { system, broker, clock, bindings, onProgress, report: options.report ?? (() => undefined) }
  try {
    for (const service of system.services) {
      const store = await stores.open(service.name, { partitions })
      opened.set(service.name, { service: service.name, incarnation: store.incarnation, partitions: store.partitions })
      const logs = (name: string): LogAddress | undefined => opened.get(name)
      const total = async (name: string): Promise<number> => (await head(name)).reduce((sum, each) => sum + each, 0)
      services.set(service.name, await openService({ ...place, service, store, logs, head: total }))
    }
    for (const runtime of services.values()) await runtime.follow()
  } catch (error) {
    await disassemble({ services })
    throw error
  }
  const incarnations = [...opened.values()].map(({ incarnation }) => incarnation)
  return { services, epoch: fingerprint(incarnations.join(' ')), head }
}

async function disassemble({ services }: Pick<Assembly, 'services'>): Promise<void> {
  await Promise.all([...services.values()].map((runtime) => runtime.unfollow()))
  await Promise.all([...services.values()].map((runtime) => runtime.close()))
}

function bindPorts(system: System): PortBindings {
  const bindings = new Map<string, PortBinding>(
    system.adapters.map((each) => [each.port.name, each]),
  )
  for (const service of system.services) {
    for (const { name } of service.ports) {
      if (bindings.has(name)) continue
      throw new DureError(
        'PORT_UNBOUND',
        `Service "${service.name}" needs the driven port "${name}", and system "${system.name}" binds no adapter to it. Add bind(...) to "adapters".`,
      )
    }
  }
  return bindings
}

function stopping(name: string): DureError {
  return new DureError('SYSTEM_STOPPING', `System "${name}" is stopping. Try again when it runs.`)
}

// Puts the services of one process together, so that they follow each other's logs.
import { DureError } from '../language/errors.ts'
import type { PortBinding } from '../language/port.ts'
import type { Service } from '../language/service.ts'
import { allNames, namesElsewhere, type System } from '../language/system.ts'
import { fingerprint } from '../log/fingerprint.ts'
import type { LogAddress } from '../messaging/inboxes.ts'
import { allSagas } from '../sagas/saga-engines.ts'
import { assertKnownVersions } from '../sagas/versions/known-versions.ts'
import { redriveVersions } from '../sagas/versions/redrive-at-start.ts'
import type { PortBindings } from './prepare.ts'
import { openService, type ServiceRuntime, type ServiceRuntimeOptions } from './service-runtime.ts'
import type { StartOptions } from './start-system.ts'

/** Every service of the process, following each other. */
export interface Assembly {
  readonly services: ReadonlyMap<string, ServiceRuntime>
  /** Changes when the log of a service was begun anew. */
  readonly epoch: string
  /** Last positions of a service's log, by partition. */
  readonly head: (service: string) => Promise<readonly number[]>
}

export interface Assembler {
  /** @throws `PORT_UNBOUND`, `SAGA_VERSION_UNKNOWN`, `STORE_*`; nothing stays open then. */
  assemble(): Promise<Assembly>
  /** Calls back once, after a service has moved on. */
  readonly onProgress: (wake: () => void) => void
}

/** Prepares to assemble a system. @throws `PORT_UNBOUND`, `SYSTEM_ELSEWHERE`. */
export function createAssembler(system: System, options: StartOptions): Assembler {
  if (options.remote === undefined) assertWrittenHere(system)
  const bindings = bindPorts(system, servicesHere(system, options))
  let waiting: (() => void)[] = []
  const progressed = (): void => {
    if (waiting.length === 0) return
    for (const wake of waiting.splice(0)) wake()
  }
  return {
    assemble: () => assemble(system, options, { bindings, progressed }),
    onProgress: (wake) => {
      waiting = [...waiting, wake]
    },
  }
}

interface Wiring {
  readonly bindings: PortBindings
  readonly progressed: () => void
}

async function assemble(system: System, options: StartOptions, wiring: Wiring): Promise<Assembly> {
  const services = new Map<string, ServiceRuntime>()
  const logs = new Map<string, LogAddress>()
  const head = headIn(services, options)
  const place = {
    system,
    broker: options.broker,
    clock: options.clock,
    bindings: wiring.bindings,
    onProgress: wiring.progressed,
    report: options.report ?? ((): void => undefined),
    logs: (name: string) => logs.get(name),
    head: async (name: string) => (await head(name)).reduce((sum, each) => sum + each, 0),
  }
  try {
    for (const service of servicesHere(system, options)) {
      const store = await options.stores.open(service.name, { partitions: options.partitions ?? 1 })
      const { incarnation, partitions } = store
      logs.set(service.name, { service: service.name, incarnation, partitions })
      options.onOpened?.(service.name, store)
      services.set(service.name, await openOrClose({ ...place, service, store }))
    }
    await findRemote({ system, options, services, logs })
    for (const runtime of services.values()) await runtime.follow()
    for (const runtime of services.values())
      await redriveVersions(runtime, redriving(place, runtime))
  } catch (error) {
    await disassemble({ services })
    throw error
  }
  const incarnations = Array.from(logs.values(), ({ incarnation }) => incarnation)
  return { services, epoch: fingerprint(incarnations.join(' ')), head }
}

interface Finding {
  readonly system: System
  readonly options: StartOptions
  readonly services: ReadonlyMap<string, ServiceRuntime>
  readonly logs: Map<string, LogAddress>
}

/** Finds the logs of the services that run elsewhere. */
async function findRemote({ system, options, services, logs }: Finding): Promise<void> {
  for (const name of allNames(system)) {
    if (logs.has(name)) continue
    const address = await options.remote?.address(name, await followedBefore(name, services))
    if (address) logs.set(name, address)
  }
}

function headIn(
  services: ReadonlyMap<string, ServiceRuntime>,
  { remote }: StartOptions,
): Assembly['head'] {
  return async (service) => {
    const here = services.get(service)
    return (here ? await here.parts.store.heads() : await remote?.heads(service)) ?? []
  }
}

/** What the log of a service was when a service of this process followed it last. */
async function followedBefore(
  service: string,
  here: ReadonlyMap<string, ServiceRuntime>,
): Promise<LogAddress | undefined> {
  for (const { parts } of here.values()) {
    const cursors = await parts.store.cursors()
    const followed = cursors.filter(({ source }) => source === service)
    const incarnation = followed[0]?.incarnation
    if (incarnation === undefined) continue
    const partitions = 1 + Math.max(...followed.map(({ partition }) => partition))
    return { service, incarnation, partitions }
  }
  return undefined
}

function redriving(
  { clock, report }: Pick<ServiceRuntimeOptions, 'clock' | 'report'>,
  { name: service }: ServiceRuntime,
): Parameters<typeof redriveVersions>[1] {
  return {
    nowMs: () => clock.nowMs(),
    report: (message) => report({ level: 'info', service, message }),
  }
}

/** @throws `SYSTEM_ELSEWHERE` when a service is not written with Dure. */
function assertWrittenHere(system: System): void {
  const [first] = namesElsewhere(system)
  if (first === undefined) return
  throw new DureError(
    'SYSTEM_ELSEWHERE',
    `Service "${first}" of system "${system.name}" is not written with Dure, and there is no way to it here. Run the others with dure start, and say where it is: --peers ${first}=http://...`,
    { details: { service: first } },
  )
}

function servicesHere({ services }: System, { here }: StartOptions): readonly Service[] {
  return here === undefined ? services : services.filter(({ name }) => here.includes(name))
}

async function openOrClose(options: ServiceRuntimeOptions): Promise<ServiceRuntime> {
  try {
    const runtime = await openService(options)
    const { system, service, store } = options
    await assertKnownVersions(service.name, store, allSagas(system))
    return runtime
  } catch (error) {
    await options.store[Symbol.asyncDispose]()
    throw error
  }
}

/** Stops and closes all services: first none follows any more, then the stores close. */
export async function disassemble({ services }: Pick<Assembly, 'services'>): Promise<void> {
  await Promise.all(Array.from(services.values(), (runtime) => runtime.unfollow()))
  await Promise.all(Array.from(services.values(), (runtime) => runtime.close()))
}

function bindPorts(system: System, services: readonly Service[]): PortBindings {
  const bindings = new Map<string, PortBinding>(
    system.adapters.map((each) => [each.port.name, each]),
  )
  for (const service of services) {
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

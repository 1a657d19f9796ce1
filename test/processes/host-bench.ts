// A shop whose services run on hosts of their own, which reach each other over HTTP on loopback, for tests.
import { memoryStores } from '../../src/adapters/memory/store.ts'
import { nodeClock } from '../../src/adapters/node/clock.ts'
import { createDirectory } from '../../src/calls/directory.ts'
import { type Host, openHost } from '../../src/cli/processes/open-host.ts'
import type { System } from '../../src/index.ts'
import type { StoreProvider } from '../../src/log/store.port.ts'
import type { Clock } from '../../src/runtime/index.ts'

export const secret = 'a secret of the tests'

/** Hosts that know of each other. Disposing closes those that are open. */
export class HostBench implements AsyncDisposable {
  readonly clock = nodeClock()
  readonly directory = createDirectory()
  readonly reports: string[] = []
  readonly #system: System
  /** Every host has these open. */
  readonly stores: StoreProvider
  readonly #open = new Map<string, Host>()
  readonly #addresses = new Map<
    string,
    { readonly address: string; readonly here: readonly string[] }
  >()

  constructor(system: System) {
    this.#system = system
    this.stores = memoryStores({ newId: () => this.clock.newId(), shared: true })
  }

  /** Opens a host of that name. */
  async open(name: string, here: readonly string[], clock: Clock = this.clock): Promise<Host> {
    const host = await openHost({
      system: this.#system,
      here,
      stores: this.stores,
      clock,
      directory: this.directory,
      peers: { secret },
      onListening: (address) => {
        this.#addresses.set(name, { address, here })
        this.#tell()
      },
      report: ({ message }) => void this.reports.push(message),
    })
    this.#open.set(name, host)
    return host
  }

  /** Stops a host. */
  async close(name: string): Promise<void> {
    const host = this.#open.get(name)
    this.#open.delete(name)
    this.#addresses.delete(name)
    await host?.[Symbol.asyncDispose]()
    this.#tell()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#open.keys()].map((name) => this.close(name)))
    this.clock[Symbol.dispose]()
  }

  #tell(): void {
    const addresses: Record<string, string[]> = {}
    for (const { address, here } of this.#addresses.values()) {
      // A host without services is one of those that are asked all the same.
      for (const service of here.length === 0 ? ['(gateway)'] : here)
        addresses[service] = [...(addresses[service] ?? []), address]
    }
    this.directory.tell(addresses)
  }
}

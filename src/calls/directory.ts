// Where the services of a system are now: whoever knows tells it, whoever calls looks it up.
// Source: Richardson, "Service registry" pattern.

/** The addresses of the instances of each service that take calls. */
export type PeerAddresses = Readonly<Record<string, readonly string[]>>

/** Knows where services are. */
export interface Directory {
  /** Addresses of a service's instances; none when nobody has told of any. */
  instances(service: string): readonly string[]
  /** Every address, once. */
  everywhere(): readonly string[]
  /** Replaces all that is known. */
  tell(addresses: PeerAddresses): void
  /** Resolves when something else was told, or when the signal is aborted. */
  changed(signal: AbortSignal): Promise<void>
}

/** Creates a directory. */
export function createDirectory(addresses: PeerAddresses = {}): Directory {
  return new ToldDirectory(addresses)
}

class ToldDirectory implements Directory {
  #addresses: PeerAddresses
  #next = Promise.withResolvers<void>()

  constructor(addresses: PeerAddresses) {
    this.#addresses = addresses
  }

  instances(service: string): readonly string[] {
    return Object.hasOwn(this.#addresses, service) ? (this.#addresses[service] ?? []) : []
  }

  everywhere(): readonly string[] {
    return [...new Set(Object.values(this.#addresses).flat())]
  }

  tell(addresses: PeerAddresses): void {
    this.#addresses = addresses
    this.#next.resolve()
    this.#next = Promise.withResolvers<void>()
  }

  async changed(signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<void>()
    const stop = (): void => aborted.resolve()
    if (signal.aborted) return
    signal.addEventListener('abort', stop, { once: true })
    try {
      await Promise.race([this.#next.promise, aborted.promise])
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }
}

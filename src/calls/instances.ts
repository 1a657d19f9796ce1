// The instances of a service as its callers see them: which of them is asked next, and which is left alone for a while.
// Source: Nygard, "Release It!" (circuit breaker); Mitzenmacher, "The Power of Two Choices" (least in flight).
import { DureError } from '../language/errors.ts'
import type { Clock } from '../runtime/clock.port.ts'

export interface InstanceLimits {
  /** Calls to one instance that wait for their answer. */
  readonly inFlightMax: number
  /** How long an instance that could not be reached is left alone, in milliseconds; doubled up to the maximum. */
  readonly restMs: number
  readonly restMsMax: number
}

/** One instance. */
export interface Instance {
  readonly address: string
  inFlight: number
  /** Failures in a row. */
  failures: number
  /** Left alone until then. */
  restsUntilMs: number
}

/** What a caller remembers of the instances of one service. */
export class Instances {
  readonly #service: string
  readonly #clock: Clock
  readonly #limits: InstanceLimits
  #known: Instance[] = []
  #turn = 0

  constructor(service: string, clock: Clock, limits: InstanceLimits) {
    this.#service = service
    this.#clock = clock
    this.#limits = limits
  }

  /** Takes over which instances there are; what is known of those that stay is kept. */
  update(addresses: readonly string[]): void {
    if (addresses.length === this.#known.length && addresses.every((each) => this.#find(each)))
      return
    this.#known = addresses.map((address) => this.#find(address) ?? freshInstance(address))
  }

  /**
   * The instance to ask now: the one with the fewest calls, in turns. Undefined when all are left alone.
   *
   * @throws `CALL_OVERLOADED` when each has as many calls as it may.
   */
  choose(): Instance | undefined {
    const nowMs = this.#clock.nowMs()
    this.#turn += 1
    let best: Instance | undefined
    for (let index = 0; index < this.#known.length; index += 1) {
      const each = this.#known[(index + this.#turn) % this.#known.length]
      if (!each || each.restsUntilMs > nowMs) continue
      if (!best || each.inFlight < best.inFlight) best = each
    }
    if (best && best.inFlight >= this.#limits.inFlightMax) throw overloaded(this.#service)
    return best
  }

  /** How long until an instance may be asked again, in milliseconds; undefined without any. */
  restMs(): number | undefined {
    if (this.#known.length === 0) return undefined
    const untilMs = Math.min(...this.#known.map(({ restsUntilMs }) => restsUntilMs))
    return Math.max(0, untilMs - this.#clock.nowMs())
  }

  /** Notes that an instance could not be reached. */
  failed(instance: Instance): void {
    const { restMs, restMsMax } = this.#limits
    instance.failures += 1
    const delayMs = Math.min(restMsMax, restMs * 2 ** Math.min(instance.failures - 1, 20))
    instance.restsUntilMs = this.#clock.nowMs() + delayMs
  }

  #find(address: string): Instance | undefined {
    return this.#known.find((each) => each.address === address)
  }
}

/** Notes that an instance has answered. */
export function answered(instance: Instance): void {
  instance.failures = 0
  instance.restsUntilMs = 0
}

function freshInstance(address: string): Instance {
  return { address, inFlight: 0, failures: 0, restsUntilMs: 0 }
}

function overloaded(service: string): DureError {
  return new DureError(
    'CALL_OVERLOADED',
    `As many calls to service "${service}" wait for an answer as may. Slow down, or run more instances of it.`,
    { details: { service } },
  )
}

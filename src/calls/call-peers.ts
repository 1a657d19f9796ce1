// Calls to services of other processes: finds an instance, asks it, and asks again where that is safe. Every question of
// Dure is: a command carries its id, and takes effect once for it.
// Source: Richardson, "Client-side discovery" and "Circuit breaker" patterns.
import { DureError } from '../language/errors.ts'
import type { Clock } from '../runtime/clock.port.ts'
import type { Directory } from './directory.ts'
import { answered, type Instance, type InstanceLimits, Instances } from './instances.ts'
import type { PeerTransport } from './peer.port.ts'
import { errorIn } from './questions.ts'

export interface CallLimits extends InstanceLimits {
  /** How long a call without a deadline may take, in milliseconds. */
  readonly timeoutMs: number
  /** How often a question is asked that may have been received. */
  readonly attemptsMax: number
}

export const callLimits: CallLimits = {
  inFlightMax: 1_000,
  restMs: 25,
  restMsMax: 1_000,
  timeoutMs: 10_000,
  attemptsMax: 3,
}

export interface PeerCallerOptions {
  readonly transport: PeerTransport
  readonly directory: Directory
  readonly clock: Clock
  readonly limits?: Partial<CallLimits>
}

export interface Call {
  readonly name: string
  readonly body: string
  /** When the caller gives up, in milliseconds since 1970 UTC; without it after `timeoutMs`. */
  readonly deadlineMs?: number | undefined
  readonly signal?: AbortSignal
}

/** Asks services that run in other processes. */
export interface PeerCaller {
  /**
   * Asks an instance of a service, and waits for one until the deadline: while a service restarts, its calls wait.
   *
   * @throws `CALL_UNANSWERED` when no instance took the call in time.
   * @throws `CALL_INTERRUPTED`, `CALL_TIMEOUT` when it is not known what became of it; `CALL_OVERLOADED`, `CALL_DENIED`,
   * `CALL_TOO_LARGE`; and what the service itself answered.
   */
  ask(service: string, call: Call): Promise<string>
  /** Asks one process, once. @throws `CALL_*`, and what the process answered. */
  askAt(address: string, call: Call): Promise<string>
}

/** Creates a caller. */
export function createPeerCaller(options: PeerCallerOptions): PeerCaller {
  return new BalancingCaller(options)
}

interface Attempts {
  readonly instances: Instances
  readonly call: Call
  /** Questions that may have been received. */
  sent: number
}

class BalancingCaller implements PeerCaller {
  readonly #options: PeerCallerOptions
  readonly #limits: CallLimits
  readonly #services = new Map<string, Instances>()

  constructor(options: PeerCallerOptions) {
    this.#options = options
    this.#limits = { ...callLimits, ...options.limits }
  }

  async ask(service: string, call: Call): Promise<string> {
    const { directory, clock } = this.#options
    const instances = this.#instancesOf(service)
    const deadlineMs = call.deadlineMs ?? clock.nowMs() + this.#limits.timeoutMs
    const attempts: Attempts = { instances, call, sent: 0 }
    for (;;) {
      const leftMs = deadlineMs - clock.nowMs()
      if (leftMs <= 0 || call.signal?.aborted) throw unanswered(service)
      instances.update(directory.instances(service))
      const instance = instances.choose()
      if (!instance) await this.#untilThereIsOne(attempts, leftMs)
      else {
        const answer = await this.#attempt(attempts, instance, leftMs)
        if (answer !== undefined) return answer
      }
    }
  }

  async askAt(address: string, { name, body, deadlineMs, signal }: Call): Promise<string> {
    const { transport, clock } = this.#options
    const timeoutMs = deadlineMs === undefined ? this.#limits.timeoutMs : deadlineMs - clock.nowMs()
    const question = { address, name, body, timeoutMs }
    const answer = await transport.ask({ ...question, ...(signal && { signal }) })
    const error = errorIn(answer)
    if (error) throw error
    return answer
  }

  /** Asks one instance; undefined when another attempt may be made. */
  async #attempt(
    attempts: Attempts,
    instance: Instance,
    leftMs: number,
  ): Promise<string | undefined> {
    const deadlineMs = this.#options.clock.nowMs() + leftMs
    instance.inFlight += 1
    try {
      const answer = await this.askAt(instance.address, { ...attempts.call, deadlineMs })
      answered(instance)
      return answer
    } catch (error) {
      if (!this.#mayAskAgain(attempts, instance, error)) throw error
      return undefined
    } finally {
      instance.inFlight -= 1
    }
  }

  #mayAskAgain(attempts: Attempts, instance: Instance, error: unknown): boolean {
    const { instances, call } = attempts
    const code = error instanceof DureError ? error.code : undefined
    // Whoever stops takes nothing more, and has done nothing.
    if (code === 'CALL_UNREACHABLE' || code === 'SYSTEM_STOPPING') {
      instances.failed(instance)
      return true
    }
    if (code !== 'CALL_INTERRUPTED') {
      if (code !== 'CALL_TIMEOUT') answered(instance)
      return false
    }
    instances.failed(instance)
    attempts.sent += 1
    return !call.signal?.aborted && attempts.sent < this.#limits.attemptsMax
  }

  /** Waits until an instance may be asked, others are told of, or the deadline has come. */
  async #untilThereIsOne({ instances, call }: Attempts, leftMs: number): Promise<void> {
    const { clock, directory } = this.#options
    const waiting = new AbortController()
    const delayMs = Math.min(leftMs, instances.restMs() ?? leftMs)
    const stop = (): void => waiting.abort()
    const cancel = clock.after(delayMs, stop)
    call.signal?.addEventListener('abort', stop, { once: true })
    await directory.changed(waiting.signal)
    call.signal?.removeEventListener('abort', stop)
    cancel()
  }

  #instancesOf(service: string): Instances {
    const known = this.#services.get(service)
    if (known) return known
    const fresh = new Instances(service, this.#options.clock, this.#limits)
    this.#services.set(service, fresh)
    return fresh
  }
}

function unanswered(service: string): DureError {
  return new DureError(
    'CALL_UNANSWERED',
    `No instance of service "${service}" took the call in time. Look whether it runs: dure status.`,
    { details: { service } },
  )
}

// Erases services of a system whose services run in several processes: all stop first, then stores are erased, then all
// start. Otherwise what one process still had would reach another that has begun anew.
//
// Source: two-phase commit, as far as it goes: who hears nothing more goes on with what it has.
import type { Clock } from '../runtime/clock.port.ts'
import type { RunningSystem } from '../runtime/running-system.port.ts'

/** How long a process that has stopped waits for the word to go on, in milliseconds. */
export const erasePatienceMsMax = 30_000

/** The three steps that a process is led through. */
export type EraseStep = 'stop' | 'erase' | 'start'

export interface EraseOrder {
  readonly id: string
  readonly step: EraseStep
  /** The services to be erased: those of them that run in the process. */
  readonly services: readonly string[]
}

export interface ErasableOptions {
  readonly local: Pick<RunningSystem, 'erase'>
  readonly clock: Clock
  /** Services whose stores this process erases. */
  readonly here: readonly string[]
  /** Called when nothing runs here any more. */
  readonly onStopped: () => void
}

/** Leads this process through an erasing that others take part in. */
export class ErasingProcess {
  readonly #options: ErasableOptions
  #ongoing: Ongoing | undefined

  constructor(options: ErasableOptions) {
    this.#options = options
  }

  /** Takes a step; resolves when it is done. Steps of another erasing than the ongoing one are passed over. */
  async take({ id, step, services }: EraseOrder): Promise<void> {
    if (step === 'stop') {
      this.#ongoing ??= this.#begin(id, services)
      await Promise.race([this.#ongoing.stopped.promise, this.#ongoing.ended])
      return
    }
    const ongoing = this.#ongoing
    if (!ongoing || ongoing.id !== id) return
    if (step === 'erase') {
      ongoing.mayErase.resolve(true)
      await Promise.race([ongoing.erased.promise, ongoing.ended])
    } else {
      ongoing.mayStart.resolve()
      await ongoing.ended
    }
  }

  #begin(id: string, services: readonly string[]): Ongoing {
    const { local, clock, here, onStopped } = this.#options
    const stopped = Promise.withResolvers<void>()
    const mayErase = Promise.withResolvers<boolean>()
    const erased = Promise.withResolvers<void>()
    const mayStart = Promise.withResolvers<void>()
    // Whoever leads this may be gone: then everything goes on as it was.
    const cancel = clock.after(erasePatienceMsMax, () => {
      mayErase.resolve(false)
      mayStart.resolve()
    })
    const own = services.filter((service) => here.includes(service))
    const ended = local
      .erase(own, {
        async stopped() {
          onStopped()
          stopped.resolve()
          return mayErase.promise
        },
        async erased() {
          erased.resolve()
          await mayStart.promise
        },
      })
      .finally(() => {
        cancel()
        this.#ongoing = undefined
      })
    // Whoever waits for a step hears of a failure there.
    ended.catch(() => undefined)
    return { id, stopped, mayErase, erased, mayStart, ended }
  }
}

interface Ongoing {
  readonly id: string
  readonly stopped: PromiseWithResolvers<void>
  readonly mayErase: PromiseWithResolvers<boolean>
  readonly erased: PromiseWithResolvers<void>
  readonly mayStart: PromiseWithResolvers<void>
  readonly ended: Promise<void>
}

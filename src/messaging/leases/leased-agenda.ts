import type { Timer } from '../../log/store.port.ts'
import type { Agenda } from '../../runtime/agenda.ts'
import type { LeasedWork } from './leases.ts'

/** The agenda of a service, while this replica takes care of it; otherwise nothing is on it here. */
export class LeasedAgenda implements Agenda, LeasedWork {
  readonly name = 'agenda/0'
  readonly #start: () => Agenda
  #agenda: Agenda | undefined

  constructor(start: () => Agenda) {
    this.#start = start
  }

  get running(): number {
    return this.#agenda?.running ?? 0
  }

  wake(): void {
    this.#agenda?.wake()
  }

  expect(timers: readonly Timer[]): void {
    this.#agenda?.expect(timers)
  }

  async stop(): Promise<void> {
    await this.#agenda?.stop()
    this.#agenda = undefined
  }

  async take(): Promise<void> {
    this.#agenda = this.#start()
  }

  give(): Promise<void> {
    return this.stop()
  }

  /** Timers that other replicas have set, this one was not told of. */
  async tend(): Promise<void> {
    this.wake()
  }
}

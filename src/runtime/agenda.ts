// The agenda runs what is due: deadlines of sagas, and commands that have to be prepared first. Everything on it is a
// durable timer: set in a commit, taken off in the commit that acts on it, so each acts once and none is forgotten.
import { DureError, messageOf } from '../language/errors.ts'
import { checkSchema } from '../language/schema.ts'
import type { AgendaStore, Timer } from '../log/store.port.ts'
import { type ParkedKeys, parkedMessage } from '../messaging/parked.ts'
import { sourceOf } from '../messaging/send.ts'
import type { Coordinator, SagaAddress } from '../sagas/coordinator.ts'
import type { Clock } from './clock.port.ts'
import { instanceKey } from './decide.ts'
import type { Draft } from './draft.ts'
import type { MessageHandler, Work } from './handle-message.ts'
import { type PortBindings, prepareCommand } from './prepare.ts'
import type { ServiceModel } from './service-model.ts'
import type { Workspace } from './workspace.ts'

export interface AgendaLimits {
  /** Timers that are acted on at the same time. */
  readonly runningMax: number
  /** How often the preparation of a command is tried before its key is parked. */
  readonly attemptsMax: number
  /** Wait before another attempt, in milliseconds; doubled up to the maximum. */
  readonly retryMs: number
  readonly retryMsMax: number
  /** Longest sleep of the agenda, in milliseconds: a clock that jumped is noticed after that. */
  readonly sleepMsMax: number
}

export const agendaLimits: AgendaLimits = {
  runningMax: 64,
  attemptsMax: 10,
  retryMs: 100,
  retryMsMax: 60_000,
  sleepMsMax: 30_000,
}

export interface AgendaOptions {
  readonly model: ServiceModel
  readonly store: AgendaStore
  readonly workspace: Workspace
  readonly clock: Clock
  readonly bindings: PortBindings
  readonly handler: MessageHandler
  readonly coordinator: Coordinator
  readonly parkedKeys: ParkedKeys
  readonly incarnation: string
  readonly limits?: Partial<AgendaLimits>
  readonly onFailure: (message: string) => void
}

export interface Agenda {
  /** Looks for what is due: called after commits that set timers. */
  wake(): void
  /** Timers that are being acted on. */
  readonly running: number
  stop(): Promise<void>
}

type TimerData = Work | { readonly kind: 'saga'; readonly address: SagaAddress }

/** The consumer under whose name commands that could not be prepared are parked. */
export const inboxName = 'inbox'

/** Starts the agenda of a service. */
export function startAgenda(options: AgendaOptions): Agenda {
  return new ServiceAgenda(options)
}

class ServiceAgenda implements Agenda {
  readonly #options: AgendaOptions
  readonly #limits: AgendaLimits
  readonly #running = new Map<string, Promise<void>>()
  readonly #lanes = createLanes()
  #isStopped = false
  #isAwake = false
  #looking: Promise<void> | undefined
  #cancelSleep = (): void => undefined

  constructor(options: AgendaOptions) {
    this.#options = options
    this.#limits = { ...agendaLimits, ...options.limits }
    this.wake()
  }

  get running(): number {
    return this.#running.size
  }

  wake(): void {
    this.#isAwake = true
    if (this.#looking || this.#isStopped) return
    this.#looking = this.#look().finally(() => {
      this.#looking = undefined
      if (this.#isAwake) this.wake()
    })
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancelSleep()
    await this.#looking
    await Promise.all(this.#running.values())
    this.#cancelSleep()
  }

  async #look(): Promise<void> {
    this.#cancelSleep()
    try {
      while (this.#isAwake && !this.#isStopped) {
        this.#isAwake = false
        await this.#takeDue()
      }
      if (!this.#isStopped) await this.#sleep()
    } catch (error) {
      this.#isAwake = false
      this.#options.onFailure(`the agenda could not be read: ${messageOf(error)}`)
      this.#cancelSleep = this.#options.clock.after(this.#limits.retryMs, () => this.wake())
    }
  }

  async #takeDue(): Promise<void> {
    const { store, clock } = this.#options
    const { runningMax } = this.#limits
    if (this.#running.size >= runningMax) return
    for (const timer of await store.dueTimers(clock.nowMs(), runningMax)) {
      if (this.#running.has(timer.id) || this.#running.size >= runningMax) continue
      const work = this.#act(timer).finally(() => {
        this.#running.delete(timer.id)
        this.wake()
      })
      this.#running.set(timer.id, work)
    }
  }

  async #sleep(): Promise<void> {
    const { store, clock } = this.#options
    const nextMs = await store.nextTimer()
    if (nextMs === undefined || this.#isStopped) return
    const untilMs = nextMs - clock.nowMs()
    // What is due and still on the agenda is being acted on: its end wakes the agenda.
    const waitMs = untilMs <= 0 && this.#running.size > 0 ? this.#limits.sleepMsMax : untilMs
    const sleepMs = Math.min(Math.max(waitMs, 1), this.#limits.sleepMsMax)
    this.#cancelSleep = clock.after(sleepMs, () => this.wake())
  }

  async #act(timer: Timer): Promise<void> {
    // Why the cast: timers are written by this service only.
    const data = JSON.parse(timer.data) as TimerData
    const { clock, coordinator, onFailure } = this.#options
    try {
      if (data.kind === 'saga') {
        await this.#fire(timer, (draft) => coordinator.deadline(draft, data.address))
      } else {
        await this.#lanes.run(data.envelope.partitionkey, () => this.#runWork(timer, data))
      }
    } catch (error) {
      onFailure(`timer ${timer.id} failed: ${messageOf(error)}`)
      await new Promise<void>((resolve) => clock.after(this.#limits.retryMs, resolve))
    }
  }

  /** Acts on a timer and takes it off, in one commit; again when somebody else wrote first. */
  async #fire(timer: Timer, build: (draft: Draft) => void): Promise<void> {
    for (;;) {
      const { settled } = await this.#options.workspace.submit((draft) => {
        draft.fireTimers.push(timer.id)
        build(draft)
      })
      const result = await settled
      if (result.kind === 'failed') throw result.error
      if (result.kind === 'conflict' && result.on !== 'timer') continue
      return
    }
  }

  async #runWork(timer: Timer, work: Work): Promise<void> {
    try {
      const prepared = await this.#prepare(work)
      await this.#fire(timer, (draft) =>
        this.#options.handler.command(draft, work.envelope, prepared),
      )
    } catch (error) {
      if (isStoresFault(error)) throw error
      const isLast = work.attempt + 1 >= this.#limits.attemptsMax
      if (isWorthRetrying(error) && !isLast) await this.#again(timer, work)
      else await this.#park(timer, work, error)
    }
  }

  async #prepare({ envelope }: Work): Promise<unknown> {
    const { model, bindings, clock } = this.#options
    const handler = model.commands.get(envelope.type)
    const checked = handler ? await checkSchema(handler.spec.input, envelope.data) : undefined
    // What is unknown or does not fit is refused, and parked, where it is decided.
    if (!handler || !checked?.ok) return undefined
    const data = checked.value
    const key = instanceKey(handler, envelope.type, data)
    return prepareCommand(bindings, clock, {
      handler,
      type: envelope.type,
      data,
      id: envelope.id,
      key,
    })
  }

  #again(timer: Timer, work: Work): Promise<void> {
    const { retryMs, retryMsMax } = this.#limits
    const attempt = work.attempt + 1
    const delayMs = Math.min(retryMsMax, retryMs * 2 ** attempt)
    const id = `work/${work.envelope.id}/${attempt}`
    const data = JSON.stringify({ ...work, attempt })
    return this.#fire(timer, (draft) => {
      draft.setTimers.push({ id, atMs: draft.atMs + delayMs, data })
    })
  }

  #park(timer: Timer, { envelope, attempt }: Work, error: unknown): Promise<void> {
    const { incarnation, clock, parkedKeys, onFailure } = this.#options
    const parked = parkedMessage({
      consumer: inboxName,
      source: sourceOf(envelope),
      incarnation,
      partition: 0,
      message: { position: envelope.position, type: envelope.type, body: JSON.stringify(envelope) },
      envelope,
      error,
      attempts: attempt + 1,
      atMs: clock.nowMs(),
    })
    onFailure(`parked ${parked.id} of key ${parked.key}: ${parked.reason}`)
    return this.#fire(timer, (draft) => {
      draft.park.push(parked)
      draft.afterCommit.push(() => parkedKeys.add(inboxName, parked.key))
    })
  }
}

/** Runs the tasks of one key one after the other, those of different keys side by side. */
function createLanes(): { run(key: string, task: () => Promise<void>): Promise<void> } {
  const last = new Map<string, Promise<void>>()
  return {
    run(key, task) {
      const before = last.get(key) ?? Promise.resolve()
      const work = before.then(task, task)
      const lane = work.catch(() => undefined)
      last.set(key, lane)
      return work.finally(() => {
        if (last.get(key) === lane) last.delete(key)
      })
    },
  }
}

/** Failures of the store are not the work's fault: its timer stays, and acts again. */
function isStoresFault(error: unknown): boolean {
  if (!(error instanceof DureError)) return false
  return (
    error.code.startsWith('STORE_') ||
    error.code.startsWith('LOG_COMMIT') ||
    error.code === 'COMMAND_QUEUE_FULL'
  )
}

function isWorthRetrying(error: unknown): boolean {
  return (
    error instanceof DureError && ['unavailable', 'timeout', 'exhausted'].includes(error.entry.kind)
  )
}

// The agenda runs what is due: deadlines of sagas, and commands that have to be prepared first. Everything on it is a
// durable timer: set in a commit, taken off in the commit that acts on it, so each acts once and none is forgotten.
import { DureError, messageOf } from '../language/errors.ts'
import { checkSchema } from '../language/schema.ts'
import { type DueTimers, readAll, readDue } from '../log/due-timers.ts'
import type { AgendaStore, Timer } from '../log/store.port.ts'
import { behindError, isParkedBefore, isStoresFault, type ParkedKeys } from '../messaging/parked.ts'
import { sourceOf } from '../messaging/send.ts'
import type { SagaAddress } from '../sagas/coordinator.ts'
import type { Clock } from './clock.port.ts'
import { instanceKey } from './decide.ts'
import type { Draft } from './draft.ts'
import { inOrder, isWork, type MessageHandler, type Work, workIn } from './handle-message.ts'
import {
  type Alarm,
  createAlarm,
  createLanes,
  createPauses,
  createSlots,
  type Pauses,
  type Slots,
} from './lanes.ts'
import { parkInto } from '../messaging/parked-mark.ts'
import { inboxName, parkedWork } from '../messaging/parked-work.ts'
import { isWorthRetrying, type PortBindings, prepareCommand } from './prepare.ts'
import { type WaiterCall, waitingMessage } from '../sagas/isolation/waiters.ts'
import type { ServiceModel } from './service-model.ts'
import type { Workspace } from './workspace.ts'

export interface AgendaLimits {
  /** Timers that are acted on at the same time. */
  readonly runningMax: number
  /** Timers that are known at the same time: those acted on, and those that wait for their turn. */
  readonly knownMax: number
  /** How often the preparation of a command is tried before its key is parked. */
  readonly attemptsMax: number
  /** How often a timer is acted on anew because somebody else wrote first, before it waits. */
  readonly conflictsMax: number
  /** Wait before another attempt, in milliseconds; doubled up to the maximum. */
  readonly retryMs: number
  readonly retryMsMax: number
  /** Longest sleep of the agenda, in milliseconds: a clock that jumped is noticed after that. */
  readonly sleepMsMax: number
}

export const agendaLimits: AgendaLimits = {
  runningMax: 64,
  knownMax: 10_000,
  attemptsMax: 10,
  conflictsMax: 50,
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
  readonly sagas: { deadline(draft: Draft, address: SagaAddress): void }
  readonly parkedKeys: ParkedKeys
  /** Whether other processes act on the same timers. */
  readonly isShared: boolean
  /** The incarnation of the log of another service, as far as it is known. */
  readonly incarnationOf: (service: string) => string
  readonly limits?: Partial<AgendaLimits>
  readonly onFailure: (message: string) => void
}

export interface Agenda {
  /** Looks for what is due. */
  wake(): void
  /** Told of timers that were just committed: it looks when the first of them is due. */
  expect(timers: readonly Timer[]): void
  /** Timers that are acted on, or wait for another attempt. */
  readonly running: number
  stop(): Promise<void>
}

/** Work, and the timer that stands for it. */
interface DueWork {
  readonly timer: Timer
  readonly work: Work
}

type TimerData = Work | WaiterCall | { readonly kind: 'saga'; readonly address: SagaAddress }

/** Timers beyond those that it acts on, which are read to see what is due and what comes next. */
const timersAhead = 8

/** Starts the agenda of a service. */
export function startAgenda(options: AgendaOptions): Agenda {
  return new ServiceAgenda(options)
}

class ServiceAgenda implements Agenda {
  readonly #options: AgendaOptions
  readonly #limits: AgendaLimits
  readonly #running = new Map<string, Promise<void>>()
  readonly #lanes = createLanes()
  readonly #slots: Slots
  readonly #pauses: Pauses
  #isLoaded = false
  #isStopped = false
  #isAwake = false
  #looking: Promise<void> | undefined
  readonly #alarm: Alarm

  constructor(options: AgendaOptions) {
    this.#options = options
    this.#limits = { ...agendaLimits, ...options.limits }
    this.#slots = createSlots(this.#limits.runningMax)
    this.#pauses = createPauses(options.clock)
    this.#alarm = createAlarm({ ...this.#limits, clock: options.clock, wake: () => this.wake() })
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

  expect(timers: readonly Timer[]): void {
    if (this.#isStopped) return
    const nextMs = Math.min(...timers.map(({ atMs }) => atMs))
    if (this.#looking || nextMs <= this.#options.clock.nowMs()) return this.wake()
    this.#alarm.setFor(nextMs)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#alarm.clear()
    this.#pauses.endAll()
    await this.#looking
    await Promise.all(this.#running.values())
    this.#alarm.clear()
  }

  async #look(): Promise<void> {
    this.#alarm.clear()
    try {
      let nextMs: number | undefined
      while (this.#isAwake && !this.#isStopped) {
        this.#isAwake = false
        nextMs = await this.#takeDue()
      }
      if (nextMs !== undefined && !this.#isStopped) this.#alarm.setFor(nextMs)
    } catch (error) {
      this.#isAwake = false
      this.#options.onFailure(`the agenda could not be read: ${messageOf(error)}`)
      this.#alarm.setFor(this.#options.clock.nowMs() + this.#limits.retryMs)
    }
  }

  /** Acts on what is due. Gives when the next timer is due that is not known already. */
  async #takeDue(): Promise<number | undefined> {
    const { store, isShared } = this.#options
    const { knownMax } = this.#limits
    if (this.#running.size >= knownMax) return this.#nextMs()
    const { first, isAll, due, later } = await this.#readDue()
    // Trap: another process may have put earlier work off, which then is not due.
    const isNew = due.some(({ id }) => isWork(id) && !this.#running.has(id))
    if (isShared && isNew) this.#takeWork(isAll ? first : await readAll(store, knownMax))
    for (const timer of due.toSorted(inOrder)) this.#take(timer)
    const next = later.find(({ id }) => !this.#running.has(id))
    return next || isAll ? next?.atMs : this.#nextMs()
  }

  async #readDue(): Promise<DueTimers> {
    const { store, clock } = this.#options
    const known = this.#running.size
    const firstMax = this.#isLoaded ? known + timersAhead : this.#limits.knownMax
    const request = { nowMs: clock.nowMs(), firstMax, dueMax: known + this.#limits.runningMax }
    const found = await readDue(store, request)
    if (!this.#isLoaded) this.#takeWork(found.first)
    this.#isLoaded = true
    return found
  }

  /** Work that waits for another attempt goes before later work of its key: also after a restart. */
  #takeWork(timers: readonly Timer[]): void {
    for (const timer of workIn(timers)) this.#take(timer)
  }

  #take(timer: Timer): void {
    if (this.#isStopped || this.#running.has(timer.id)) return
    if (this.#running.size >= this.#limits.knownMax) return
    const acted = this.#act(timer).finally(() => {
      this.#running.delete(timer.id)
      this.wake()
    })
    this.#running.set(timer.id, acted)
  }

  /** When the next timer is due that is not known already; those that are wake the agenda when they end. */
  async #nextMs(): Promise<number | undefined> {
    const { store, clock } = this.#options
    const { runningMax, retryMs } = this.#limits
    const known = Math.min(this.#running.size, runningMax)
    if (known === 0) return store.nextTimer()
    const timers = await store.dueTimers(Number.MAX_SAFE_INTEGER, known + 1)
    const unknown = timers.find(({ id }) => !this.#running.has(id))
    if (unknown && this.#running.size < this.#limits.knownMax) return unknown.atMs
    return timers.length > known ? clock.nowMs() + retryMs : undefined
  }

  async #act(timer: Timer): Promise<void> {
    // Why the cast: timers are written by this service only.
    const data = JSON.parse(timer.data) as TimerData
    if (data.kind === 'saga') return this.#slots.run(() => this.#fireDeadline(timer, data.address))
    const work = data.kind === 'lock' ? await this.#calledWork(timer) : data
    if (work)
      await this.#lanes.run(work.envelope.partitionkey, () => this.#carryOut({ timer, work }))
  }

  /** The message that has waited for a lock. What cannot be read now is read when it is due again. */
  async #calledWork(timer: Timer): Promise<Work | undefined> {
    const { workspace, onFailure } = this.#options
    try {
      const { value } = await workspace.submit((draft) => waitingMessage(draft, timer.id))
      if (value) return { kind: 'work', envelope: value.envelope, attempt: 0 }
      await this.#fire(timer, () => undefined)
    } catch (error) {
      onFailure(`timer ${timer.id} failed: ${messageOf(error)}`)
      await this.#pauses.pause(this.#limits.retryMs)
    }
    return undefined
  }

  /** A deadline that cannot be acted on stays on the agenda, for later. */
  async #fireDeadline(timer: Timer, address: SagaAddress): Promise<void> {
    const { sagas, onFailure, clock } = this.#options
    const { retryMs, retryMsMax } = this.#limits
    try {
      await this.#fire(timer, (draft) => sagas.deadline(draft, address))
    } catch (error) {
      onFailure(`timer ${timer.id} failed: ${messageOf(error)}`)
      if (isStoresFault(error)) return this.#pauses.pause(retryMs)
      const later = { ...timer, atMs: clock.nowMs() + retryMsMax }
      await this.#fire(timer, (draft) => void draft.setTimers.push(later)).catch(() =>
        this.#pauses.pause(retryMs),
      )
    }
  }

  /** Carries work out, attempt after attempt. Later work of its key waits meanwhile. */
  async #carryOut(due: DueWork): Promise<void> {
    const { clock } = this.#options
    for (let next: DueWork | undefined = due; next; ) {
      await this.#pauses.pause(next.timer.atMs - clock.nowMs())
      if (this.#isStopped) return
      const { timer, work }: DueWork = next
      next = await this.#slots.run(() => this.#attempt(timer, work))
    }
  }

  /** Gives what is left to do, and when; nothing when the work is done or parked. */
  async #attempt(timer: Timer, work: Work): Promise<DueWork | undefined> {
    try {
      return await this.#tryWork(timer, work)
    } catch (error) {
      const { onFailure, clock } = this.#options
      onFailure(`timer ${timer.id} failed: ${messageOf(error)}`)
      return { timer: { ...timer, atMs: clock.nowMs() + this.#limits.retryMs }, work }
    }
  }

  async #tryWork(timer: Timer, work: Work): Promise<DueWork | undefined> {
    const { handler } = this.#options
    try {
      if (await this.#isBehind(work)) throw behindError(work.envelope.partitionkey)
      const prepared = await this.#prepare(work)
      await this.#fire(timer, (draft) => handler.carryOut(draft, work.envelope, prepared))
      return undefined
    } catch (error) {
      if (isStoresFault(error)) throw error
      const isLast = work.attempt + 1 >= this.#limits.attemptsMax
      if (isWorthRetrying(error) && !isLast) return this.#again(timer, work)
      await this.#park(timer, work, error)
      return undefined
    }
  }

  /** Whether an earlier message of the same key is parked. */
  async #isBehind({ envelope }: Work): Promise<boolean> {
    const { parkedKeys, store } = this.#options
    // Trap: of what another process has parked, only the store knows.
    const isKnown = this.#options.isShared || parkedKeys.has(inboxName, envelope.partitionkey)
    return isKnown && (await isParkedBefore(store, inboxName, envelope))
  }

  /** Acts on a timer and takes it off, in one commit; again when somebody else wrote first. */
  async #fire(timer: Timer, build: (draft: Draft) => void): Promise<void> {
    for (let attempt = 0; attempt < this.#limits.conflictsMax; attempt += 1) {
      const { settled } = await this.#options.workspace.submit((draft) => {
        draft.fireTimers.push(timer.id)
        build(draft)
      })
      const result = await settled
      if (result.kind === 'failed') throw result.error
      if (result.kind !== 'conflict') return
      if (result.on === 'timer') return this.#options.parkedKeys.reload()
    }
    throw new DureError(
      'COMMAND_CONFLICT',
      `Others were first each time timer ${timer.id} was due.`,
    )
  }

  async #prepare({ envelope }: Work): Promise<unknown> {
    const { model, bindings, clock } = this.#options
    const handler = model.commands.get(envelope.type)
    const checked = handler ? await checkSchema(handler.spec.input, envelope.data) : undefined
    // What is unknown or does not fit is refused, and parked, where it is decided.
    if (!handler || !checked?.ok) return undefined
    const { type, id } = envelope
    const data = checked.value
    const key = instanceKey(handler, type, data)
    return prepareCommand(bindings, clock, { handler, type, data, id, key })
  }

  /** The timer keeps its name, and with it its place among those of its key. */
  async #again(timer: Timer, work: Work): Promise<DueWork> {
    const { retryMs, retryMsMax } = this.#limits
    const next = { ...work, attempt: work.attempt + 1 }
    const delayMs = Math.min(retryMsMax, retryMs * 2 ** next.attempt)
    const later = {
      id: timer.id,
      atMs: this.#options.clock.nowMs() + delayMs,
      data: JSON.stringify(next),
    }
    await this.#fire(timer, (draft) => void draft.setTimers.push(later))
    return { timer: later, work: next }
  }

  #park(timer: Timer, { envelope, attempt }: Work, error: unknown): Promise<void> {
    const { model, incarnationOf, clock, parkedKeys, onFailure, handler } = this.#options
    const incarnation = incarnationOf(sourceOf(envelope))
    const { partitions } = model
    const place = { incarnation, partitions, atMs: clock.nowMs() }
    const parked = parkedWork({ envelope, attempt }, error, place)
    onFailure(`parked ${parked.id} of key ${parked.key}: ${parked.reason}`)
    return this.#fire(timer, (draft) => {
      handler.giveUp(draft, envelope)
      parkInto(draft, parked)
      draft.afterCommit.push(() => parkedKeys.add(parked))
    })
  }
}

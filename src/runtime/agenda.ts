// The agenda runs what is due: deadlines of sagas, and commands that have to be prepared first. Everything on it is a
// durable timer: set in a commit, taken off in the commit that acts on it, so each acts once and none is forgotten.
import { DureError, messageOf } from '../language/errors.ts'
import { checkSchema } from '../language/schema.ts'
import type { AgendaStore, Timer } from '../log/store.port.ts'
import { type ParkedKeys, parkedMessage } from '../messaging/parked.ts'
import { sourceOf } from '../messaging/send.ts'
import type { Coordinator, SagaAddress } from '../sagas/coordinator.ts'
import type { Clock } from './clock.port.ts'
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
  const { store, clock, workspace } = options
  const limits = { ...agendaLimits, ...options.limits }
  const running = new Map<string, Promise<void>>()
  /** The last piece of work of each key: work of one key runs in order. */
  const lanes = new Map<string, Promise<void>>()
  let isStopped = false
  let looking: Promise<void> | undefined
  let isAwake = false
  let cancelSleep = (): void => undefined

  function wake(): void {
    isAwake = true
    if (looking || isStopped) return
    looking = look().finally(() => {
      looking = undefined
      if (isAwake) wake()
    })
  }

  async function look(): Promise<void> {
    cancelSleep()
    try {
      while (isAwake && !isStopped) {
        isAwake = false
        await takeDue()
      }
      if (!isStopped) await sleep()
    } catch (error) {
      options.onFailure(`the agenda could not be read: ${messageOf(error)}`)
      cancelSleep = clock.after(limits.retryMs, wake)
    }
  }

  async function takeDue(): Promise<void> {
    const free = limits.runningMax - running.size
    if (free <= 0) return
    const due = await store.dueTimers(clock.nowMs(), limits.runningMax)
    for (const timer of due) {
      if (running.has(timer.id) || running.size >= limits.runningMax) continue
      const work = act(timer).finally(() => {
        running.delete(timer.id)
        wake()
      })
      running.set(timer.id, work)
    }
  }

  async function sleep(): Promise<void> {
    const nextMs = await store.nextTimer()
    if (nextMs === undefined || isStopped) return
    const untilMs = nextMs - clock.nowMs()
    // What is due and still on the agenda is being acted on: its end wakes the agenda.
    const waitMs = untilMs <= 0 && running.size > 0 ? limits.sleepMsMax : untilMs
    cancelSleep = clock.after(Math.min(Math.max(waitMs, 1), limits.sleepMsMax), wake)
  }

  async function act(timer: Timer): Promise<void> {
    // Why the cast: timers are written by this service only.
    const data = JSON.parse(timer.data) as TimerData
    try {
      if (data.kind === 'saga')
        await fire(timer, (draft) => options.coordinator.deadline(draft, data.address))
      else await inLane(data.envelope.partitionkey, () => runWork(timer, data))
    } catch (error) {
      options.onFailure(`timer ${timer.id} failed: ${messageOf(error)}`)
      await new Promise<void>((resolve) => clock.after(limits.retryMs, resolve))
    }
  }

  function inLane(key: string, task: () => Promise<void>): Promise<void> {
    const before = lanes.get(key) ?? Promise.resolve()
    const work = before.then(task, task)
    const lane = work.then(
      () => undefined,
      () => undefined,
    )
    lanes.set(key, lane)
    return work.finally(() => {
      if (lanes.get(key) === lane) lanes.delete(key)
    })
  }

  /** Acts on a timer and takes it off, in one commit; again when somebody else wrote first. */
  async function fire(timer: Timer, build: (draft: Draft) => void): Promise<void> {
    for (;;) {
      const { settled } = await workspace.submit((draft) => {
        draft.fireTimers.push(timer.id)
        build(draft)
      })
      const result = await settled
      if (result.kind === 'failed') throw result.error
      if (result.kind === 'conflict' && result.on !== 'timer') continue
      return
    }
  }

  async function runWork(timer: Timer, work: Work): Promise<void> {
    try {
      const prepared = await prepare(work)
      await fire(timer, (draft) => options.handler.command(draft, work.envelope, prepared))
    } catch (error) {
      if (error instanceof DureError && ['STORE_CLOSED', 'COMMAND_QUEUE_FULL'].includes(error.code))
        throw error
      if (isWorthRetrying(error) && work.attempt + 1 < limits.attemptsMax) await again(timer, work)
      else await park(timer, work, error)
    }
  }

  async function prepare({ envelope }: Work): Promise<unknown> {
    const { model, bindings } = options
    const handler = model.commands.get(envelope.type)
    if (!handler) return undefined
    const checked = await checkSchema(handler.spec.input, envelope.data)
    const data = checked.ok ? checked.value : envelope.data
    const request = { handler, type: envelope.type, data, id: envelope.id }
    return checked.ok
      ? prepareCommand(bindings, clock, { ...request, key: handler.aggregate.key(data) })
      : undefined
  }

  function again(timer: Timer, work: Work): Promise<void> {
    const attempt = work.attempt + 1
    const atMs = clock.nowMs() + Math.min(limits.retryMsMax, limits.retryMs * 2 ** attempt)
    const next = {
      id: `work/${work.envelope.id}/${attempt}`,
      atMs,
      data: JSON.stringify({ ...work, attempt }),
    }
    return fire(timer, (draft) => void draft.setTimers.push(next))
  }

  function park(timer: Timer, { envelope, attempt }: Work, error: unknown): Promise<void> {
    const message = {
      position: envelope.position,
      type: envelope.type,
      body: JSON.stringify(envelope),
    }
    const source = sourceOf(envelope)
    const parked = parkedMessage({
      ...{ consumer: inboxName, source, incarnation: options.incarnation, partition: 0 },
      ...{ message, envelope, error, attempts: attempt + 1, atMs: clock.nowMs() },
    })
    options.onFailure(`parked ${parked.id} of key ${parked.key}: ${parked.reason}`)
    return fire(timer, (draft) => {
      draft.park.push(parked)
      draft.afterCommit.push(() => options.parkedKeys.add(inboxName, parked.key))
    })
  }

  wake()
  return {
    wake,
    get running() {
      return running.size
    },
    async stop() {
      isStopped = true
      cancelSleep()
      await looking
      await Promise.all(running.values())
      cancelSleep()
    },
  }
}

function isWorthRetrying(error: unknown): boolean {
  return (
    error instanceof DureError && ['unavailable', 'timeout', 'exhausted'].includes(error.entry.kind)
  )
}

// The clients of a system: they call, wait, give up, and write down what they were told.
import { DureError, messageOf } from '../../language/errors.ts'
import type { Command, Outcome, Query } from '../../language/message.ts'
import type {
  CommandAnswer,
  ConsistencyToken,
  RunningSystem,
} from '../../runtime/running-system.port.ts'
import type { Operation } from '../invariants/facts.ts'
import type { Called, SendOptions, SimulatedClient } from '../scenario.ts'
import type { Chance } from './chance.ts'
import { idOf } from './clock.ts'
import { patienceMs, type Surroundings } from './surroundings.ts'
import type { SimulatedProcess } from './process.ts'
import { later } from './store.ts'

export interface ClientOptions {
  readonly core: Surroundings
  readonly name: string
  readonly chance: Chance
  /** How much the first of several things is preferred: 1 for not at all. */
  readonly heat: number
  readonly processes: readonly SimulatedProcess[]
  readonly history: Operation[]
}

/** Longest that a client waits for an answer, in milliseconds. */
const answerMsMax = 30_000
/** Longest that a slow call takes on its way, in milliseconds. */
const slowMs = 2_000
const insistMs = 200
const insistMsMax = 5_000

/** Creates a client for one action. */
export function createClient(options: ClientOptions): SimulatedClient {
  return new WorldClient(options)
}

class WorldClient implements SimulatedClient {
  readonly name: string
  readonly chance: Chance
  readonly #options: ClientOptions

  constructor(options: ClientOptions) {
    this.#options = options
    this.name = options.name
    this.chance = options.chance
  }

  get nowMs(): number {
    this.#options.core.scheduler.ask('The time')
    return Math.floor(this.#options.core.scheduler.nowMs)
  }

  async send(command: Command, options: SendOptions = {}): Promise<Called<never, never>> {
    const { data, type } = command
    const id = options.id ?? this.#newId()
    const { actor } = options
    const named = actor === undefined ? { id } : { id, actor }
    const operation = this.#begin({ kind: 'command', type, data, ...named })
    const called = await this.#call(command, (running) =>
      running.execute(command, { ...options, id }),
    )
    this.#end(operation, called)
    // Why the cast: the answer is what the contract of the command says.
    return called as Called<never, never>
  }

  async insist(command: Command, options: SendOptions = {}): Promise<Outcome<never, never>> {
    const id = options.id ?? this.#newId()
    for (let attempt = 0; ; attempt += 1) {
      const called = await this.send(command, { ...options, id })
      if (called.kind === 'answered') return called.outcome
      if (called.kind === 'failed' && isUseless(called.code)) {
        throw new DureError(
          'SIMULATE_CLIENT_FAILED',
          `${command.type} cannot succeed: ${called.message}`,
        )
      }
      await this.pause(Math.min(insistMsMax, insistMs * 2 ** attempt))
    }
  }

  async ask(query: Query, token?: ConsistencyToken): Promise<Called<never, never>> {
    const { data, type } = query
    const operation = this.#begin({ kind: 'query', type, data })
    const called = await this.#call(query, async (running) => {
      const outcome = await running.query(query, token ? { token } : {})
      return { ...outcome, id: '', repeated: false, token: {} }
    })
    this.#end(operation, called)
    // Why the cast: the answer is what the contract of the query says.
    return called as Called<never, never>
  }

  pause(durationMs: number): Promise<void> {
    const { core, name } = this.#options
    if (!Number.isFinite(durationMs)) {
      const text = `${name} cannot pause for ${durationMs} ms: give a number.`
      return Promise.reject(new DureError('SIMULATE_CLIENT_FAILED', text))
    }
    return later(core, { label: `pause of ${name}`, afterMs: durationMs }, async () => undefined)
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    const { heat, chance } = this.#options
    const index = Math.floor(items.length * chance.next() ** heat)
    return items[index] ?? items[0]
  }

  note(name: string, data: unknown): void {
    this.#end(this.#begin({ kind: 'note', type: name, data }), undefined)
  }

  #newId(): string {
    const { core, chance } = this.#options
    return idOf(this.nowMs, core.nextNumber(), chance.between(0, 0xffff))
  }

  #begin(operation: Pick<Operation, 'kind' | 'type' | 'data' | 'id' | 'actor'>): Operation {
    this.#options.core.scheduler.ask(operation.type)
    const begun: Operation = { ...operation, client: this.name, atMs: this.nowMs }
    this.#options.history.push(begun)
    return begun
  }

  #end(operation: Operation, called: Called | undefined): void {
    operation.endedAtMs = this.nowMs
    if (!called) return
    operation.result = resultOf(called)
    if (called.kind === 'answered') operation.answer = called.outcome
    if (called.kind === 'failed') operation.code = called.code
  }

  async #call(
    { service, type, data }: Pick<Command, 'service' | 'type' | 'data'>,
    run: (running: RunningSystem) => Promise<CommandAnswer>,
  ): Promise<Called> {
    const { core, name } = this.#options
    const { faults, chances, calm } = core
    const place = `${name} to ${service}`
    let answering = service
    const hear = (text: string, detail?: string): void => {
      const told = { kind: 'answer', from: answering, to: name, text } as const
      core.story.tell(detail === undefined ? told : { ...told, detail })
    }
    if (core.story.isKept) {
      const detail = JSON.stringify(data)
      core.story.tell({ kind: 'call', from: name, to: service, text: type, detail })
    }
    if (faults.strikes('call lost', place)) return this.#hearNothing(hear)
    const slow = faults.strikes('call slow', place)
      ? slowMs * calm * chances.of(`slow ${place}`).next()
      : 0
    const afterMs = core.delay('call', place) + slow
    const arrive = { label: `call ${type} of ${name}`, afterMs }
    const called = await later(core, arrive, () =>
      this.#arrive(service, run, (process) => {
        answering = process
      }),
    )
    if (faults.strikes('answer lost', place)) return this.#hearNothing(hear)
    hear(`${type}: ${resultOf(called)}`, detailOf(called))
    return called
  }

  #hearNothing(hear: (text: string) => void): Promise<Called> {
    const { core, name } = this.#options
    return later(core, { label: `${name} gives up`, afterMs: patienceMs }, async () => {
      hear('nothing: the caller gives up')
      return { kind: 'unknown' }
    })
  }

  /** The call has arrived at one of the processes that run the service. */
  #arrive(
    service: string,
    run: (running: RunningSystem) => Promise<CommandAnswer>,
    onTaken: (process: string) => void,
  ): Promise<Called> {
    const { processes, chance, core } = this.#options
    const able = processes.filter((each) => each.services.includes(service) && each.running)
    const process = chance.pick(able)
    const { running } = process ?? {}
    if (!process || !running) return Promise.resolve(unreachable(service))
    onTaken(process.name)
    const { life } = process
    return new Promise((resolve) => {
      const settle = (called: Called): void => {
        life.onEnd.delete(end)
        cancel()
        resolve(called)
      }
      const end = (): void => settle({ kind: 'unknown' })
      life.onEnd.add(end)
      const { scheduler } = core
      const dueMs = scheduler.nowMs + answerMsMax
      const cancel = scheduler.at({ dueMs, label: `${this.name} waits no longer`, run: end })
      // Trap: a process that stands still takes no calls. They wait until it goes on.
      const start = (): void =>
        void run(running).then(
          (answer) => settle(answered(answer)),
          (error: unknown) => settle(failed(error)),
        )
      if (life.pausedUntilMs <= scheduler.nowMs) start()
      else scheduler.at({ dueMs: life.pausedUntilMs, owner: life, label: 'call waits', run: start })
    })
  }
}

function answered({ id, token, repeated, ...outcome }: CommandAnswer): Called {
  return { kind: 'answered', outcome, id, token, repeated }
}

function failed(error: unknown): Called {
  if (!(error instanceof DureError)) {
    return { kind: 'failed', code: 'INTERNAL_DEFECT', message: messageOf(error) }
  }
  if (error.code === 'LOG_COMMIT_UNKNOWN') return { kind: 'unknown' }
  return { kind: 'failed', code: error.code, message: error.message }
}

function unreachable(service: string): Called {
  return { kind: 'failed', code: 'UNREACHABLE', message: `Nobody runs "${service}" now.` }
}

function resultOf(called: Called): NonNullable<Operation['result']> {
  if (called.kind !== 'answered') return called.kind
  return called.outcome.ok ? 'ok' : 'rejected'
}

/** What is said of an answer besides its result. */
function detailOf(called: Called): string | undefined {
  if (called.kind === 'failed') return called.message
  if (called.kind === 'unknown' || called.outcome.ok) return undefined
  return called.outcome.rejected
}

/** Codes after which the same command would fail again and again. */
function isUseless(code: string): boolean {
  return [
    'COMMAND_UNKNOWN',
    'COMMAND_INPUT_INVALID',
    'COMMAND_ID_INVALID',
    'COMMAND_ID_REUSED',
  ].includes(code)
}

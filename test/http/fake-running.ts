// An in-memory running system with the shop's rules in a few lines: it keeps the promises of the port, and a test
// can hold its answers back.
import { DureError, type ErrorCode } from '../../src/language/errors.ts'
import type { Command, Outcome, Query } from '../../src/language/message.ts'
import { checkSchema, type Schema } from '../../src/language/schema.ts'
import type {
  CallOptions,
  CommandAnswer,
  IdleReport,
  QueryOptions,
  RunningSystem,
} from '../../src/runtime/running-system.port.ts'
import { Stock } from './shop.ts'

export interface FakeRunning extends RunningSystem {
  /** What was called, oldest first. */
  readonly calls: readonly { readonly type: string; readonly options: QueryOptions }[]
  /** Holds back every answer from now on. The result lets them go. */
  hold(): () => void
  /** What the status says of the store from now on. */
  storeIs(failing: ErrorCode | undefined): void
  /** Fails every call from now on. */
  failWith(error: unknown): void
  /** Commands and queries that wait for `hold` to end. */
  readonly waiting: number
  /** Answers to `idle`, in turn; the last one again and again. */
  idleIs(...reports: readonly boolean[]): void
}

interface Item {
  left: number
}

const inputs: Readonly<Record<string, Schema>> = {
  'stock.reserve': Stock.reserve.spec.input,
  'stock.supply': Stock.supply.spec.input,
  'stock.item': Stock.item.spec.input,
}

/** Starts with ten units of tea. */
export function fakeRunning(): FakeRunning {
  const items = new Map<string, Item>([['tea', { left: 10 }]])
  const results = new Map<string, { readonly print: string; readonly outcome: Outcome }>()
  const calls: { readonly type: string; readonly options: QueryOptions }[] = []
  let position = 0
  let epoch = 1
  let held: Promise<void> | undefined
  let failure: { readonly error: unknown } | undefined
  let idle: readonly boolean[] = [true]
  let isStopped = false
  let waiting = 0
  let failing: ErrorCode | undefined

  async function admit(type: string, data: unknown, options: CallOptions): Promise<unknown> {
    if (isStopped) throw new DureError('SYSTEM_STOPPING', 'Stopped.')
    calls.push({ type, options })
    waiting += 1
    await held
    waiting -= 1
    if (failure) throw failure.error
    const schema = inputs[type]
    if (!schema) throw new DureError('COMMAND_UNKNOWN', `Nobody handles ${type}.`)
    const checked = await checkSchema(schema, data)
    if (checked.ok) return checked.value
    const code = type === 'stock.item' ? 'QUERY_INPUT_INVALID' : 'COMMAND_INPUT_INVALID'
    throw new DureError(code, `The data of ${type} does not fit.`, {
      details: { issues: checked.issues, type },
    })
  }

  function decide(type: string, data: unknown): Outcome {
    const { sku, quantity } = data as { readonly sku: string; readonly quantity: number }
    const item = items.get(sku)
    position += 1
    if (type === 'stock.supply') {
      items.set(sku, { left: (item?.left ?? 0) + quantity })
      return { ok: true, output: undefined }
    }
    if (!item) return { ok: false, rejected: 'NotFound', data: { sku } }
    if (item.left < quantity)
      return { ok: false, rejected: 'OutOfStock', data: { left: item.left } }
    item.left -= quantity
    return { ok: true, output: { sku, left: item.left } }
  }

  function repeated(id: string, print: string): CommandAnswer | undefined {
    const known = results.get(id)
    if (!known) return undefined
    if (known.print !== print) throw new DureError('COMMAND_ID_REUSED', `Id ${id} was used before.`)
    return { ...known.outcome, id, repeated: true, token: {} }
  }

  async function execute(command: Command, options: CallOptions = {}): Promise<CommandAnswer> {
    const data = await admit(command.type, command.data, options)
    const id = options.id ?? `made-${position + 1}`
    const print = JSON.stringify([command.type, data])
    const first = repeated(id, print)
    if (first) return first
    const outcome = decide(command.type, data)
    if (options.id !== undefined) results.set(id, { print, outcome })
    return { ...outcome, id, repeated: false, token: { 'stock/0': position } }
  }

  async function query(asked: Query, options: QueryOptions = {}): Promise<Outcome> {
    const { sku, times = 1 } = (await admit(asked.type, asked.data, options)) as {
      readonly sku: string
      readonly times?: number
    }
    if ((options.token?.['stock/0'] ?? 0) > position) {
      throw new DureError('VIEW_TOKEN_INVALID', 'The log has not come so far.')
    }
    const item = items.get(sku)
    return item
      ? { ok: true, output: { sku, left: item.left * times } }
      : { ok: false, rejected: 'NotFound', data: { sku } }
  }

  async function reportIdle(): Promise<IdleReport> {
    const [first = true, ...rest] = idle
    if (rest.length > 0) idle = rest
    const relayLag = first ? 0 : 1
    const service = { relayLag, inboxLag: 0, timersDue: 0, sagasOpen: 0, parked: 0 }
    return { idle: first, services: { stock: service } }
  }

  const never = (): never => {
    throw new DureError('PARKED_UNKNOWN', 'Nothing is parked here.')
  }

  const noSaga = (): never => {
    throw new DureError('SAGA_UNKNOWN', 'There are no sagas here.')
  }

  const running: FakeRunning = {
    sagas: async () => ({ instances: [] }),
    saga: async () => noSaga(),
    intervene: async () => noSaga(),
    previewIntervention: async () => noSaga(),
    previewRedrive: async () => never(),
    locks: async () => ({ locks: [], freed: [] }),
    freeLock: async () => never(),
    calls,
    get waiting() {
      return waiting
    },
    get epoch() {
      return `epoch-${epoch}`
    },
    execute,
    query,
    idle: reportIdle,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      return resolve
    },
    storeIs(code) {
      failing = code
    },
    failWith(error) {
      failure = { error }
    },
    idleIs(...reports) {
      idle = reports
    },
    async status() {
      if (failure) throw failure.error
      const { services } = await reportIdle()
      const counts = { position, timers: 0, views: [], commands: position, rejected: 0 }
      const stock = { name: 'stock', ...counts, commits: position, groups: position }
      const idleness = services['stock'] ?? never()
      return {
        system: 'shop',
        startedAtMs: 0,
        services: [{ ...stock, ...idleness, ...(failing && { failing }) }],
      }
    },
    async erase() {
      items.clear()
      results.clear()
      epoch += 1
    },
    async stop() {
      isStopped = true
    },
    parked: async () => [],
    showParked: async () => never(),
    redrive: async () => never(),
    dropParked: async () => never(),
    rebuildView: async () => undefined,
    async [Symbol.asyncDispose]() {
      isStopped = true
    },
  }
  return running
}

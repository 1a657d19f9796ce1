import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { virtualClock } from '../adapters/memory/clock.ts'
import { aggregate } from '../language/aggregate.ts'
import { contract } from '../language/contract.ts'
import { DureError } from '../language/errors.ts'
import { type AnyPort, bind, type PortCall, port } from '../language/port.ts'
import { type PortBindings, prepareCommand, prepareTimeoutMs } from './prepare.ts'

const Order = z.object({ id: z.string() })
const Shop = contract('shop', {
  commands: { buy: { input: Order }, look: { input: Order } },
  events: {},
})
const Bank = port('bank', {
  charge: { input: z.object({ cents: z.int() }), output: z.object({ receipt: z.string() }) },
})
const clock = virtualClock()

interface Use {
  readonly use: (port: AnyPort) => Readonly<Record<string, (input: unknown) => Promise<unknown>>>
  readonly idempotencyKey: string
  readonly deadlineMs: number
  readonly signal: AbortSignal
  readonly key: string
}

type Adapter = (input: unknown, call: PortCall) => Promise<unknown>

interface Facts {
  readonly prepare?: (command: unknown, context: Use) => Promise<unknown>
  readonly adapter?: Adapter
  readonly bindings?: PortBindings
  readonly deadlineMs?: number
  readonly type?: string
}

const charge =
  (input: unknown) =>
  (_command: unknown, { use }: Use) =>
    use(Bank)['charge']?.(input)

function prepared(facts: Facts = {}): Promise<unknown> {
  const { prepare = charge({ cents: 5 }), type = 'shop.buy' } = facts
  const adapter: Adapter = facts.adapter ?? (async () => ({ receipt: 'r1' }))
  const definition = aggregate(Shop, 'shelf', {
    key: ({ id }) => id,
    initial: () => ({}),
    prepare: { buy: prepare as never },
    decide: { buy: () => [], look: () => [] },
    evolve: {},
  })
  const bound = new Map([['bank', bind(Bank, { charge: adapter as never })]])
  const handler = { aggregate: definition, spec: { input: Order }, reject: {} }
  const request = { handler, type, data: { id: 'o1' }, key: 'o1', id: 'c1' }
  const { bindings = bound, deadlineMs } = facts
  return prepareCommand(bindings, clock, { ...request, deadlineMs })
}

/** Lets time pass until work has settled; gives the error that it failed with. */
async function failureOf(work: Promise<unknown>, afterMs: number): Promise<DureError> {
  const failed = work.then(
    () => assert.fail('It did not fail.'),
    (error: unknown) => error,
  )
  await clock.advance(afterMs)
  const error = await failed
  assert.ok(error instanceof DureError, String(error))
  return error
}

describe('a prepare step', () => {
  it('gives what the driven port answers, and nothing for a command without one', async () => {
    assert.deepEqual(await prepared(), { receipt: 'r1' })
    assert.equal(await prepared({ type: 'shop.look' }), undefined)
  })

  it('tells the adapter the idempotency key and the deadline, also of the caller', async () => {
    const calls: PortCall[] = []
    const adapter: Adapter = async (_input, call) => {
      calls.push(call)
      return { receipt: 'r1' }
    }
    const nowMs = clock.nowMs()

    await prepared({ adapter })
    await prepared({ adapter, deadlineMs: nowMs + 70 })
    await prepared({ adapter, deadlineMs: nowMs + prepareTimeoutMs * 9 })

    assert.deepEqual(
      calls.map(({ idempotencyKey, deadlineMs }) => [idempotencyKey, deadlineMs - nowMs]),
      [
        ['c1', prepareTimeoutMs],
        ['c1', 70],
        ['c1', prepareTimeoutMs],
      ],
    )
  })

  it('sees the key of its instance', async () => {
    const prepare = async (_command: unknown, { key, idempotencyKey }: Use): Promise<unknown> => ({
      key,
      idempotencyKey,
    })

    assert.deepEqual(await prepared({ prepare }), { key: 'o1', idempotencyKey: 'c1' })
  })

  it('is given up at its deadline, and the adapter is told', async () => {
    let isAborted = false
    const adapter: Adapter = (_input, { signal }) => {
      signal.addEventListener('abort', () => {
        isAborted = true
      })
      return new Promise(() => undefined)
    }

    const own = await failureOf(prepared({ adapter, deadlineMs: clock.nowMs() + 70 }), 70)
    const usual = await failureOf(prepared({ adapter }), prepareTimeoutMs)
    const past = await failureOf(prepared({ adapter, deadlineMs: clock.nowMs() - 1 }), 0)

    assert.deepEqual(
      [own.code, usual.code, past.code, isAborted],
      ['COMMAND_DEADLINE_EXCEEDED', 'COMMAND_DEADLINE_EXCEEDED', 'COMMAND_DEADLINE_EXCEEDED', true],
    )
  })

  it('leaves no timer behind once it is over', async () => {
    await prepared()

    assert.equal(clock.nextMs(), undefined)
  })

  it('fails by name when it throws or its port fails, with what failed as the cause', async () => {
    const cause = new TypeError('the bank is closed')
    const failing: readonly Facts[] = [
      { adapter: async () => Promise.reject(cause) },
      {
        prepare: () => {
          throw cause
        },
      },
    ]
    for (const facts of failing) {
      const error = await failureOf(prepared(facts), 0)
      assert.deepEqual([error.code, error.cause], ['COMMAND_PREPARE_FAILED', cause])
    }
  })

  it('fails when what the port is given, or answers, does not fit, and does not show it', async () => {
    const asked = await failureOf(prepared({ prepare: charge({ cents: 'my secret' }) as never }), 0)
    const adapter: Adapter = async () => ({ receipt: 5, password: 'my secret' })
    const answered = await failureOf(prepared({ adapter }), 0)

    for (const error of [asked, answered]) {
      assert.equal(error.code, 'COMMAND_PREPARE_FAILED')
      assert.doesNotMatch(error.message + JSON.stringify(error.details), /my secret/)
    }
    assert.match(asked.message, /was given/)
    assert.match(answered.message, /answered/)
  })

  it('gives only what the schema of the port lets through', async () => {
    const adapter: Adapter = async () => ({ receipt: 'r1', password: 'my secret' })

    assert.deepEqual(await prepared({ adapter }), { receipt: 'r1' })
  })

  it('fails when no adapter is bound to its port', async () => {
    const unbound = await failureOf(prepared({ bindings: new Map() }), 0)

    assert.equal(unbound.code, 'PORT_UNBOUND')
  })
})

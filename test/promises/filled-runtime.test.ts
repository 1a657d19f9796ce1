// Maxima of what runs: each is reached here, and held.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { memoryBroker } from '../../src/adapters/memory/broker.ts'
import { type VirtualClock, virtualClock } from '../../src/adapters/memory/clock.ts'
import { memoryStores } from '../../src/adapters/memory/store.ts'
import { aggregate, contract, policy, service, system, view } from '../../src/index.ts'
import { createGroupCommit } from '../../src/log/group-commit.ts'
import type { Timer, Verdict } from '../../src/log/store.port.ts'
import { type AgendaOptions, agendaLimits, startAgenda } from '../../src/runtime/agenda.ts'
import { commandsPerPolicyMax } from '../../src/runtime/handle-message.ts'
import { takeOffAttemptsMax } from '../../src/runtime/operate.ts'
import { callsMax, startSystem } from '../../src/runtime/start-system.ts'
import type { Submitted } from '../../src/runtime/workspace.ts'
import { createWorkspace } from '../../src/runtime/workspace.ts'
import { countOpenSagas, openPageMax } from '../../src/sagas/count-open.ts'
import { sagaView } from '../../src/sagas/coordinator.ts'
import { indexRows, indexValuesMax } from '../../src/views/index-rows.ts'
import { untilIdle } from '../../src/testing/until-idle.ts'
import { PlaceOrder, StockItem } from '../systems/shop.ts'
import { changedCommits, changedStores } from './faulty-stores.ts'
import { settleLedger, startLedger, teller } from './ledger-world.ts'
import { startShop } from './shop-world.ts'

describe('the calls of a system', () => {
  it('are refused beyond what it answers at once, and may come again', async () => {
    const { running } = await startShop({ stores: memoryStores() })
    const calls = Array.from({ length: callsMax + 5 }, () =>
      running.showParked('nobody:1').catch(codeOf),
    )

    const codes = await Promise.all(calls)

    assert.deepEqual(codes.slice(-6), ['PARKED_UNKNOWN', ...Array<string>(5).fill(queueFull)])
    assert.equal(codes.filter((code) => code === queueFull).length, 5)
    assert.equal(await running.showParked('nobody:1').catch(codeOf), 'PARKED_UNKNOWN')
    await running.stop()
  })
})

const queueFull = 'COMMAND_QUEUE_FULL'
const codeOf = (error: unknown): string => (error as { code: string }).code

const saga = { kind: 'saga', address: { name: 'wake-up', key: 'k', step: '' } }

/** Deadlines that are all due; or one that is due much later. */
function timers(count: number, atMs: number): readonly Timer[] {
  const data = JSON.stringify(saga)
  return Array.from({ length: count }, (_, index) => ({ id: `saga/wake-up/${index}/`, atMs, data }))
}

interface AgendaBench {
  readonly clock: VirtualClock
  readonly failures: string[]
  readonly asked: number[]
  /** Commits that were handed in, and those of them that have no verdict yet. */
  submitted: number
  agenda: ReturnType<typeof startAgenda>
}

/** An agenda whose commits are answered as a test likes. */
async function openAgenda(
  set: (nowMs: number) => readonly Timer[],
  verdict: () => Promise<Verdict>,
  limits: AgendaOptions['limits'] = {},
): Promise<AgendaBench> {
  const clock = virtualClock()
  const asked: number[] = []
  const stores = changedStores(memoryStores(), (store) => ({
    dueTimers(atMs, limit) {
      asked.push(limit)
      return store.dueTimers(atMs, limit)
    },
  }))
  const store = await stores.open('alarm', { partitions: 1 })
  await store.commit([{ setTimers: set(clock.nowMs()) }])
  const failures: string[] = []
  const parts: Partial<AgendaOptions> = {
    store,
    clock,
    limits,
    onFailure: (message) => void failures.push(message),
    workspace: {
      cells: 0,
      forget: () => undefined,
      async submit<T>(): Promise<Submitted<T>> {
        bench.submitted += 1
        // Why the cast: the agenda looks at the verdict alone.
        return { value: undefined as T, settled: verdict() }
      },
    },
  }
  // Why the cast: deadlines of sagas need no more than these parts here.
  const agenda = startAgenda(parts as AgendaOptions)
  const bench: AgendaBench = { clock, failures, asked, submitted: 0, agenda }
  await clock.advance(1)
  return bench
}

const unanswered = (): Promise<Verdict> => new Promise(() => undefined)
const conflict = async (): Promise<Verdict> =>
  ({ kind: 'conflict', on: 'stream', name: 's', expected: 1, actual: 2 }) as const

describe('an agenda', () => {
  it('acts on so many timers at the same time as it may', async () => {
    const due = agendaLimits.runningMax * 3
    const bench = await openAgenda((nowMs) => timers(due, nowMs), unanswered)

    assert.equal(bench.submitted, agendaLimits.runningMax)
  })

  it('knows so many timers at the same time as it may, however many are due', async () => {
    const limits = { knownMax: 100, runningMax: 30 }
    const bench = await openAgenda((nowMs) => timers(1_000, nowMs), unanswered, limits)
    for (let turn = 0; turn < 10; turn += 1) {
      bench.agenda.wake()
      await bench.clock.advance(1)
    }

    assert.equal(bench.agenda.running, limits.knownMax)
    assert.ok(Math.max(...bench.asked) <= limits.knownMax + limits.runningMax)
  })

  it('acts on a timer anew so often as it may when others write first, and then lets it wait', async () => {
    const bench = await openAgenda((nowMs) => timers(1, nowMs), conflict)

    assert.equal(bench.submitted, agendaLimits.conflictsMax)
    assert.match(bench.failures.join(), /Others were first each time/)
    void bench.agenda.stop()
  })

  it('never sleeps longer than it may: a clock that jumped is noticed', async () => {
    const yearMs = 365 * 24 * 3_600_000
    const bench = await openAgenda((nowMs) => timers(1, nowMs + yearMs), unanswered)

    const sleepMs = (bench.clock.nextMs() ?? 0) - bench.clock.nowMs()

    assert.ok(sleepMs > 0 && sleepMs <= agendaLimits.sleepMsMax, `${sleepMs}`)
    await bench.agenda.stop()
  })
})

describe('a workspace', () => {
  it('remembers about so many streams and documents as it may', async () => {
    const clock = virtualClock()
    const store = await memoryStores().open('item', { partitions: 1 })
    const group = createGroupCommit({ store, clock })
    const ignore = (): void => undefined
    const limits = { streamCellsMax: 20, documentCellsMax: 10 }
    const place = { service: 'item', store, types: new Map(), group, clock, limits }
    const workspace = createWorkspace({ ...place, onEntries: ignore, onUnsure: ignore })
    let most = 0
    for (let index = 0; index < 500; index += 1) {
      const { settled } = await workspace.submit((draft) => {
        draft.stream(StockItem, `item/${index}`)
        const [seen] = draft.documents('seen', [`${index}`])
        if (seen) draft.write(seen, index)
      })
      await settled
      most = Math.max(most, workspace.cells)
    }

    assert.ok(most > 20 && most <= 20 + 10 + 2, `${most}`)
  })
})

describe('a redrive', () => {
  it('is tried anew so often as it may when others write first', async () => {
    let attempts = 0
    const stores = changedCommits(memoryStores(), async (commit, batch) => {
      if (!batch.some(({ unpark }) => unpark)) return commit(batch)
      attempts += 1
      return batch.map(
        () => ({ kind: 'conflict', on: 'stream', name: 's', expected: 1, actual: 2 }) as const,
      )
    })
    const poison = new Set(['a/1'])
    const life = await startLedger({ stores, poison })
    await teller(['a']).countTo(life, 1)
    await settleLedger(life)
    const [parked] = await life.running.parked()
    poison.clear()

    await assert.rejects(life.running.redrive(parked?.id ?? ''), { code: 'COMMAND_CONFLICT' })

    assert.equal(attempts, takeOffAttemptsMax)
    assert.deepEqual(await life.running.parked(), [parked])
    await life.running.stop()
  })
})

const Key = z.object({ key: z.string() })
const Bulk = contract('bulk', {
  commands: { order: { input: z.object({ count: z.int() }) }, note: { input: Key } },
  events: { Ordered: z.object({ count: z.int() }), Noted: Key },
})

describe('a policy', () => {
  it('gives so many commands for one event as it may, and with one more its key is parked', async () => {
    const Book = aggregate(Bulk, 'book', {
      key: () => 'book',
      initial: () => ({}),
      decide: {
        order: (_book, order) => Bulk.Ordered(order),
        note: (_book, note) => Bulk.Noted(note),
      },
      evolve: {},
    })
    const Spread = policy('spread').on(Bulk.Ordered, ({ count }) =>
      Array.from({ length: count }, (_, index) => Bulk.note({ key: `${index}` })),
    )
    const clock = virtualClock()
    const running = await startSystem(
      system('bulks', { services: [service(Bulk, { aggregates: [Book], policies: [Spread] })] }),
      { stores: memoryStores(), broker: memoryBroker({ clock }), clock },
    )
    for (const count of [commandsPerPolicyMax, commandsPerPolicyMax + 1]) {
      await running.execute(Bulk.order({ count }))
    }
    await untilIdle(running, clock)

    const [status] = (await running.status()).services
    const parked = await running.parked()
    assert.equal(status?.position, 2 + commandsPerPolicyMax)
    assert.deepEqual(
      parked.map(({ code }) => code),
      ['COMMAND_DECISION_FAILED'],
    )
    await running.stop()
  })
})

describe('an index', () => {
  it('has so many values for one document as it may', () => {
    const Tagged = view('tagged', {
      document: z.object({ tags: z.array(z.string()) }),
      indexes: { tag: ({ tags }) => tags },
    })
    const tagged = (count: number): { tags: string[] } => ({
      tags: Array.from({ length: count }, (_, index) => `t${index}`),
    })

    assert.equal(indexRows(Tagged, tagged(indexValuesMax)).length, indexValuesMax)
    assert.throws(() => indexRows(Tagged, tagged(indexValuesMax + 1)), {
      code: 'LANGUAGE_DEFINITION_INVALID',
    })
  })
})

describe('open sagas', () => {
  it('are counted page by page, however many there are', async () => {
    const limits: number[] = []
    const stores = changedStores(memoryStores(), (store) => ({
      snapshot(reads) {
        limits.push(...reads.map((read) => ('limit' in read ? read.limit : 0)))
        return store.snapshot(reads)
      },
    }))
    const store = await stores.open('order', { partitions: 1 })
    const { name } = sagaView(PlaceOrder.name)
    const count = openPageMax + 1
    const documents = Array.from({ length: count }, (_, index) => ({
      view: name,
      key: `${index}`,
      expected: 0,
      value: '{}',
      index: [['open', 1] as const],
    }))
    await store.commit([{ documents }])

    assert.equal(await countOpenSagas(store, [PlaceOrder]), count)
    assert.deepEqual(limits, [openPageMax, openPageMax])
  })
})

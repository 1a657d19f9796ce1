import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { memoryBroker } from '../adapters/memory/broker.ts'
import { type VirtualClock, virtualClock } from '../adapters/memory/clock.ts'
import { memoryStores } from '../adapters/memory/store.ts'
import { aggregate } from '../language/aggregate.ts'
import { contract } from '../language/contract.ts'
import { DureError } from '../language/errors.ts'
import { policy } from '../language/policy.ts'
import { service } from '../language/service.ts'
import { type System, system } from '../language/system.ts'
import { view } from '../language/view.ts'
import type { Commit, Store, StoreProvider } from '../log/store.port.ts'
import { untilIdle } from '../testing/until-idle.ts'
import type { ParkedSummary, RunningSystem } from './running-system.port.ts'
import { startSystem } from './start-system.ts'

const Note = z.object({ key: z.string(), number: z.int() })
const Desk = contract('desk', {
  commands: { write: { input: Note } },
  events: { Written: Note },
})
const Hall = contract('hall', {
  commands: { hang: { input: Note, rejects: { Full: z.object({}) } } },
  events: { Hung: Note },
  queries: { hung: { input: z.object({}), output: z.array(z.string()) } },
})

interface Bench {
  readonly clock: VirtualClock
  readonly running: RunningSystem
  /** Notes that cannot be handled, as `key number`, in the policy and in the view. */
  readonly poison: Set<string>
  readonly faults: { before: (store: string, batch: readonly Commit[]) => Promise<void> }
  readonly write: (...notes: readonly string[]) => Promise<void>
  readonly settle: () => Promise<unknown>
  /** What is parked: `consumer key number code`. */
  readonly parked: () => Promise<readonly string[]>
  readonly hung: () => Promise<unknown>
}

function noticeBoard(poison: ReadonlySet<string>): System {
  const check = ({ key, number }: z.infer<typeof Note>): void => {
    if (poison.has(`${key} ${number}`)) throw new RangeError(`${key} ${number} is poison`)
  }
  const DeskBook = aggregate(Desk, 'book', {
    key: ({ key }) => key,
    initial: () => ({}),
    decide: { write: (_book, command) => Desk.Written(command) },
    evolve: {},
  })
  const Board = aggregate(Hall, 'board', {
    key: () => 'board',
    initial: () => ({}),
    decide: {
      hang: (_board, command, { reject }) =>
        poison.has(`full ${command.number}`) ? reject.Full({}) : Hall.Hung(command),
    },
    evolve: {},
  })
  const Hang = policy('hang').on(Desk.Written, (note) => {
    check(note)
    return Hall.hang(note)
  })
  const Seen = view('seen', { document: z.object({ numbers: z.array(z.int()) }) }).on(
    Desk.Written,
    {
      key: ({ key }) => key,
      evolve: (document, note) => {
        if (poison.has(`view ${note.number}`)) check({ key: 'view', number: note.number })
        return { numbers: [...(document?.numbers ?? []), note.number] }
      },
    },
  )
  const Lines = view('lines', {
    document: z.object({ lines: z.array(z.string()) }),
    consistency: 'inline',
  }).on(Hall.Hung, {
    key: () => 'all',
    evolve: (document, { key, number }) => ({
      lines: [...(document?.lines ?? []), `${key} ${number}`],
    }),
  })
  return system('board', {
    services: [
      service(Desk, { aggregates: [DeskBook] }),
      service(Hall, {
        aggregates: [Board],
        views: [Seen, Lines],
        policies: [Hang],
        queries: { hung: async (_input, { read }) => (await read.get(Lines, 'all'))?.lines ?? [] },
      }),
    ],
  })
}

async function openBench(): Promise<Bench> {
  const clock = virtualClock()
  const poison = new Set<string>()
  const inner = memoryStores()
  const faults: Bench['faults'] = { before: async () => undefined }
  const stores: StoreProvider = {
    erase: (name) => inner.erase(name),
    async open(name, options): Promise<Store> {
      const store = await inner.open(name, options)
      return {
        ...store,
        async commit(batch) {
          await faults.before(name, batch)
          return store.commit(batch)
        },
      }
    },
  }
  const broker = memoryBroker({ clock })
  const running = await startSystem(noticeBoard(poison), { stores, broker, clock })
  return {
    clock,
    running,
    poison,
    faults,
    settle: () => untilIdle(running, clock),
    async write(...notes) {
      for (const note of notes) {
        const [key = '', number = ''] = note.split(' ')
        await running.execute(Desk.write({ key, number: Number(number) }))
      }
    },
    async parked() {
      const all = await running.parked()
      return all.map(
        ({ consumer, key, position, code }) => `${consumer} ${key} ${position} ${code}`,
      )
    },
    async hung() {
      const answer = await running.query(Hall.hung({}))
      return answer.ok && answer.output
    },
  }
}

async function firstOf({ running }: Bench): Promise<ParkedSummary> {
  const [parked] = await running.parked()
  assert.ok(parked)
  return parked
}

describe('a parked message', () => {
  it('can be looked at: where it comes from, why it is parked, and what it says', async () => {
    const bench = await openBench()
    bench.poison.add('a 1')
    await bench.write('a 1')
    await bench.settle()

    const parked = await firstOf(bench)
    const shown = await bench.running.showParked(parked.id)

    const place = { service: 'hall', consumer: 'inbox', source: 'desk', position: 1, key: 'book/a' }
    const why = { code: 'COMMAND_DECISION_FAILED', reason: 'a 1 is poison', attempts: 1 }
    const { id: _id, atMs: _atMs, ...facts } = parked
    assert.deepEqual(facts, { ...place, ...why, type: 'desk.Written' })
    assert.deepEqual((shown.envelope as { data: unknown }).data, { key: 'a', number: 1 })
    await bench.running.stop()
  })

  it('stays parked with the new reason when it fails again', async () => {
    const bench = await openBench()
    bench.poison.add('a 1').add('full 1')
    await bench.write('a 1', 'a 2')
    await bench.settle()
    const { id } = await firstOf(bench)
    bench.poison.delete('a 1')

    const redriven = await bench.running.redrive(id)

    assert.equal(redriven.handled, false)
    const after = await firstOf(bench)
    assert.deepEqual([after.id, after.code, after.attempts], [id, 'COMMAND_REJECTED', 2])
    assert.deepEqual([await bench.hung(), (await bench.parked()).length], [[], 2])
    await bench.running.stop()
  })

  it('takes effect once, with all that waited behind it, in order', async () => {
    const bench = await openBench()
    bench.poison.add('a 1')
    await bench.write('a 1', 'a 2', 'b 1', 'a 3')
    await bench.settle()
    const { id } = await firstOf(bench)
    bench.poison.clear()
    await bench.clock.advance(31 * 24 * 3_600_000)

    const results = await Promise.allSettled([bench.running.redrive(id), bench.running.redrive(id)])
    await bench.write('a 4')
    await bench.settle()

    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
    assert.deepEqual(await bench.hung(), ['b 1', 'a 1', 'a 2', 'a 3', 'a 4'])
    assert.deepEqual(await bench.parked(), [])
    await bench.running.stop()
  })

  it('lets those behind it follow until one of them fails, and the rest waits behind that', async () => {
    const bench = await openBench()
    bench.poison.add('a 1')
    await bench.write('a 1', 'a 2', 'a 3', 'a 4')
    await bench.settle()
    const { id } = await firstOf(bench)
    bench.poison.delete('a 1')
    bench.poison.add('a 3')

    await bench.running.redrive(id)
    await bench.write('a 5')
    await bench.settle()

    assert.deepEqual(await bench.hung(), ['a 1', 'a 2'])
    assert.deepEqual(await bench.parked(), [
      'inbox book/a 3 COMMAND_DECISION_FAILED',
      'inbox book/a 4 PARKED_ORDER',
      'inbox book/a 5 PARKED_ORDER',
    ])
    await bench.running.stop()
  })

  it('leaves nothing behind that arrived while it was redriven', async () => {
    const bench = await openBench()
    bench.poison.add('a 1')
    await bench.write('a 1', 'a 2', 'a 3')
    await bench.settle()
    const { id } = await firstOf(bench)
    bench.poison.clear()
    let number = 4
    bench.faults.before = async (store, batch) => {
      if (store !== 'hall' || number > 9 || !batch.some(({ unpark }) => unpark)) return
      number += 1
      await bench.write(`a ${number - 1}`)
      await bench.clock.advance(5)
    }

    await bench.running.redrive(id)
    await bench.settle()

    assert.deepEqual(await bench.parked(), [])
    const expected = Array.from({ length: number - 1 }, (_, index) => `a ${index + 1}`)
    assert.deepEqual(await bench.hung(), expected)
    await bench.running.stop()
  })

  it('is not redriven or dropped before an earlier one of its key', async () => {
    const bench = await openBench()
    bench.poison.add('a 1')
    await bench.write('a 1', 'a 2')
    await bench.settle()
    const [first, second] = await bench.running.parked()
    const refusal = { code: 'PARKED_ORDER', details: { first: first?.id } }

    await assert.rejects(bench.running.redrive(second?.id ?? ''), refusal)
    await assert.rejects(bench.running.dropParked(second?.id ?? ''), refusal)
    await bench.running.stop()
  })

  it('can be dropped on purpose: the next of its key can then be redriven', async () => {
    const bench = await openBench()
    bench.poison.add('a 1')
    await bench.write('a 1', 'a 2')
    await bench.settle()

    await bench.running.dropParked((await firstOf(bench)).id)
    await bench.running.redrive((await firstOf(bench)).id)
    await bench.write('a 3')
    await bench.settle()

    assert.deepEqual(await bench.hung(), ['a 2', 'a 3'])
    assert.deepEqual(await bench.parked(), [])
    await bench.running.stop()
  })

  it('of a view is redriven into the view', async () => {
    const bench = await openBench()
    bench.poison.add('view 1')
    await bench.write('a 1', 'a 2')
    await bench.settle()
    const { id, consumer } = await firstOf(bench)
    bench.poison.clear()

    await bench.running.redrive(id)

    assert.equal(consumer, 'view:seen@1')
    assert.deepEqual(await bench.parked(), [])
    assert.deepEqual(await bench.hung(), ['a 1', 'a 2'])
    await bench.running.stop()
  })

  it('stays as it is when the store fails while it is redriven', async () => {
    const bench = await openBench()
    bench.poison.add('a 1')
    await bench.write('a 1')
    await bench.settle()
    const before = await firstOf(bench)
    bench.poison.clear()
    bench.faults.before = async () => {
      throw new DureError('STORE_UNAVAILABLE', 'The store is away.')
    }

    await assert.rejects(bench.running.redrive(before.id), { code: 'STORE_UNAVAILABLE' })
    bench.faults.before = async () => undefined

    assert.deepEqual(await firstOf(bench), before)
    assert.deepEqual(await bench.running.redrive(before.id), { handled: true })
    await bench.running.stop()
  })

  it('is unknown under another id', async () => {
    const bench = await openBench()
    const unknown = { code: 'PARKED_UNKNOWN' }

    for (const id of ['', 'hall', 'hall:', 'none:inbox/desk/x-0/1', 'hall:inbox/desk/x-0/1']) {
      await assert.rejects(bench.running.showParked(id), unknown)
      await assert.rejects(bench.running.redrive(id), unknown)
      await assert.rejects(bench.running.dropParked(id), unknown)
    }
    await bench.running.stop()
  })
})

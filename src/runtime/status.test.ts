import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { memoryBroker } from '../adapters/memory/broker.ts'
import { type VirtualClock, virtualClock } from '../adapters/memory/clock.ts'
import { memoryStores } from '../adapters/memory/store.ts'
import { aggregate } from '../language/aggregate.ts'
import { contract } from '../language/contract.ts'
import { DureError } from '../language/errors.ts'
import { bind, port } from '../language/port.ts'
import { policy } from '../language/policy.ts'
import { service } from '../language/service.ts'
import { system } from '../language/system.ts'
import { view } from '../language/view.ts'
import type { Commit, StoreProvider } from '../log/store.port.ts'
import { untilIdle } from '../testing/until-idle.ts'
import type { Broker } from '../messaging/broker.port.ts'
import { lagWaitMsMax } from '../messaging/service-relays.ts'
import type { RunningSystem, StatusReport } from './running-system.port.ts'
import { startSystem } from './start-system.ts'

const Note = z.object({ key: z.string() })
const Desk = contract('desk', { commands: { write: { input: Note } }, events: { Written: Note } })
const Hall = contract('hall', { commands: { hang: { input: Note } }, events: { Hung: Note } })

const DeskBook = aggregate(Desk, 'book', {
  key: ({ key }) => key,
  initial: () => ({}),
  decide: { write: (_book, command) => Desk.Written(command) },
  evolve: {},
})
const Wall = port('wall', { reach: { input: Note, output: z.object({}) } })
const Board = aggregate(Hall, 'board', {
  key: () => 'board',
  initial: () => ({}),
  prepare: { hang: ({ key }, { use }) => use(Wall).reach({ key }) },
  decide: { hang: (_board, command) => Hall.Hung(command) },
  evolve: {},
})
const Hang = policy('hang').on(Desk.Written, (note) => {
  if (note.key === 'poison') throw new RangeError('poison')
  return Hall.hang(note)
})
const echo = (poison: ReadonlySet<string>) =>
  view('echo', { document: z.object({}) }).on(Hall.Hung, {
    key: ({ key }) => key,
    evolve: (_document, { key }) => {
      if (poison.has(key)) throw new RangeError('poison')
      return {}
    },
  })

interface Bench {
  readonly clock: VirtualClock
  readonly running: RunningSystem
  readonly poison: Set<string>
  /** Services whose logs were asked for their heads. */
  readonly heads: string[]
  /** Called before a commit of a service. */
  before: (store: string, batch: readonly Commit[]) => Promise<void>
  /** Called when somebody asks the store of a service for what is due. */
  asked: (store: string) => Promise<void>
  /** Called when the broker is asked how far it is. */
  wanted: () => Promise<void>
  /** Called before something is hung on the wall. */
  reached: () => Promise<void>
}

type Told = Pick<Bench, 'before' | 'asked' | 'wanted' | 'reached'>

async function openBench(): Promise<Bench> {
  const clock = virtualClock()
  const poison = new Set<string>()
  const heads: string[] = []
  const inner = memoryStores()
  const nothing = async (): Promise<void> => undefined
  const told: Told = { before: nothing, asked: nothing, wanted: nothing, reached: nothing }
  const stores: StoreProvider = {
    erase: (name) => inner.erase(name),
    async open(name, options) {
      const store = await inner.open(name, options)
      return {
        ...store,
        async commit(batch) {
          await told.before(name, batch)
          return store.commit(batch)
        },
        heads() {
          heads.push(name)
          return store.heads()
        },
        async dueTimers(atMs, limit) {
          await told.asked(name)
          return store.dueTimers(atMs, limit)
        },
      }
    },
  }
  const desk = service(Desk, { aggregates: [DeskBook], views: [echo(poison)] })
  const hall = service(Hall, { aggregates: [Board], policies: [Hang], ports: [Wall] })
  const reach = async (): Promise<Record<string, never>> => {
    await told.reached()
    return {}
  }
  const board = system('board', { services: [desk, hall], adapters: [bind(Wall, { reach })] })
  const carrying = memoryBroker({ clock })
  const broker: Broker = {
    ...carrying,
    publish: (batch) => carrying.publish(batch),
    watch: (topic, wake) => carrying.watch(topic, wake),
    subscribe: (request) => carrying.subscribe(request),
    async wanted(topic, incarnation) {
      await told.wanted()
      return carrying.wanted(topic, incarnation)
    },
    [Symbol.asyncDispose]: () => carrying[Symbol.asyncDispose](),
  }
  const running = await startSystem(board, { stores, broker, clock })
  return Object.assign(told, { clock, running, poison, heads })
}

const write = (key: string): ReturnType<typeof Desk.write> => Desk.write({ key })

describe('what a running system says of itself', () => {
  it('is idle only when nothing is left to do, also not for a service that was asked before', async () => {
    const bench = await openBench()
    const desk = Promise.withResolvers<void>()
    const wall = Promise.withResolvers<void>()
    let isReached = false
    bench.asked = async (store) => void (store === 'desk' && (await desk.promise))
    bench.reached = async () => {
      isReached = true
      await wall.promise
    }
    const asked = bench.running.idle()
    await bench.clock.advance(1)
    await bench.running.execute(write('a'))
    while (!isReached) await bench.clock.advance(1)
    desk.resolve()

    const report = await asked

    wall.resolve()
    await untilIdle(bench.running, bench.clock)
    assert.equal(report.idle, false)
    await bench.running.stop()
  })

  it('reads each log once, however many follow it', async () => {
    const bench = await openBench()
    await bench.running.execute(write('a'))
    await untilIdle(bench.running, bench.clock)
    bench.heads.splice(0)

    await bench.running.idle()

    assert.deepEqual(bench.heads.toSorted(), ['desk', 'hall'])
    await bench.running.stop()
  })

  it('counts what it did, where its logs are, and what is parked', async () => {
    const bench = await openBench()
    await bench.running.execute(write('poison'))
    await bench.running.execute(write('b'))
    await untilIdle(bench.running, bench.clock)

    const { services, system: name } = await bench.running.status()

    assert.equal(name, 'board')
    assert.deepEqual(
      services.map((each) => [each.name, each.position, each.commands, each.parked]),
      [
        ['desk', 2, 2, 0],
        // The command that asks the wall first is in the log, and what came of it.
        ['hall', 2, 0, 1],
      ],
    )
    assert.deepEqual(services[0]?.views, [{ name: 'echo', lag: 0, rebuilding: false }])
    await bench.running.stop()
  })

  it('forgets what a view has parked when the view is built anew', async () => {
    const bench = await openBench()
    bench.poison.add('a')
    await bench.running.execute(write('a'))
    await untilIdle(bench.running, bench.clock)
    const [parked] = await bench.running.parked()
    bench.poison.clear()

    const rebuilt = bench.running.rebuildView('desk', 'echo')
    await bench.clock.advance(100)
    await rebuilt

    assert.equal(parked?.consumer, 'view:echo@1')
    assert.deepEqual(await bench.running.parked(), [])
    await bench.running.stop()
  })

  it('tells a service that is not there from a command, a query or a view that is not', async () => {
    const bench = await openBench()
    const { running } = bench
    const nobody = { service: 'nobody', type: 'nobody.do', data: {} }

    await assert.rejects(running.execute({ kind: 'command', ...nobody }), {
      code: 'COMMAND_UNKNOWN',
    })
    await assert.rejects(running.query({ kind: 'query', ...nobody }), { code: 'QUERY_UNKNOWN' })
    await assert.rejects(running.rebuildView('nobody', 'echo'), { code: 'VIEW_UNKNOWN' })
    await running.stop()
  })

  it('says why it does not know how much the broker waits for', async () => {
    const bench = await openBench()
    await using running = bench.running
    await untilIdle(running, bench.clock)
    const away = new DureError('BROKER_UNAVAILABLE', 'The broker is away.')
    bench.wanted = () => Promise.reject(away)
    const gone = await running.idle()
    const answer = Promise.withResolvers<void>()
    bench.wanted = () => answer.promise
    let still: StatusReport | undefined
    const asked = running.status().then((report) => (still = report))
    while (!still) await bench.clock.advance(lagWaitMsMax)
    await asked
    answer.resolve()

    const back = await running.idle()

    assert.deepEqual([gone.idle, back.idle], [false, true])
    const told = [gone.services.desk, still?.services[0], back.services.desk].map(
      (each) => [each?.relayLag, each?.brokerFailing] as const,
    )
    assert.deepEqual(told, [
      [1, 'BROKER_UNAVAILABLE'],
      [1, 'BROKER_UNAVAILABLE'],
      [0, undefined],
    ])
  })

  it('says which store takes no commits, and finds out by itself that it takes them again', async () => {
    const bench = await openBench()
    const { clock, running } = bench
    await using _stopped = running
    const failing = async (): Promise<unknown> => {
      const answers: unknown[] = []
      void running.status().then(({ services }) => answers.push(services))
      while (answers.length === 0) await clock.advance(1)
      const [services] = answers as [Awaited<ReturnType<typeof running.status>>['services']]
      return services.map((each) => [each.name, each.failing])
    }
    bench.before = async (store) => {
      if (store === 'desk') throw new DureError('STORE_FULL', 'The disk is full.')
    }
    const writing = assert.rejects(running.execute(write('a')), { code: 'STORE_FULL' })
    await clock.advance(1)
    await writing

    const full = await failing()
    const stillFull = await failing()
    bench.before = async () => undefined
    const well = await failing()

    assert.deepEqual(full, [
      ['desk', 'STORE_FULL'],
      ['hall', undefined],
    ])
    assert.deepEqual(stillFull, full)
    assert.deepEqual(well, [
      ['desk', undefined],
      ['hall', undefined],
    ])
  })
})

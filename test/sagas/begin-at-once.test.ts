// A choreographed saga begins in the commit of the event that starts it; what is wrong with its beginning never fails the
// command that led to the event.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { memoryBroker } from '../../src/adapters/memory/broker.ts'
import { virtualClock } from '../../src/adapters/memory/clock.ts'
import { memoryStores } from '../../src/adapters/memory/store.ts'
import { aggregate, choreographed, contract, saga, service, system } from '../../src/index.ts'
import type { Commit, StoreProvider } from '../../src/log/store.port.ts'
import type { RunningSystem } from '../../src/runtime/running-system.port.ts'
import { startSystem } from '../../src/runtime/start-system.ts'

const Note = z.object({ id: z.string(), text: z.string().default('') })
const Here = contract('here', { commands: { ask: { input: Note } }, events: { Asked: Note } })
const There = contract('there', { commands: { work: { input: Note } }, events: { Worked: Note } })
const Asking = aggregate(Here, 'asking', {
  key: ({ id }) => id,
  initial: () => ({}),
  decide: { ask: (_asking, note) => Here.Asked(note) },
  evolve: {},
})
const Working = aggregate(There, 'working', {
  key: ({ id }) => id,
  initial: () => ({}),
  decide: { work: (_working, note) => There.Worked(note) },
  evolve: {},
})

interface Bench extends AsyncDisposable {
  readonly running: RunningSystem
  /** What each service has committed, in its order. */
  readonly commits: (readonly [service: string, commit: Commit])[]
  readonly settle: () => Promise<void>
}

/** Two services and a saga that asks the other one; `run` makes its command. */
async function open(run: () => ReturnType<typeof There.work>): Promise<Bench> {
  const clock = virtualClock()
  const commits: (readonly [string, Commit])[] = []
  const inner = memoryStores()
  const stores: StoreProvider = {
    erase: (name) => inner.erase(name),
    async open(name, options) {
      const store = await inner.open(name, options)
      return {
        ...store,
        commit(batch) {
          for (const each of batch) commits.push([name, each])
          return store.commit(batch)
        },
      }
    },
  }
  const Job = saga('job', { input: Note, key: ({ id }) => id, deadlineMs: 1_000 })
    .startsOn(Here.Asked, (note) => note)
    .pivot('work', { run })
  const definition = system('jobs', {
    services: [service(Here, { aggregates: [Asking] }), service(There, { aggregates: [Working] })],
    sagas: [choreographed(Job)],
  })
  const broker = memoryBroker({ clock })
  const running = await startSystem(definition, { stores, broker, clock, report: () => undefined })
  const settle = async (): Promise<void> => clock.advance(10_000)
  return { running, commits, settle, [Symbol.asyncDispose]: () => running.stop() }
}

describe('a saga that is passed on', () => {
  it('begins in the very commit of its event, and only there', async () => {
    await using bench = await open(() => There.work({ id: '1' }))
    const answer = await bench.running.execute(Here.ask({ id: '1' }))
    assert.ok(answer.ok)
    await bench.settle()

    const here = bench.commits.filter(([name]) => name === 'here').map(([, commit]) => commit)
    const beginning = here.find(({ entries }) => entries?.some(({ type }) => type === 'here.Asked'))
    assert.deepEqual(
      beginning?.entries?.map(({ type }) => type),
      ['here.Asked', 'there.work'],
    )
    assert.equal(beginning?.setTimers?.length, 1)
    const sent = here.flatMap(({ entries = [] }) => entries).filter(({ to }) => to === 'there')
    assert.equal(sent.length, 1)
    // The event, which leads to nothing more, is passed over: the other commit is the end.
    assert.equal(here.length, 2)
    const [instance] = (await bench.running.sagas({ saga: 'job' })).instances
    assert.equal(instance?.status, 'completed')
  })

  it('does not fail the command when its beginning fails: the event is parked, and can be handled again', async () => {
    let isBroken = true
    await using bench = await open(() => {
      if (isBroken) throw new Error('the plan is broken')
      return There.work({ id: '1' })
    })
    const answer = await bench.running.execute(Here.ask({ id: '1' }))
    assert.ok(answer.ok)
    await bench.settle()

    const parked = await bench.running.parked()
    assert.deepEqual(
      parked.map(({ type, reason }) => [type, reason]),
      [['here.Asked', 'the plan is broken']],
    )
    isBroken = false
    await bench.running.redrive(parked[0]?.id ?? '')
    await bench.settle()
    const [instance] = (await bench.running.sagas({ saga: 'job' })).instances
    assert.equal(instance?.status, 'completed')
  })

  it('does not fail the command when its first message is too large to be sent: the event is parked', async () => {
    await using bench = await open(() => There.work({ id: '1' }))
    // The event just fits; what the saga knows travels in its message, and does not.
    const text = 'x'.repeat(999_900)
    const answer = await bench.running.execute(Here.ask({ id: '1', text }))
    assert.ok(answer.ok)
    await bench.settle()

    const parked = await bench.running.parked()
    assert.deepEqual(
      parked.map(({ type, code }) => [type, code]),
      [['here.Asked', 'LOG_ENTRY_TOO_LARGE']],
    )
    assert.deepEqual((await bench.running.sagas({ saga: 'job' })).instances, [])
  })
})

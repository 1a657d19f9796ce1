// Processes that run one system on one Postgres: one is killed, one stands still for longer than its leases last, one
// comes. Everything is counted, noted and seen once, in the order of its key.
import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { memoryBroker } from '../../src/adapters/memory/broker.ts'
import { nodeClock } from '../../src/adapters/node/clock.ts'
import { postgresStores } from '../../src/adapters/postgres/index.ts'
import type { Store, StoreProvider } from '../../src/log/store.port.ts'
import { startSystem } from '../../src/runtime/start-system.ts'
import { untilIdle } from '../../src/testing/until-idle.ts'
import { judgeNumbers, Ledger, ledgerSystem } from '../promises/ledger-world.ts'
import { type PrivatePostgres, startPostgres, whyNoPrivatePostgres } from '../servers/postgres.ts'

const program = fileURLToPath(new URL('./replica-process.ts', import.meta.url))
const partitions = 4
const keys = Array.from('abcdefgh')
/** How long a replica is waited for, in milliseconds, until another one is asked. */
const patienceMs = 1_500

/** Processes that a test has started. */
class Replicas implements AsyncDisposable {
  readonly #url: string
  readonly #all: ChildProcess[] = []
  #turn = 0

  constructor(url: string) {
    this.#url = url
  }

  async start(): Promise<ChildProcess> {
    const execArgv = ['--conditions=dure-source']
    const child = fork(program, [this.#url, String(partitions)], { execArgv })
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve())
      child.once('exit', (code) => reject(new Error(`A replica ended with ${code}.`)))
    })
    child.removeAllListeners('exit')
    child.setMaxListeners(100)
    child.once('exit', () => this.#all.splice(this.#all.indexOf(child), 1))
    this.#all.push(child)
    return child
  }

  /** Has a command carried out by one of them; by another one when that does not answer. */
  async insist(id: string): Promise<void> {
    while (!(await this.#ask(id)));
  }

  #ask(id: string): Promise<boolean> {
    this.#turn += 1
    const child = this.#all[this.#turn % this.#all.length]
    if (!child?.connected) return new Promise((resolve) => setImmediate(resolve, false))
    return new Promise((resolve) => {
      const end = (isDone: boolean): void => {
        clearTimeout(timeout)
        child.off('message', hear)
        resolve(isDone)
      }
      const hear = (answered: unknown): void => void (answered === id && end(true))
      const timeout = setTimeout(end, patienceMs, false)
      child.on('message', hear)
      child.send(id, (error) => void (error && end(false)))
    })
  }

  /** Lets all of them stop in order. */
  async stop(): Promise<void> {
    const ends = this.#all.map(
      (child) => new Promise((resolve) => child.once('exit', (code) => resolve(code))),
    )
    for (const child of this.#all) child.disconnect()
    for (const code of await Promise.all(ends)) assert.equal(code, 0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#all) child.kill('SIGKILL')
  }
}

/** Who is there, and what nobody who is there takes care of. */
async function leasesOf(store: Store): Promise<{ readonly alive: number; readonly free: number }> {
  const answers = await store.snapshot([
    { kind: 'get', view: '$leases', key: 'replicas' },
    { kind: 'get', view: '$leases', key: 'holders' },
  ])
  const [replicas = {}, holders = {}] = answers.map((answer) => {
    const value = answer.kind === 'documents' ? answer.documents[0]?.value : undefined
    // Why the cast: leases are written as names and texts, or numbers.
    return JSON.parse(value ?? '{}') as Record<string, string>
  })
  const lost = Object.values(holders).filter((holder) => !Object.hasOwn(replicas, holder))
  return { alive: Object.keys(replicas).length, free: lost.length }
}

/** Waits until so many replicas share the work of a service; gives how long that took, in milliseconds. */
async function untilShared(store: Store, count: number): Promise<number> {
  const startMs = performance.now()
  for (;;) {
    const { alive, free } = await leasesOf(store)
    const tookMs = performance.now() - startMs
    if (alive === count && free === 0) return Math.round(tookMs)
    assert.ok(tookMs < 60_000, `${alive} replicas are there, and nobody has ${free} leases.`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** What the events of a log say, by key, in the order of the log. */
async function numbersIn(
  stores: StoreProvider,
  service: string,
): Promise<ReadonlyMap<string, readonly number[]>> {
  await using store = await stores.open(service, { partitions })
  const numbers = new Map<string, number[]>()
  for (let partition = 0; partition < partitions; partition += 1) {
    for (const { kind, data } of await store.read({ partition, after: 0, limit: 100_000 })) {
      if (kind !== 'event') continue
      // Why the cast: every event of these services is a count.
      const { key, n } = JSON.parse(data) as { readonly key: string; readonly n: number }
      numbers.set(key, [...(numbers.get(key) ?? []), n])
    }
  }
  return numbers
}

describe('replicas in processes of their own', { skip: whyNoPrivatePostgres() }, () => {
  let server: PrivatePostgres
  before(async () => {
    server = await startPostgres({ durable: true })
  })
  after(() => server[Symbol.asyncDispose]())

  it('lose, double and reorder nothing when one is killed, one stands still, and one comes', async (context) => {
    const url = await server.createDatabase()
    await using replicas = new Replicas(url)
    const [killed, frozen] = [await replicas.start(), await replicas.start()]
    await replicas.start()
    const stores = postgresStores({ url })
    await using store = await stores.open('ledger', { partitions })
    await untilShared(store, 3)

    const counting = countOn(replicas)
    killed.kill('SIGKILL')
    const killedMs = await untilShared(store, 2)
    frozen.kill('SIGSTOP')
    const frozenMs = await untilShared(store, 1)
    frozen.kill('SIGCONT')
    const wokenMs = await untilShared(store, 2)
    await replicas.start()
    const comingMs = await untilShared(store, 3)
    const counted = await counting.end()
    await replicas.stop()

    const numbers = Object.fromEntries(counted)
    context.diagnostic(JSON.stringify({ killedMs, frozenMs, wokenMs, comingMs, ...numbers }))
    assert.deepEqual((await judge(stores, counted)).slice(0, 10), [])
  })
})

/** Counts every key, one command after the other, until it is told to end. */
function countOn(replicas: Replicas): {
  readonly end: () => Promise<ReadonlyMap<string, number>>
} {
  const counted = new Map<string, number>()
  let isOver = false
  const counting = keys.map(async (key) => {
    for (let n = 1; !isOver; n += 1) {
      await replicas.insist(`${key}/${n}`)
      counted.set(key, n)
    }
  })
  return {
    async end() {
      isOver = true
      await Promise.all(counting)
      return counted
    },
  }
}

/** What is lost, doubled or out of order once everything is done. */
async function judge(
  stores: StoreProvider,
  counted: ReadonlyMap<string, number>,
): Promise<readonly string[]> {
  const seen = await seenIn(stores)
  const [told, noted] = [await numbersIn(stores, 'source'), await numbersIn(stores, 'ledger')]
  return Object.entries({ told, noted, seen }).flatMap(([what, numbers]) =>
    keys.flatMap((key) =>
      judgeNumbers(`${key} as ${what}`, numbers.get(key) ?? [], counted.get(key) ?? 0),
    ),
  )
}

/** What the view says when nothing is left to do. */
async function seenIn(stores: StoreProvider): Promise<ReadonlyMap<string, readonly number[]>> {
  using clock = nodeClock()
  const broker = memoryBroker({ clock })
  await using running = await startSystem(ledgerSystem(), { stores, broker, clock, partitions })
  await untilIdle(running, clock, 30_000)
  const seen = new Map<string, readonly number[]>()
  for (const key of keys) {
    const answer = await running.query(Ledger.seen({ key }))
    // Why the cast: the query says so.
    if (answer.ok) seen.set(key, (answer.output as { readonly numbers: number[] }).numbers)
  }
  return seen
}

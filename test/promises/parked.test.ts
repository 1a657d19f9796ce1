// A message that cannot be handled parks its key with the reason and lets other keys pass. It can be inspected,
// redriven, or dropped on purpose; a redrive after a month still takes effect once.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type MemoryStores, memoryStores } from '../../src/adapters/memory/store.ts'
import type { Commit, StoreProvider } from '../../src/log/store.port.ts'
import type { Broker, EncodedMessage } from '../../src/messaging/broker.port.ts'
import { changedBroker } from './faulty-brokers.ts'
import { changedCommits, changedStores, mortalStores } from './faulty-stores.ts'
import {
  judgeLedger,
  judgeNumbers,
  type LedgerLife,
  ledgerKeys,
  numbersOf,
  type Poison,
  settleLedger,
  startLedger,
  teller,
} from './ledger-world.ts'
import { assertFine, assertSeen } from './shop-world.ts'

const times = 6
const poisoned = 'b/3'
const monthMs = 31 * 24 * 3_600_000

interface World {
  readonly stores: MemoryStores
  readonly poison: Poison
  readonly counting: ReturnType<typeof teller>
  wrapStores: (stores: StoreProvider) => StoreProvider
  wrapBroker: (broker: Broker) => Broker
}

function createWorld(faults: Partial<Pick<World, 'wrapStores' | 'wrapBroker'>> = {}): World {
  const same = { wrapStores: (all: StoreProvider) => all, wrapBroker: (all: Broker) => all }
  const world = { stores: memoryStores(), poison: new Set([poisoned]), counting: teller() }
  return { ...world, ...same, ...faults }
}

/** A life in this world; the third message of a key cannot be handled until somebody heals it. */
async function liveIn(world: World, startMs?: number): Promise<LedgerLife> {
  const { poison, wrapBroker } = world
  const stores = world.wrapStores(world.stores)
  const at = startMs === undefined ? {} : { startMs }
  return startLedger({ stores, poison, wrapBroker, ...at })
}

async function countAll(world: World, life: LedgerLife, upTo: number = times): Promise<void> {
  await world.counting.countTo(life, upTo)
  await settleLedger(life)
}

/** Stops while the message is parked, and judges: its key has stopped before it, the others have not. */
async function judgeWhileParked(world: World, life: LedgerLife): Promise<readonly string[]> {
  const parked = await life.running.parked()
  await life.running.stop()
  const noted = await numbersOf(world.stores, 'ledger')
  const ends: Record<string, number> = { a: times, b: 2, c: times }
  const stopped = ledgerKeys.flatMap((key) =>
    judgeNumbers(key, noted.get(key) ?? [], ends[key] ?? 0),
  )
  const others = parked.filter(({ key }) => !key.startsWith('counter/b'))
  return [...stopped, ...others.map(({ id, key }) => `${id} of ${key} is parked`)]
}

async function firstParked({ running }: LedgerLife): Promise<string> {
  const [first] = await running.parked()
  assert.ok(first, 'Nothing is parked.')
  return first.id
}

/** Gives the code of the error, or what the redrive has answered. */
async function redrive({ running }: LedgerLife, id: string): Promise<string> {
  return running.redrive(id).then(
    ({ handled }) => (handled ? 'handled' : 'not handled'),
    (error: unknown) => (error as { code: string }).code,
  )
}

describe('a message that cannot be handled', () => {
  it('parks its key, with the reason, and lets the others pass', async () => {
    const world = createWorld()
    const life = await liveIn(world)
    await countAll(world, life)

    const parked = await life.running.parked()
    const shown = await life.running.showParked(await firstParked(life))
    assertFine(await judgeWhileParked(world, life))
    assert.deepEqual(
      parked.map(({ code, reason }) => (code === 'PARKED_ORDER' ? code : `${code}: ${reason}`)),
      [
        'COMMAND_DECISION_FAILED: a bug in a policy',
        'PARKED_ORDER',
        'PARKED_ORDER',
        'PARKED_ORDER',
      ],
    )
    assert.match(JSON.stringify(shown.envelope), /"data":\{"key":"b","n":3\}/)
  })

  it('parks its key also for what comes in a later life', async () => {
    assertFine(await restartWhileParked(createWorld()))
  })

  it('is judged by a test that sees the message parked, and not its key', async () => {
    const world = createWorld({ wrapBroker: keyForEachMessage })
    const life = await liveIn(world)
    await countAll(world, life)

    assertSeen(await judgeWhileParked(world, life), /b has 4, which nobody counted/)
  })

  it('is judged by a test that sees keys which are forgotten at a restart', async () => {
    const wrapStores = (all: StoreProvider): StoreProvider =>
      changedStores(all, (store) => ({
        parked: async (page) =>
          (await store.parked(page)).map((each) => ({ ...each, key: each.id })),
      }))

    assertSeen(
      await restartWhileParked(createWorld({ wrapStores })),
      /b has 6, which nobody counted/,
    )
  })
})

/** The key is parked in the first life; what is left comes in the second one. */
async function restartWhileParked(world: World): Promise<readonly string[]> {
  const first = await liveIn(world)
  await countAll(world, first, times - 1)
  await first.running.stop()
  const second = await liveIn(world, first.clock.nowMs() + 1)
  await countAll(world, second)
  const problems = await judgeWhileParked(world, second)
  return problems.filter((each) => !each.includes('is parked'))
}

/** A planted bug: every message has a key of its own. */
function keyForEachMessage(inner: Broker): Broker {
  const changed = (message: EncodedMessage): EncodedMessage => ({
    position: message.position,
    type: message.type,
    body: message.body.replace(
      /"partitionkey":"([^"]*)"/,
      `"partitionkey":"$1/${message.position}"`,
    ),
  })
  return changedBroker(inner, {
    deliver: (batch) => [{ ...batch, messages: batch.messages.map(changed) }],
  })
}

describe('a redrive', () => {
  it('takes effect once, with what waited behind it, in order', async () => {
    assertFine(await redriveAfter(createWorld(), { waitMs: 0 }))
  })

  it('takes effect once also a month later, in another life', async () => {
    assertFine(await redriveAfter(createWorld(), { waitMs: monthMs }))
  })

  it('is refused a second time, however often it is asked for at once', async () => {
    const world = createWorld()
    const life = await liveIn(world)
    await countAll(world, life)
    world.poison.clear()
    const id = await firstParked(life)

    const answers = await Promise.all(Array.from({ length: 5 }, () => redrive(life, id)))

    assert.deepEqual(answers.toSorted(), [
      'PARKED_UNKNOWN',
      'PARKED_UNKNOWN',
      'PARKED_UNKNOWN',
      'PARKED_UNKNOWN',
      'handled',
    ])
    assert.equal(await redrive(life, id), 'PARKED_UNKNOWN')
    assertFine(await judgeLedger(life, world.stores, world.counting.counted))
  })

  it('takes effect once wherever it is killed, when it is asked for again', async () => {
    assertFine(await redriveOverDeaths((stores) => stores))
  })

  it('is judged by a test that sees messages which stay parked, and take effect twice', async () => {
    const wrapStores = (all: StoreProvider): StoreProvider =>
      changedCommits(all, (commit, batch) => commit(batch.map(withoutUnpark)))

    const world = createWorld({ wrapStores })

    // Nothing waits behind the message: what never leaves the parking place would be redriven for ever.
    assertSeen(await redriveAfter(world, { waitMs: 0, upTo: 3 }), /b as noted repeats 3/)
  })

  it('is judged by a test that sees what is taken off in another commit than its effects', async () => {
    assertSeen(await redriveOverDeaths(unparkLater), /b as noted repeats 3/)
    assertSeen(await redriveOverDeaths(unparkFirst), /b as noted skips 3/)
  })

  it('is not needed for what was dropped on purpose: the others of its key follow', async () => {
    const world = createWorld()
    const life = await liveIn(world)
    await countAll(world, life)

    await life.running.dropParked(await firstParked(life))
    assert.equal(await redrive(life, await firstParked(life)), 'handled')

    const problems = await judgeLedger(life, world.stores, world.counting.counted)
    assert.deepEqual(problems, ['b as noted skips 3'])
  })
})

const withoutUnpark = ({ unpark: _unpark, ...rest }: Commit): Commit => rest
const unparksOf = (batch: readonly Commit[]): readonly Commit[] =>
  batch.flatMap(({ unpark }) => (unpark ? [{ unpark }] : []))

/** A planted bug: what a redrive leads to is saved, and then the message is taken off. */
function unparkLater(stores: StoreProvider): StoreProvider {
  return changedCommits(stores, async (commit, batch) => {
    const verdicts = await commit(batch.map(withoutUnpark))
    const unparks = unparksOf(batch)
    if (unparks.length > 0) await commit(unparks)
    return verdicts
  })
}

/** A planted bug: the message is taken off, and then what it leads to is saved. */
function unparkFirst(stores: StoreProvider): StoreProvider {
  return changedCommits(stores, async (commit, batch) => {
    const unparks = unparksOf(batch)
    if (unparks.length > 0) await commit(unparks)
    return commit(batch.map(withoutUnpark))
  })
}

/** Parks, waits, heals, and redrives twice. */
async function redriveAfter(
  world: World,
  { waitMs, upTo = times }: { readonly waitMs: number; readonly upTo?: number },
): Promise<readonly string[]> {
  const first = await liveIn(world)
  await countAll(world, first, upTo)
  const id = await firstParked(first)
  await first.running.stop()
  world.poison.clear()
  const second = await liveIn(world, first.clock.nowMs() + 1 + waitMs)
  await redrive(second, id)
  await redrive(second, id)
  await settleLedger(second)
  return judgeLedger(second, world.stores, world.counting.counted)
}

/** Redrives in a process that is killed at each commit in turn; the next one redrives what is still parked. */
async function redriveOverDeaths(
  wrap: (stores: StoreProvider) => StoreProvider,
): Promise<readonly string[]> {
  const problems: string[] = []
  let kills = 0
  for (let atCommit = 1; ; atCommit += 1) {
    const world = createWorld()
    const first = await liveIn(world)
    await countAll(world, first)
    await first.running.stop()
    world.poison.clear()
    const isKilled = await redriveAndDie(world, {
      atCommit,
      wrap,
      startMs: first.clock.nowMs() + 1,
    })
    const stores = mortalStores(world.stores)
    const third = await startLedger({ stores, startMs: first.clock.nowMs() + monthMs })
    for (const { id } of await third.running.parked()) await redrive(third, id)
    await settleLedger(third)
    problems.push(...(await judgeLedger(third, world.stores, world.counting.counted)))
    if (!isKilled) break
    kills += 1
  }
  assert.ok(kills >= 4, `there were only ${kills} commits to be killed at`)
  return problems
}

async function redriveAndDie(
  world: World,
  death: {
    readonly atCommit: number
    readonly wrap: (stores: StoreProvider) => StoreProvider
    readonly startMs: number
  },
): Promise<boolean> {
  const mortal = mortalStores(world.stores, { atCommit: death.atCommit, isWritten: true })
  const life = await startLedger({ stores: death.wrap(mortal), startMs: death.startMs })
  void redrive(life, await firstParked(life))
  await life.clock.advance(1_000)
  const { isDead } = mortal
  mortal.kill()
  return isDead
}

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { type VirtualClock, virtualClock } from '../adapters/memory/clock.ts'
import { memoryStores } from '../adapters/memory/store.ts'
import { aggregate } from '../language/aggregate.ts'
import { contract } from '../language/contract.ts'
import { bind, port } from '../language/port.ts'
import { service } from '../language/service.ts'
import { system } from '../language/system.ts'
import { DureError } from '../language/errors.ts'
import type { Command } from '../language/message.ts'
import { createGroupCommit } from '../log/group-commit.ts'
import type { Commit, EntryMeta, Store } from '../log/store.port.ts'
import { conflictRetriesMax, type Executed, executeCommand } from './execute.ts'
import type { CallOptions } from './running-system.port.ts'
import { createLockWatch } from '../sagas/isolation/lock-patience.ts'
import { createServiceModel } from './service-model.ts'
import { createWorkspace } from './workspace.ts'

const Money = z.object({ purse: z.string(), cents: z.int().positive() })
const Purse = contract('purse', {
  commands: {
    earn: { input: Money, output: z.object({ cents: z.int() }) },
    spend: { input: Money, rejects: { TooLittle: z.object({ cents: z.int() }) } },
    look: { input: z.object({ purse: z.string() }) },
    spoil: { input: z.object({ purse: z.string() }), output: z.unknown() },
    slow: { input: z.object({ purse: z.string() }).refine(async () => true) },
    ask: { input: z.object({ purse: z.string() }) },
  },
  events: { Earned: Money, Spent: Money },
})
const Bank = port('bank', { ask: { input: z.object({}), output: z.object({}) } })
const PurseAggregate = aggregate(Purse, 'purse', {
  key: ({ purse }) => purse,
  initial: () => ({ cents: 0 }),
  prepare: { ask: (_command, { use }) => use(Bank).ask({}) },
  decide: {
    earn: (purse, command, { reply }) =>
      reply({ cents: purse.cents + command.cents }, Purse.Earned(command)),
    spend: (purse, command, { reject }) =>
      purse.cents < command.cents ? reject.TooLittle({ cents: purse.cents }) : Purse.Spent(command),
    look: () => [],
    spoil: (_purse, _command, { reply }) => reply(1n),
    slow: () => [],
    ask: () => [],
  },
  evolve: {
    Earned: (purse, { cents }) => ({ cents: purse.cents + cents }),
    Spent: (purse, { cents }) => ({ cents: purse.cents - cents }),
  },
})

interface Bench {
  readonly store: Store
  readonly clock: VirtualClock
  readonly commits: Commit[]
  /** Called before each commit. */
  before: () => Promise<void>
  /** Called before the ends of the log are read. */
  beforeHeads: () => Promise<void>
  readonly run: (command: Command, call?: CallOptions) => Promise<Executed>
}

async function openBench(): Promise<Bench> {
  const clock = virtualClock()
  const inner = await memoryStores().open('purse', { partitions: 1 })
  const commits: Commit[] = []
  const store: Store = {
    ...inner,
    async commit(batch) {
      commits.push(...batch)
      await bench.before()
      return inner.commit(batch)
    },
    async heads() {
      await bench.beforeHeads()
      return inner.heads()
    },
  }
  const purse = service(Purse, { aggregates: [PurseAggregate], ports: [Bank] })
  const options = { partitions: 1, viewName: (): string => '' }
  const model = createServiceModel(system('money', { services: [purse] }), purse, options)
  const group = createGroupCommit({ store, clock })
  const ignore = (): void => undefined
  const told = { onEntries: ignore, onUnsure: ignore }
  const place = { service: 'purse', store, types: model.types, group, clock, ...told }
  const workspace = createWorkspace(place)
  const adapter = bind(Bank, { ask: () => new Promise(() => undefined) })
  const bindings = new Map([['bank', adapter]])
  const bench: Bench = {
    store: inner,
    clock,
    commits,
    before: async () => undefined,
    beforeHeads: async () => undefined,
    run: (command, call = {}) =>
      executeCommand(
        { model, workspace, store, clock, bindings, locks: createLockWatch() },
        command,
        call,
      ),
  }
  return bench
}

const earn = (cents: number): Command => Purse.earn({ purse: 'p', cents })
const spend = (cents: number): Command => Purse.spend({ purse: 'p', cents })

/** Somebody else earns a cent, in another process. */
async function elsewhere({ store }: Bench): Promise<void> {
  const [answer] = await store.snapshot([{ kind: 'stream', stream: 'purse/p' }])
  const expected = answer?.kind === 'stream' ? answer.stream.version : 0
  const place = { stream: 'purse/p', streamVersion: expected + 1, key: 'p', partition: 0 }
  const data = JSON.stringify({ purse: 'p', cents: 1 })
  const facts = { kind: 'event', type: 'purse.Earned', schemaVersion: 1, meta: '{}' } as const
  await store.commit([
    {
      streams: [{ stream: 'purse/p', expected, next: expected + 1 }],
      entries: [{ ...facts, ...place, data, atMs: 1 }],
    },
  ])
}

describe('a command', () => {
  it('is answered with its output, its id, and where the log is after it', async () => {
    const { run, store } = await openBench()

    const executed = await run(earn(5), { id: 'c1', actor: 'ann', tenant: 'blue' })

    assert.deepEqual(executed, {
      outcome: { ok: true, output: { cents: 5 } },
      id: 'c1',
      repeated: false,
      token: { 'purse/0': 1 },
    })
    const [entry] = await store.read({ partition: 0, after: 0, limit: 10 })
    const meta = JSON.parse(entry?.meta ?? '') as EntryMeta
    assert.deepEqual(
      [meta.command, meta.correlation, meta.actor, meta.tenant],
      ['c1', 'c1', 'ann', 'blue'],
    )
    assert.match(meta.trace ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  })

  it('carries the trace and the correlation of its caller on', async () => {
    const { run, store } = await openBench()
    const trace = '00-11111111111111111111111111111111-2222222222222222-01'

    await run(earn(5), { trace, correlation: 'r1' })

    const [entry] = await store.read({ partition: 0, after: 0, limit: 10 })
    const meta = JSON.parse(entry?.meta ?? '') as EntryMeta
    assert.deepEqual([meta.trace, meta.correlation], [trace, 'r1'])
  })

  it('is new when it has no id, whatever it holds', async () => {
    const { run } = await openBench()

    const answers = [await run(earn(5)), await run(earn(5))]

    assert.notEqual(answers[0]?.id, answers[1]?.id)
    assert.deepEqual(answers[1]?.outcome, { ok: true, output: { cents: 10 } })
  })

  it('takes effect once under an id, and is answered as the first time, at once or much later', async () => {
    const { run, clock } = await openBench()
    const [first, together] = await Promise.all([
      run(earn(5), { id: 'once' }),
      run(earn(5), { id: 'once' }),
    ])
    await run(earn(7))
    await clock.advance(90 * 24 * 3_600_000)

    const later = await run(earn(5), { id: 'once' })

    assert.deepEqual([first?.repeated, together?.repeated, later.repeated], [false, true, true])
    assert.deepEqual([together?.outcome, later.outcome], [first?.outcome, first?.outcome])
    assert.deepEqual(later.token, { 'purse/0': 2 })
  })

  it('keeps a rejection under the id that the caller gave: a repetition is rejected as the first time', async () => {
    const { run } = await openBench()
    const first = await run(spend(5), { id: 'once' })
    await run(earn(100))

    const again = await run(spend(5), { id: 'once' })
    const fresh = await run(spend(5))

    const rejected = { ok: false, rejected: 'TooLittle', data: { cents: 0 } }
    assert.deepEqual([first.outcome, again.outcome, again.repeated], [rejected, rejected, true])
    assert.equal(fresh.outcome.ok, true)
  })

  it('keeps nothing of a rejection that nobody will ask for again', async () => {
    const { run, commits } = await openBench()

    await run(spend(5))

    assert.deepEqual(commits, [])
  })

  it('is refused under an id that was used for something else: data, command or actor', async () => {
    const { run } = await openBench()
    await run(earn(5), { id: 'once', actor: 'ann' })
    const others = [
      [earn(6), 'ann'],
      [spend(5), 'ann'],
      [earn(5), 'bob'],
    ] as const

    for (const [command, actor] of others) {
      await assert.rejects(run(command, { id: 'once', actor }), { code: 'COMMAND_ID_REUSED' })
    }
    assert.equal((await run(earn(5), { id: 'once', actor: 'ann' })).repeated, true)
  })

  it('may have any id of 1 to 200 printable characters, and no other', async () => {
    const { run } = await openBench()
    for (const id of ['a', ' ', '~!"#$', 'x'.repeat(200)]) {
      assert.equal((await run(earn(1), { id })).id, id)
    }
    for (const id of ['', 'x'.repeat(201), 'a\nb', 'a\n', 'é', '\u0000', '한']) {
      await assert.rejects(run(earn(1), { id }), { code: 'COMMAND_ID_INVALID' })
    }
  })

  it('is decided anew when somebody else was first, on what he left', async () => {
    const bench = await openBench()
    let others = 3
    bench.before = async () => {
      others -= 1
      if (others >= 0) await elsewhere(bench)
    }

    const executed = await bench.run(earn(10))

    assert.deepEqual(executed.outcome, { ok: true, output: { cents: 13 } })
  })

  it('gives up when somebody else is first each time', async () => {
    const bench = await openBench()
    bench.before = () => elsewhere(bench)

    await assert.rejects(bench.run(earn(10)), { code: 'COMMAND_CONFLICT' })
    assert.equal(bench.commits.length, conflictRetriesMax + 1)
  })

  it('is decided anew when it rests on a command that somebody else overtook', async () => {
    const bench = await openBench()
    await bench.run(earn(1))
    let others = 1
    bench.before = async () => {
      others -= 1
      if (others >= 0) await elsewhere(bench)
    }

    const [earned, spent] = await Promise.all([bench.run(earn(10)), bench.run(spend(11))])

    assert.deepEqual(earned.outcome, { ok: true, output: { cents: 12 } })
    assert.equal(spent.outcome.ok, true)
  })

  it('is not rejected for what never became true', async () => {
    const bench = await openBench()
    await bench.run(earn(10))
    await bench.run(spend(10), { id: 'paid' })
    await bench.run(earn(10))

    const [repeated, spent] = await Promise.all([
      bench.run(spend(10), { id: 'paid' }),
      bench.run(spend(5)),
    ])

    assert.deepEqual([repeated.repeated, spent.outcome.ok], [true, true])
  })

  it('is not decided after its deadline', async () => {
    const { run, clock } = await openBench()
    const nowMs = clock.nowMs()

    await assert.rejects(run(earn(1), { deadlineMs: nowMs - 1 }), {
      code: 'COMMAND_DEADLINE_EXCEEDED',
    })
    assert.equal((await run(earn(1), { deadlineMs: nowMs })).outcome.ok, true)
  })

  it('is not decided anew after its deadline', async () => {
    const bench = await openBench()
    bench.before = async () => {
      await elsewhere(bench)
      await bench.clock.advance(40)
    }
    const deadlineMs = bench.clock.nowMs() + 100

    await assert.rejects(bench.run(earn(1), { deadlineMs }), { code: 'COMMAND_DEADLINE_EXCEEDED' })
  })

  it('does not wait for the outside longer than its deadline', async () => {
    const { run, clock } = await openBench()
    const asked = run(Purse.ask({ purse: 'p' }), { deadlineMs: clock.nowMs() + 100 })
    const failed = assert.rejects(asked, { code: 'COMMAND_DEADLINE_EXCEEDED' })

    await clock.advance(100)

    await failed
  })

  it('never says that nothing was done when only its answer could not be read', async () => {
    const bench = await openBench()
    await bench.run(earn(5), { id: 'once' })
    bench.beforeHeads = () => Promise.reject(new DureError('STORE_UNAVAILABLE', 'Try again.'))

    await assert.rejects(bench.run(earn(5), { id: 'once' }), {
      code: 'LOG_COMMIT_UNKNOWN',
      message: /Command "once" took effect, .*: Try again\./,
    })
  })

  it('passes on what the store says', async () => {
    const bench = await openBench()
    bench.before = async () => {
      throw new DureError('STORE_FULL', 'The disk is full.')
    }

    await assert.rejects(bench.run(earn(1)), { code: 'STORE_FULL' })
  })

  it('is refused when its data does not fit, with the field and never its value', async () => {
    const { run } = await openBench()
    const secret = { ...earn(1), data: { purse: 'p', cents: 'my secret' } }

    await assert.rejects(run(secret), (error) => {
      assert.ok(error instanceof DureError)
      assert.equal(error.code, 'COMMAND_INPUT_INVALID')
      assert.match(error.message, /cents/)
      assert.doesNotMatch(error.message + JSON.stringify(error.details), /my secret/)
      return true
    })
  })

  it('may have a schema that takes its time', async () => {
    const { run } = await openBench()

    assert.equal((await run(Purse.slow({ purse: 'p' }))).outcome.ok, true)
  })

  it('is refused when nobody decides it, and fails by name when its answer cannot be stored', async () => {
    const { run } = await openBench()

    await assert.rejects(run({ ...earn(1), type: 'purse.burn' }), { code: 'COMMAND_UNKNOWN' })
    await assert.rejects(run(Purse.spoil({ purse: 'p' })), { code: 'COMMAND_DECISION_FAILED' })
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { contract } from '../language/contract.ts'
import type { Outcome } from '../language/message.ts'
import type { Saga } from '../language/saga/saga-plan.ts'
import { saga } from '../language/saga/saga.ts'
import type { EntryMeta } from '../log/store.port.ts'
import type { Cell } from '../runtime/cells.ts'
import { documentCell, Draft } from '../runtime/draft.ts'
import { type Coordinator, createCoordinator, sagaView } from './coordinator.ts'
import type { SagaState } from './saga-state.ts'

const Name = z.object({ name: z.string() })
const Order = contract('order', { commands: { note: { input: Name } } })
const Stock = contract('stock', {
  commands: { reserve: { input: Name, rejects: { No: Name } }, release: { input: Name } },
})
const Input = z.object({ id: z.string() })
const options = { input: Input, key: ({ id }: z.infer<typeof Input>) => id, deadlineMs: 5_000 }

const checkout = saga('checkout', options)
  .step('stock', {
    run: ({ input }) => Stock.reserve({ name: input.id }),
    undo: ({ input }) => Stock.release({ name: input.id }),
    deadlineMs: 100,
  })
  .step('local', { run: () => Order.note({ name: 'local' }), effect: 'none', deadlineMs: 50 })
  .pivot('pay', { run: () => Stock.reserve({ name: 'pay' }) })

/** Everything happens inside the service that keeps it. */
const inside = saga('inside', options)
  .step('one', { run: () => Order.note({ name: 'one' }), effect: 'none', deadlineMs: 50 })
  .pivot('two', { run: () => Order.note({ name: 'two' }), deadlineMs: 50 })
  .step('three', { run: () => Order.note({ name: 'three' }) })

interface Bench {
  readonly coordinator: Coordinator
  /** Ids of the commands that were decided at once. */
  readonly decided: string[]
  readonly cells: Map<string, Cell>
  readonly draft: () => Draft
}

function openBench(facts: { readonly incarnation?: string; readonly local?: Outcome } = {}): Bench {
  const { incarnation = 'log-0001', local = { ok: true, output: undefined } } = facts
  const decided: string[] = []
  const cells = new Map<string, Cell>()
  const document = (view: string, key: string): Cell => {
    const id = documentCell(view, key)
    const fresh = { id, version: 0, value: undefined, stateAt: 0, atMs: 0, pending: 0 }
    const cell = cells.get(id) ?? fresh
    cells.set(id, cell)
    return cell
  }
  const sagas: readonly Saga[] = [checkout, inside]
  const coordinator = createCoordinator({
    service: 'order',
    sagas,
    incarnation,
    partitions: 4,
    decideLocally(_draft, command) {
      decided.push(command.id)
      return local
    },
  })
  const draft = (): Draft => new Draft({ stream: () => undefined, document }, 1_000)
  return { coordinator, decided, cells, draft }
}

const meta: EntryMeta = { correlation: 'c', trace: 't', actor: 'ann', cause: 'order/1#1' }
const yes: Outcome = { ok: true, output: undefined }
const no: Outcome = { ok: false, rejected: 'No', data: {} }
const address = (step: string): { name: string; key: string; step: string } => ({
  name: 'checkout',
  key: 'k1',
  step,
})

function begin(bench: Bench, name = 'checkout'): Draft {
  const draft = bench.draft()
  bench.coordinator.start(draft, { saga: name, input: { id: 'k1' }, meta })
  return draft
}

function reply(bench: Bench, step: string, outcome: Outcome): Draft {
  const draft = bench.draft()
  bench.coordinator.reply(draft, { address: address(step), outcome, meta })
  return draft
}

function idOf({ meta: text }: { readonly meta: string }): string | undefined {
  // Why the cast: entries hold what `JSON.stringify` made of their meta.
  return (JSON.parse(text) as EntryMeta).id
}

function stateIn(draft: Draft, name = 'checkout'): SagaState {
  const view = sagaView(name)
  // Why the cast: this view holds the states of sagas.
  return draft.documents(view.name, ['k1'], view)[0]?.value as SagaState
}

const instance = { saga: 'checkout', key: 'k1' }

/** As a commit that was written. */
function settle(draft: Draft): Draft {
  draft.apply()
  for (const note of draft.afterCommit) note()
  return draft
}

describe('the coordinator of a saga', () => {
  it('starts an instance: its state, its first command and its deadlines are one draft', () => {
    const draft = begin(openBench())

    assert.equal(stateIn(draft).status, 'running')
    const [entry] = draft.entries
    assert.deepEqual(
      [entry?.kind, entry?.type, entry?.to, entry?.key],
      ['command', 'stock.reserve', 'stock', 'checkout/k1'],
    )
    assert.deepEqual(JSON.parse(entry?.meta ?? ''), {
      ...meta,
      id: 'log-0001/checkout/k1/stock',
      saga: address('stock'),
    })
    assert.deepEqual(
      draft.setTimers.map(({ id, atMs }) => [id, atMs]),
      [
        ['saga/checkout/k1/', 6_000],
        ['saga/checkout/k1/stock', 1_100],
      ],
    )
    const index = draft.apply().documents?.[0]?.index
    assert.deepEqual(index, [
      ['status', 'running'],
      ['open', 1],
    ])
  })

  it('leaves an instance alone that is there already, open or ended', () => {
    const bench = openBench()
    begin(bench).apply()
    assert.ok(begin(bench).isEmpty)

    reply(bench, 'stock', no).apply()
    assert.ok(begin(bench).isEmpty)
  })

  it('decides a command of its own service at once, and goes on with the answer in the same draft', () => {
    const bench = openBench()
    begin(bench).apply()

    const draft = reply(bench, 'stock', yes)

    assert.deepEqual(bench.decided, ['log-0001/checkout/k1/local'])
    assert.deepEqual(draft.entries.map(idOf), ['log-0001/checkout/k1/pay'])
    assert.deepEqual(Object.keys(stateIn(draft).results), ['stock', 'local'])
  })

  it('undoes under ids of their own', () => {
    const bench = openBench({ local: no })
    begin(bench).apply()

    const draft = reply(bench, 'stock', yes)

    const sent = draft.entries.map((entry) => [entry.type, idOf(entry)])
    assert.deepEqual(sent, [['stock.release', 'log-0001/checkout/k1/undo:stock']])
    draft.apply()
    assert.equal(stateIn(reply(bench, 'undo:stock', yes)).status, 'compensated')
  })

  it('takes the answers of each incarnation of its log under other ids', () => {
    const ids = ['log-0001', 'log-0002'].map(
      (incarnation) => begin(openBench({ incarnation })).entries[0]?.meta,
    )

    assert.notEqual(ids[0], ids[1])
  })

  it('names no timer twice, and leaves none behind when a saga begins and ends in one draft', () => {
    const draft = begin(openBench(), 'inside')
    const commit = draft.apply()

    assert.equal(stateIn(draft, 'inside').status, 'completed')
    assert.deepEqual(commit.setTimers ?? [], [])
    const cancelled = commit.cancelTimers ?? []
    assert.deepEqual(cancelled, [...new Set(cancelled)])
  })

  it('cancels the deadlines of an instance that has ended', () => {
    const bench = openBench()
    begin(bench).apply()

    const commit = reply(bench, 'stock', no).apply()

    assert.deepEqual(commit.cancelTimers?.toSorted(), [
      'saga/checkout/k1/',
      'saga/checkout/k1/stock',
    ])
  })

  it('turns an instance back when its deadline passes, and does nothing for one that has ended', () => {
    const bench = openBench()
    begin(bench).apply()
    const draft = bench.draft()
    bench.coordinator.deadline(draft, address(''))
    assert.equal(stateIn(draft).status, 'compensating')
    draft.apply()
    reply(bench, 'stock', no).apply()

    const late = bench.draft()
    bench.coordinator.deadline(late, address(''))
    bench.coordinator.reply(late, { address: address('stock'), outcome: yes, meta })

    assert.ok(late.isEmpty)
  })

  it('does nothing for an instance that it does not know', () => {
    const bench = openBench()

    assert.ok(reply(bench, 'stock', yes).isEmpty)
  })

  it('retries a parked instance under a fresh command id', () => {
    const bench = openBench({ local: no })
    settle(begin(bench))
    settle(reply(bench, 'stock', yes))
    const parked = settle(reply(bench, 'undo:stock', no))
    assert.equal(stateIn(parked).status, 'parked')

    const draft = bench.draft()
    const by = { reason: 'mended', by: 'ann' }
    const intervention = { act: 'retry', ...by } as const
    const state = bench.coordinator.intervene(draft, { ...instance, intervention, meta })
    settle(draft)

    assert.equal(state.status, 'compensating')
    assert.deepEqual(state.interventions, [{ ...intervention, atMs: 1_000 }])
    const [entry] = draft.entries
    assert.deepEqual(
      [entry?.type, entry && idOf(entry)],
      ['stock.release', 'log-0001/checkout/k1/undo:stock#1'],
    )
    assert.equal(stateIn(settle(reply(bench, 'undo:stock', yes))).status, 'compensated')
  })

  it('takes answers for a parked instance, and none for one that has ended', () => {
    const bench = openBench()
    settle(begin(bench))
    const draft = bench.draft()
    const intervention = { act: 'cancel', reason: 'asked for' } as const
    bench.coordinator.intervene(draft, { ...instance, intervention, meta })
    settle(draft)
    settle(reply(bench, 'stock', yes))
    settle(reply(bench, 'undo:stock', yes))

    assert.equal(reply(bench, 'stock', yes).apply().documents, undefined)
    assert.throws(
      () => bench.coordinator.intervene(bench.draft(), { ...instance, intervention, meta }),
      { code: 'SAGA_ENDED' },
    )
  })

  it('refuses what is meant for an instance that does not exist', () => {
    const { coordinator, draft } = openBench()
    const intervention = { act: 'cancel', reason: 'asked for' } as const

    for (const each of [instance, { saga: 'other', key: 'k1' }]) {
      assert.throws(() => coordinator.intervene(draft(), { ...each, intervention, meta }), {
        code: 'SAGA_UNKNOWN',
      })
    }
  })

  it('refuses sagas that it does not keep, and inputs that do not fit', () => {
    const { coordinator, draft } = openBench()
    const start = (name: string, input: unknown) => () =>
      coordinator.start(draft(), { saga: name, input, meta })

    assert.throws(start('other', { id: 'k1' }), { code: 'SAGA_UNKNOWN' })
    assert.throws(start('checkout', { id: 7 }), { code: 'COMMAND_INPUT_INVALID' })
    const later = z.object({ id: z.string() }).refine(async () => true)
    const slow = saga('slow', { input: later, key: () => 'k' })
    const place = { service: 'order', incarnation: 'i', partitions: 1 }
    const slowly = createCoordinator({ ...place, sagas: [slow], decideLocally: () => undefined })
    assert.throws(() => slowly.start(draft(), { saga: 'slow', input: { id: 'a' }, meta }), {
      code: 'LANGUAGE_DEFINITION_INVALID',
    })
  })
})

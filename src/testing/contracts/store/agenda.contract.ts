import assert from 'node:assert/strict'
import type { CursorMove, ParkedMessage, Timer } from '../../../log/store.port.ts'
import { commitAll, kindsOf, type StorePromise } from './trial.ts'

function timer(id: string, atMs: number, data = '{}'): Timer {
  return { id, atMs, data }
}

function move(expected: number, position: number, facts: Partial<CursorMove> = {}): CursorMove {
  const cursor = { consumer: 'view', source: 'order', incarnation: 'i1', partition: 0 }
  return { ...cursor, expected, position, ...facts }
}

function message(id: string, facts: Partial<ParkedMessage> = {}): ParkedMessage {
  return {
    id,
    consumer: 'view',
    source: 'order',
    partition: 1,
    position: 4,
    key: 'k\u0000두레',
    envelope: '{"data":"\\u0000"}',
    code: 'EVENT_REFUSED',
    reason: 'because\nof this',
    attempts: 3,
    atMs: 1_700_000_000_000,
    ...facts,
  }
}

/** What a store promises about what a service still has to do: timers, cursors, parked messages. */
export const agendaPromises: readonly StorePromise[] = [
  {
    promise: 'gives due timers ordered by time, then by id, no more than was asked for',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [
        { setTimers: [timer('late', 30), timer('🙂', 10), timer('b', 10), timer('\uffff', 10)] },
        { setTimers: [timer('early', 5, '{"saga":"두레"}'), timer('a', 10)] },
      ])

      const due = await store.dueTimers(10, 100)

      assert.deepEqual(due[0], timer('early', 5, '{"saga":"두레"}'))
      assert.deepEqual(
        due.map(({ id }) => id),
        ['early', 'a', 'b', '\uffff', '🙂'],
      )
      assert.deepEqual(
        (await store.dueTimers(10, 2)).map(({ id }) => id),
        ['early', 'a'],
      )
      assert.deepEqual(await store.dueTimers(4, 100), [])
      assert.deepEqual([await store.nextTimer(), await store.countTimers()], [5, 6])
    },
  },
  {
    promise: 'knows of no timer where there is none',
    async check(trial) {
      await using store = await trial.open()

      assert.equal(await store.nextTimer(), undefined)
      assert.equal(await store.countTimers(), 0)
      assert.deepEqual(await store.dueTimers(Number.MAX_SAFE_INTEGER, 10), [])
    },
  },
  {
    promise: 'replaces a timer that is set again, and cancels it',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [
        { setTimers: [timer('t1', 10, '"old"'), timer('t2', 20)] },
        { setTimers: [timer('t1', 40, '"new"')] },
        { cancelTimers: ['t2', 'never set'] },
      ])

      assert.deepEqual(await store.dueTimers(100, 10), [timer('t1', 40, '"new"')])
      assert.deepEqual([await store.nextTimer(), await store.countTimers()], [40, 1])
    },
  },
  {
    promise: 'fires a timer once',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [{ setTimers: [timer('t1', 10), timer('t2', 10)] }])

      const verdicts = await store.commit([
        { fireTimers: ['t1'] },
        { fireTimers: ['t1'] },
        { fireTimers: ['t2', 't1'] },
      ])

      assert.deepEqual(verdicts, [
        { kind: 'committed', positions: [] },
        { kind: 'conflict', on: 'timer', name: 't1', expected: 1, actual: 0 },
        { kind: 'conflict', on: 'timer', name: 't1', expected: 1, actual: 0 },
      ])
      assert.deepEqual(await store.dueTimers(100, 10), [timer('t2', 10)])
    },
  },
  {
    promise: 'fires timers, then cancels, then sets: one commit may set a timer anew',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [{ setTimers: [timer('t1', 10), timer('t2', 10)] }])

      const verdicts = await store.commit([
        {
          setTimers: [timer('t1', 60), timer('t2', 70)],
          cancelTimers: ['t2'],
          fireTimers: ['t1'],
        },
      ])

      assert.deepEqual(kindsOf(verdicts), ['committed'])
      assert.deepEqual(await store.dueTimers(100, 10), [timer('t1', 60), timer('t2', 70)])
    },
  },
  {
    promise: 'moves a cursor only from where its consumer expects it',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [
        { cursors: [move(0, 5)] },
        { cursors: [move(5, 9)] },
        { cursors: [move(0, 7, { partition: 1 })] },
        { cursors: [move(0, 3, { source: 'stock' }), move(0, 2, { consumer: 'policy' })] },
      ])

      const verdicts = await store.commit([
        { cursors: [move(5, 10)] },
        { cursors: [move(0, 10, { consumer: 'new' }), move(0, 10)] },
      ])

      assert.deepEqual(verdicts, [
        { kind: 'conflict', on: 'cursor', name: 'view/order/0', expected: 5, actual: 9 },
        { kind: 'conflict', on: 'cursor', name: 'view/order/0', expected: 0, actual: 9 },
      ])
      const cursor = { consumer: 'view', source: 'order', incarnation: 'i1', partition: 0 }
      assert.deepEqual(await store.cursors(), [
        { ...cursor, consumer: 'policy', position: 2 },
        { ...cursor, position: 9 },
        { ...cursor, partition: 1, position: 7 },
        { ...cursor, source: 'stock', position: 3 },
      ])
    },
  },
  {
    promise: 'moves a cursor back when its consumer asks for it',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [{ cursors: [move(0, 5)] }, { cursors: [move(5, 0)] }])

      assert.deepEqual(kindsOf(await store.commit([{ cursors: [move(5, 6)] }])), ['conflict'])
      assert.equal((await store.cursors())[0]?.position, 0)
    },
  },
  {
    promise: 'replaces the cursor of another incarnation, which counts as one at 0',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [{ cursors: [move(0, 5)] }])

      const verdicts = await store.commit([
        { cursors: [move(5, 6, { incarnation: 'i2' })] },
        { cursors: [move(0, 2, { incarnation: 'i2' })] },
        { cursors: [move(5, 6)] },
      ])

      assert.deepEqual(verdicts, [
        { kind: 'conflict', on: 'cursor', name: 'view/order/0', expected: 5, actual: 0 },
        { kind: 'committed', positions: [] },
        { kind: 'conflict', on: 'cursor', name: 'view/order/0', expected: 5, actual: 0 },
      ])
      assert.deepEqual(await store.cursors(), [
        { consumer: 'view', source: 'order', incarnation: 'i2', partition: 0, position: 2 },
      ])
    },
  },
  {
    promise: 'parks messages and gives them back ordered by id, page by page',
    async check(trial) {
      await using store = await trial.open()
      const ids = ['v/o/0/10', 'v/o/0/9', 'v/o/1/1', 'v/o/\uffff', 'v/o/🙂']
      await commitAll(store, [{ park: ids.toReversed().map((id) => message(id)) }])

      const first = await store.parked({ limit: 2 })
      const second = await store.parked({ after: 'v/o/0/9', limit: 2 })
      const third = await store.parked({ after: 'v/o/\uffff', limit: 2 })

      assert.deepEqual(
        [...first, ...second, ...third],
        ids.map((id) => message(id)),
      )
      assert.deepEqual(await store.parked({ after: 'v/o/🙂', limit: 2 }), [])
    },
  },
  {
    promise: 'takes a parked message up once',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [{ park: [message('m1'), message('m2')] }])

      const verdicts = await store.commit([
        { unpark: ['m1'] },
        { unpark: ['m1'] },
        { unpark: ['m2', 'm3'] },
      ])

      assert.deepEqual(verdicts, [
        { kind: 'committed', positions: [] },
        { kind: 'conflict', on: 'parked', name: 'm1', expected: 1, actual: 0 },
        { kind: 'conflict', on: 'parked', name: 'm3', expected: 1, actual: 0 },
      ])
      assert.deepEqual(await store.parked({ limit: 10 }), [message('m2')])
    },
  },
  {
    promise: 'takes a message up and parks it again in one commit, and replaces one that is parked',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [{ park: [message('m1'), message('m2')] }])

      await commitAll(store, [
        { unpark: ['m1'], park: [message('m1', { reason: 'still', attempts: 4 })] },
        { park: [message('m2', { reason: 'other' })] },
      ])

      assert.deepEqual(await store.parked({ limit: 10 }), [
        message('m1', { reason: 'still', attempts: 4 }),
        message('m2', { reason: 'other' }),
      ])
    },
  },
]

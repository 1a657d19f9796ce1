import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Commit, NewEntry, ParkedMessage } from '../../src/log/store.port.ts'
import { judgeHandled } from '../../src/simulate/invariants/built-in/handled.ts'
import { judgeOrder } from '../../src/simulate/invariants/built-in/order.ts'
import { judgeParked, judgeParkedBehind } from '../../src/simulate/invariants/built-in/parked.ts'
import { judgePassedOver } from '../../src/simulate/invariants/built-in/passed-over.ts'
import type { JudgeMaker } from '../../src/simulate/invariants/judge.ts'
import { eventEntry, messageEntry, openTrial, type Trial } from './trial.ts'

/** A trial whose log of a service has these entries. Who wrote them is not looked at. */
function openAfter(make: JudgeMaker, service: string, entries: readonly NewEntry[]): Trial {
  const quiet = { value: true }
  const trial = openTrial((context) => {
    const judge = make(context)
    return { ...judge, applied: (each) => (quiet.value ? undefined : judge.applied?.(each)) }
  })
  trial.commit(service, { entries })
  quiet.value = false
  return trial
}

function passes(source: string, expected: number, position: number): Pick<Commit, 'cursors'> {
  const move = { consumer: 'inbox', source, incarnation: 'one', partition: 0 }
  return { cursors: [{ ...move, expected, position }] }
}

function parked(source: string, position: number): ParkedMessage {
  const place = { consumer: 'inbox', source, partition: 0, position }
  const id = `inbox/${source}/one-0/${position}`
  return { ...place, id, key: 'k', envelope: '{}', code: 'X', reason: 'no', attempts: 1, atMs: 0 }
}

const reservation = { orderId: 'o1', item: 'tea', quantity: 1 }
const stepOf = (step: string): object => ({ name: 'place-order', key: 'o1', step })

function sagaCommand(type: string, id: string, data: unknown): NewEntry {
  const meta = { id, saga: { name: 'place-order', key: 'o1', step: 'stock/0' } }
  const to = type.slice(0, type.indexOf('.'))
  return messageEntry('command', [type, to, 'place-order/o1'], { data, meta })
}

describe('judge of what messages lead to', () => {
  const failed = eventEntry('order.Failed', ['order/o1', 1], {
    data: { orderId: 'o1', reason: 'x' },
    meta: { command: 'c' },
  })
  const reminded = eventEntry('order.Reminded', ['order/o1', 2], {
    data: { orderId: 'o1' },
    meta: { command: 'r', cause: 'order/o1#1' },
  })
  const head = { streams: [{ stream: 'order/o1', expected: 1, next: 2 }] }

  it('sees an event whose policy was not carried out, or did something else', () => {
    const good = openAfter(judgeHandled, 'order', [failed])
    good.commit('order', { ...passes('order', 0, 1), ...head, entries: [reminded] })
    assert.deepEqual(good.end(), [])

    const idle = openAfter(judgeHandled, 'order', [failed])
    idle.commit('order', passes('order', 0, 1))
    assert.match(idle.found[0] ?? '', /did not decide it on order\/o1/)

    const other = openAfter(judgeHandled, 'order', [failed])
    const meta = { id: 'x', cause: 'order/o1#1' }
    const sent = messageEntry('command', ['stock.release', 'stock', 'o1'], { meta })
    other.commit('order', { ...passes('order', 0, 1), ...head, entries: [reminded, sent] })
    assert.match(other.found[0] ?? '', /has led order to \[stock.release to stock {}\], and not to/)
  })

  it('sees an event that should have started a saga', () => {
    const data = { orderId: 'o1', account: 'ann', cents: 1, lines: [] }
    const placed = eventEntry('order.Placed', ['order/o1', 1], { data })
    const document = { view: 'saga:place-order', key: 'o1', expected: 0, value: '{}' }
    const good = openAfter(judgeHandled, 'order', [placed])
    good.commit('order', { ...passes('order', 0, 1), documents: [document] })
    assert.deepEqual(good.end(), [])

    const idle = openAfter(judgeHandled, 'order', [placed])
    idle.commit('order', passes('order', 0, 1))
    assert.match(idle.found[0] ?? '', /has not started place-order o1/)
  })

  it('sees a command that was not decided, or not answered once', () => {
    const command = sagaCommand('stock.reserve', 'c1', reservation)
    const meta = { id: 'c1', cause: 'c1', saga: stepOf('stock/0') }
    const reply = messageEntry('reply', ['stock.reserve', 'order', 'place-order/o1'], {
      meta: meta as object,
    })
    const decided = { streams: [{ stream: 'item/tea', expected: 0, next: 0 }] }
    const good = openAfter(judgeHandled, 'order', [command])
    good.commit('stock', { ...passes('order', 0, 1), ...decided, entries: [reply] })
    assert.deepEqual(good.end(), [])

    for (const [change, text] of [
      [{ ...decided }, /answered 0 times/],
      [{ ...decided, entries: [reply, reply] }, /answered 2 times/],
      [{ entries: [reply] }, /did not decide it on item\/tea/],
      [{ ...decided, entries: [{ ...reply, to: 'stock' }] }, /was answered to stock/],
      [{ entries: [reply], park: [parked('order', 1)] }, /was parked in stock, and has led to/],
    ] as const) {
      const trial = openAfter(judgeHandled, 'order', [command])
      trial.commit('stock', { ...passes('order', 0, 1), ...change })
      assert.match(trial.found[0] ?? '', text)
    }
  })

  it('sees work that was neither kept nor parked, and an end of it that answers nobody', () => {
    const pay = sagaCommand('payment.pay', 'c1', { orderId: 'o1', account: 'ann', cents: 1 })
    const timer = { id: 'work/order/0/000000000001/c1', atMs: 0, data: '{}' }
    const good = openAfter(judgeHandled, 'order', [pay, pay])
    good.commit('payment', { ...passes('order', 0, 1), setTimers: [timer] })
    good.commit('payment', { fireTimers: [timer.id], park: [parked('order', 1)] })
    good.commit('payment', { ...passes('order', 1, 2), park: [parked('order', 2)] })
    assert.deepEqual(good.end(), [])

    const lost = openAfter(judgeHandled, 'order', [pay])
    lost.commit('payment', passes('order', 0, 1))
    assert.match(lost.found[0] ?? '', /neither due nor parked/)

    const silent = openAfter(judgeHandled, 'order', [pay])
    silent.commit('payment', { ...passes('order', 0, 1), setTimers: [timer] })
    silent.commit('payment', { fireTimers: [timer.id] })
    assert.match(silent.found[0] ?? '', /answered 0 times/)
  })

  it('sees a reply that did not move its saga', () => {
    const meta = { id: 'c1', saga: { name: 'place-order', key: 'o1', step: 'payment' } }
    const reply = messageEntry('reply', ['payment.pay', 'order', 'k'], { meta })
    const document = { view: 'saga:place-order', key: 'o1', expected: 0, value: '{}' }
    const trial = openAfter(judgeHandled, 'payment', [reply, reply])
    trial.commit('order', { documents: [document] })
    trial.commit('order', {
      ...passes('payment', 0, 1),
      documents: [{ ...document, expected: 1 }],
    })
    assert.deepEqual(trial.end(), [])

    trial.commit('order', passes('payment', 1, 2))

    assert.match(trial.found[0] ?? '', /has not moved place-order o1/)
  })

  it('sees what is done for a message that is not taken with it, or for nobody', () => {
    const trial = openAfter(judgeHandled, 'order', [failed])
    trial.commit('order', { ...head, entries: [reminded] })
    trial.commit('order', { entries: [eventEntry('order.Confirmed', ['order/o1', 3])] })

    assert.match(trial.found[0] ?? '', /done for order\/o1#1, which was not taken with it/)
    assert.match(trial.found[1] ?? '', /was done for nobody/)
  })
})

describe('judge of the order of a key', () => {
  const pay = sagaCommand('payment.pay', 'c1', {})
  const reserve = sagaCommand('stock.reserve', 'c2', reservation)

  it('sees a message that overtakes a parked one', () => {
    const trial = openAfter(judgeOrder, 'order', [reserve, reserve, reserve, reserve])
    trial.commit('stock', passes('order', 0, 1))
    trial.commit('stock', { ...passes('order', 1, 2), park: [parked('order', 2)] })
    trial.commit('stock', { ...passes('order', 2, 3), park: [parked('order', 3)] })
    assert.deepEqual(trial.end(), [])

    trial.commit('stock', passes('order', 3, 4))
    trial.commit('stock', { unpark: [parked('order', 3).id] })
    assert.equal(trial.found.length, 2)
    assert.match(trial.found[0] ?? '', /at 4 took effect before the one at 2/)

    trial.commit('stock', { unpark: [parked('order', 2).id] })
    assert.equal(trial.found.length, 2)
  })

  it('sees a message that overtakes work', () => {
    const trial = openAfter(judgeOrder, 'order', [pay, pay])
    const timer = (n: number): string => `work/order/0/00000000000${n}/c${n}`
    const setTimers = [1, 2].map((n) => ({ id: timer(n), atMs: 0, data: '{}' }))
    trial.commit('payment', { ...passes('order', 0, 2), setTimers })
    trial.commit('payment', { fireTimers: [timer(1)], setTimers: setTimers.slice(0, 1) })
    assert.deepEqual(trial.end(), [])

    trial.commit('payment', { fireTimers: [timer(2)] })
    trial.commit('payment', { fireTimers: [timer(1)] })

    assert.equal(trial.found.length, 1)
    assert.match(trial.found[0] ?? '', /at 2 took effect before the one at 1/)
  })
})

describe('judge of what is left behind', () => {
  it('sees a message that its reader never took', () => {
    const trial = openTrial(judgePassedOver)
    trial.commit('order', { entries: [sagaCommand('stock.reserve', 'c1', reservation)] })
    assert.match(
      trial.end().join(),
      /stock.reserve at order\/0\/1, which inbox of stock has not taken/,
    )

    trial.commit('stock', passes('order', 0, 1))

    assert.deepEqual(trial.end(), [])
  })

  it('sees an event that a view never took', () => {
    const trial = openTrial(judgePassedOver)
    trial.commit('payment', { entries: [eventEntry('payment.Paid', ['charge/o1', 1])] })

    assert.match(
      trial.end().join(),
      /payment.Paid at .*, which view:spending@1 of payment has not taken/,
    )
  })
})

describe('judge of parking', () => {
  it('sees what is parked, unless it may be', () => {
    const [strict, mild] = [openTrial(judgeParked), openTrial(judgeParked, { mayPark: true })]
    for (const trial of [strict, mild]) trial.commit('stock', { park: [parked('order', 1)] })

    assert.match(strict.found[0] ?? '', /was parked with X: no/)
    assert.deepEqual(mild.end(), [])
  })

  it('sees what is parked behind nothing', () => {
    const behind = { ...parked('order', 2), code: 'PARKED_ORDER' }
    const [right, wrong] = [openTrial(judgeParkedBehind), openTrial(judgeParkedBehind)]
    for (const trial of [right, wrong]) trial.commit('stock', { park: [parked('order', 1)] })
    wrong.commit('stock', { unpark: [parked('order', 1).id] })
    for (const trial of [right, wrong]) trial.commit('stock', { park: [behind] })

    assert.deepEqual(right.found, [])
    assert.match(wrong.found[0] ?? '', /was parked behind others of .*, and there is none/)
  })
})

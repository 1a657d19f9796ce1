import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Commit, NewEntry } from '../../src/log/store.port.ts'
import { judgeSagas } from '../../src/simulate/invariants/sagas/judge-sagas.ts'
import { judgeStates } from '../../src/simulate/invariants/built-in/states.ts'
import { judgeViews } from '../../src/simulate/invariants/built-in/views.ts'
import { eventEntry, messageEntry, openTrial, type Trial } from './trial.ts'

const paid = { orderId: 'o1', account: 'ann', cents: 100 }

describe('judge of views', () => {
  const event = (version: number): NewEntry =>
    eventEntry('payment.Paid', ['charge/o1', version], { data: paid })
  const move = { consumer: 'view:spending@1', source: 'payment', incarnation: 'one', partition: 0 }
  const spent = (cents: number, payments: number): string => JSON.stringify({ payments, cents })

  function follow(value: string | undefined): Trial {
    const trial = openTrial(judgeViews)
    trial.commit('payment', { entries: [event(1), event(2)] })
    const cursors = [{ ...move, expected: 0, position: 2 }]
    const document = { view: 'spending@1', key: 'ann', expected: 0 }
    const documents = value === undefined ? [] : [{ ...document, value }]
    trial.commit('payment', { cursors, documents })
    return trial
  }

  it('sees an event that is lost, or taken twice', () => {
    assert.deepEqual(follow(spent(200, 2)).end(), [])

    assert.match(follow(spent(100, 1)).end()[0] ?? '', /spending ann .* the log makes it/)
    assert.match(follow(spent(300, 3)).end()[0] ?? '', /the log makes it .*"cents":200/)
    assert.match(follow(undefined).end()[0] ?? '', /spending ann of payment is undefined/)
  })

  it('sees a document that is found by another value than it has', () => {
    const supplied = eventEntry('stock.Supplied', ['item/tea', 1], {
      data: { item: 'tea', quantity: 3 },
    })
    const document = { view: 'levels@1', key: 'tea', expected: 0, value: '{"free":3}' }
    const [good, bad] = [openTrial(judgeViews), openTrial(judgeViews)]
    good.commit('stock', {
      entries: [supplied],
      documents: [{ ...document, index: [['free', 3]] }],
    })
    bad.commit('stock', { entries: [supplied], documents: [{ ...document, index: [['free', 2]] }] })

    assert.deepEqual(good.end(), [])
    assert.match(bad.end()[0] ?? '', /levels tea of stock is found by \[\["free",2\]\], and should/)
  })
})

describe('judge of states', () => {
  it('sees a state that its events do not make', () => {
    const pay = (state: string): Commit => ({
      entries: [eventEntry('payment.Paid', ['charge/o1', 1], { data: paid })],
      streams: [{ stream: 'charge/o1', expected: 0, next: 1, state }],
    })
    const [good, bad] = [openTrial(judgeStates), openTrial(judgeStates)]
    good.commit('payment', pay('{"isPaid":true}'))
    bad.commit('payment', pay('{"isPaid":false}'))

    assert.deepEqual(good.end(), [])
    assert.match(bad.end()[0] ?? '', /charge\/o1 of payment is stored as .*false/)
  })
})

describe('judge of sagas', () => {
  const key = 'place-order/o1'
  const input = { ...paid, lines: [] }

  /** A saga whose coordinator does what it is told to. */
  class Story {
    readonly trial = openTrial(judgeSagas)
    #version = 0
    readonly #taken = new Map<string, number>()

    /** Takes answers, sends commands, and keeps a state. */
    step(status: string, sent: readonly string[], answered: readonly string[] = []): this {
      for (const each of answered) this.#answer(each)
      const cursors = [...this.#taken].flatMap(([source, expected]) => {
        const position = this.trial.ledger.of(source).logs[0]?.length ?? 0
        this.#taken.set(source, position)
        const move = { consumer: 'inbox', source, incarnation: 'one', partition: 0 }
        return position > expected ? [{ ...move, expected, position }] : []
      })
      const ended = status === 'running' || status === 'compensating' ? {} : { endedAtMs: 1 }
      const value = JSON.stringify({ status, input, results: {}, steps: {}, ...ended })
      const document = { view: 'saga:place-order', key: 'o1', expected: this.#version, value }
      this.#version += 1
      const entries = sent.map((step) => this.#command(step, answered.at(-1)))
      this.trial.commit('order', { cursors, documents: [document], entries })
      return this
    }

    end(): string {
      return this.trial.end().join('\n')
    }

    #answer(told: string): void {
      const [step = '', said = 'ok'] = told.split(' ')
      const data = said === 'ok' ? { ok: true } : { ok: false, rejected: said, data: null }
      const service = step === 'payment' ? 'payment' : 'stock'
      const meta = { id: `id/${step}`, saga: { name: 'place-order', key: 'o1', step } }
      const reply = messageEntry('reply', [`${service}.x`, 'order', key], { data, meta })
      if (!this.#taken.has(service)) this.#taken.set(service, 0)
      this.trial.commit(service, { entries: [reply] })
    }

    #command(step: string, upon: string | undefined): NewEntry {
      const cause = upon === undefined ? {} : { cause: `id/${upon.split(' ')[0]}/reply` }
      if (step === 'confirm' || step === 'otherwise') {
        const meta = { command: `000000000000/${key}/${step}`, ...cause }
        return eventEntry('order.Confirmed', ['order/o1', 1], { meta })
      }
      const meta = { id: `id/${step}`, saga: { name: 'place-order', key: 'o1', step }, ...cause }
      const service = step === 'payment' ? 'payment' : 'stock'
      return messageEntry('command', [`${service}.x`, service, key], { meta })
    }
  }

  const begun = (): Story => new Story().step('running', ['stock/0', 'stock/1'])
  const both = (): Story => begun().step('running', ['payment'], ['stock/0', 'stock/1'])
  const undos = ['undo:stock/0', 'undo:stock/1']

  it('is content with one that is completed, compensated, or parked with a reason', () => {
    assert.equal(both().step('completed', ['confirm'], ['payment']).end(), '')
    const back = both().step('compensating', undos, ['payment Declined'])
    assert.equal(back.step('compensated', ['otherwise'], undos).end(), '')
    const late = begun().step('running', [], ['stock/0']).step('compensating', ['undo:stock/0'])
    late
      .step('compensating', [], ['undo:stock/0'])
      .step('compensating', ['undo:stock/1'], ['stock/1'])
    assert.equal(late.step('compensated', ['otherwise'], ['undo:stock/1']).end(), '')
    const stuck = both().step('compensating', undos, ['payment Declined'])
    assert.equal(stuck.step('parked', [], ['undo:stock/0 No']).end(), '')
  })

  it('sees one that never ends, or ends in a way that its commands do not allow', () => {
    assert.match(begun().end(), /it has ended as running/)
    assert.match(begun().step('parked', []).end(), /parked though nothing was rejected/)
    assert.match(both().step('completed', []).end(), /completed while payment is awaited/)
    assert.match(
      begun().step('completed', [], ['stock/0', 'stock/1']).end(),
      /completed without its pivot/,
    )
    assert.match(both().step('compensated', [], ['payment No']).end(), /stock\/0 and .* not undone/)
    assert.match(both().step('compensated', [], ['payment']).end(), /compensated after its pivot/)
  })

  it('sees what is undone twice, never done, or after the pivot', () => {
    const twice = both().step('compensating', undos, ['payment Declined'])
    assert.match(twice.step('compensating', ['undo:stock/0']).end(), /undo:stock\/0 was sent twice/)
    assert.match(begun().step('compensating', ['undo:stock/0']).end(), /was never done/)
    assert.match(both().step('running', undos, ['payment']).end(), /undone after the pivot/)
  })

  it('sees a step that is sent twice, or after it has turned back', () => {
    assert.match(begun().step('running', ['stock/0']).end(), /stock\/0 was sent twice/)
    const turned = begun().step('compensating', ['undo:stock/0'], ['stock/0'])
    assert.match(
      turned.step('compensating', ['payment']).end(),
      /payment was sent after it had turn/,
    )
  })
})

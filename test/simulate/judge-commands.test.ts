import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Commit } from '../../src/log/store.port.ts'
import { judgeAnswers } from '../../src/simulate/invariants/built-in/answers.ts'
import { judgeEffects } from '../../src/simulate/invariants/built-in/command-ids.ts'
import type { Operation } from '../../src/simulate/invariants/facts.ts'
import { eventEntry, messageEntry, openTrial, type Trial } from './trial.ts'

function supplied(id: string, version: number, actor?: string): Commit {
  const meta = actor === undefined ? { command: id } : { command: id, actor }
  const entries = [eventEntry('stock.Supplied', ['item/tea', version], { meta })]
  return { id, fingerprint: 'f', result: '{"ok":true}', entries }
}

describe('judge of effects', () => {
  it('sees a command that takes effect twice, is sent twice, or answered twice', () => {
    const sent = messageEntry('command', ['stock.reserve', 'stock', 'k'], { meta: { id: 's' } })
    const reply = messageEntry('reply', ['stock.reserve', 'order', 'k'], { meta: { id: 's' } })
    const trial = openTrial(judgeEffects)
    trial.commit('stock', supplied('a', 1))
    trial.commit('order', { entries: [sent] })
    trial.commit('stock', { entries: [reply] })
    assert.deepEqual(trial.end(), [])

    trial.commit('stock', supplied('a', 2))
    trial.commit('stock', { entries: supplied('a', 3).entries ?? [] })
    trial.commit('order', { entries: [sent] })
    trial.commit('stock', { entries: [reply] })
    trial.commit('stock', { entries: [eventEntry('stock.Supplied', ['item/tea', 4])] })

    assert.deepEqual(
      trial.found.map((text) => text.replace(/:.*/, '')),
      [
        'a took effect in stock twice.',
        'a was decided in stock twice',
        's was sent in order twice',
        's was answered in stock twice',
        'stock.Supplied of stock does not say which command led to it.',
      ],
    )
  })
})

describe('judge of answers', () => {
  const call = { type: 'stock.supply', data: { item: 'tea' }, id: 'a', endedAtMs: 1_500 } as const
  const yes = { result: 'ok', answer: { ok: true } } as const

  function told(...operations: readonly Partial<Operation>[]): Trial {
    const trial = openTrial(judgeAnswers)
    trial.commit('stock', supplied('a', 1))
    for (const operation of operations) trial.tell({ ...call, ...operation })
    return trial
  }

  it('is content when clients were told what is kept', () => {
    assert.deepEqual(told({ result: 'unknown' }, yes).end(), [])
    assert.deepEqual(told({ result: 'unknown' }, { result: 'failed', atMs: 1_200 }).end(), [])
    assert.deepEqual(told(yes, { result: 'failed', data: { item: 'jam' } }).end(), [])
  })

  it('sees an answer of which nothing is kept, or something else', () => {
    assert.match(told({ ...yes, id: 'b' }).end()[0] ?? '', /nothing of it is kept/)
    const no = { result: 'rejected', answer: { ok: false, rejected: 'No', data: null } } as const
    assert.match(told(no).end()[0] ?? '', /"No".* and \{"ok":true\} is kept/)
  })

  it('sees an id that was answered for two payloads, or for somebody else', () => {
    assert.match(told(yes, { ...yes, data: { item: 'jam' } }).end()[0] ?? '', /answered for .*jam/)
    assert.match(told({ ...yes, actor: 'eve' }).end()[0] ?? '', /as eve, and it took effect for/)
  })

  it('sees that something failed, as its client was told, and took effect', () => {
    assert.match(
      told({ result: 'failed' }).end()[0] ?? '',
      /was told that stock.supply \(a\) failed/,
    )
    assert.equal(told({ result: 'failed' }, { ...yes, atMs: 1_200 }).end().length, 1)
  })
})

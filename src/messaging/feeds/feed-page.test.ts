import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DureError } from '../../language/errors.ts'
import { decodePage, encodePage, type FeedPage, readFeedRequest } from './feed-page.ts'

const incarnation = 'first'
const asked = {
  topic: 'stock/0',
  incarnation,
  after: 0,
  without: [],
  waitMs: 60_000,
  isBehind: false,
}

describe('a page of a feed', () => {
  it('is read as it was written, messages as they are', () => {
    const page: FeedPage = {
      incarnation,
      after: 2,
      through: 9,
      messages: [
        { position: 3, type: 'stock.Sold', body: '{"a":"\\n"}' },
        { position: 9, type: 'order.place', to: 'order', body: '{}' },
      ],
    }

    assert.deepEqual(decodePage(encodePage(page)), page)
    assert.deepEqual(decodePage(encodePage({ ...page, messages: [] })).messages, [])
  })

  it('is asked for in full, or refused', () => {
    const wrong = [
      {},
      { ...asked, topic: 1 },
      { ...asked, after: -1 },
      { ...asked, after: '1' },
      { ...asked, without: 'Sold' },
      { ...asked, without: [[]] },
      { ...asked, without: [['a', 'b', 'c']] },
      { ...asked, waitMs: Number.NaN },
    ]
    assert.deepEqual(readFeedRequest({ ...asked }), asked)
    for (const request of wrong) {
      assert.throws(
        () => readFeedRequest(request),
        (error) => error instanceof DureError && error.code === 'MESSAGE_MALFORMED',
        JSON.stringify(request),
      )
    }
  })

  it('is refused when it is none', () => {
    const texts = [
      '',
      'no JSON',
      '{}',
      '{"incarnation":"a","after":0,"through":1,"messages":[[1,"x"]]}',
      '{"incarnation":"a","after":-1,"through":1,"messages":[]}',
      '{"incarnation":"a","after":0,"through":1,"messages":[["1","x"]]}\n{}',
      '{"incarnation":"a","after":0,"through":1,"messages":[7]}\n{}',
    ]
    for (const text of texts) {
      assert.throws(
        () => decodePage(text),
        (error) => error instanceof DureError && error.code === 'MESSAGE_MALFORMED',
        text,
      )
    }
  })
})

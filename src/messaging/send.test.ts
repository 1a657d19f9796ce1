import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { entryCharactersMax } from '../log/entry-size.ts'
import type { EntryMeta, NewEntry } from '../log/store.port.ts'
import { decodeEnvelope, encodeEntry, sagaOf } from './envelope.ts'
import { commandEntry, messageMetaCharactersMax, noticeEntry } from './send.ts'

// Quotes, as a text within JSON has them: each takes two characters in the log, and in the message.
const quotes = '"'.repeat(200_000)

function metaOfLength(length: number): EntryMeta {
  const meta = (mail: string): EntryMeta => ({
    id: 'run/checkout/42/pay',
    saga: { name: 'checkout', key: '42', step: 'pay', mail },
  })
  const rest = length - JSON.stringify(meta(quotes)).length
  return meta(`${quotes}${'x'.repeat(rest)}`)
}

const place = { key: 'checkout/42', partitions: 1, atMs: 1_000 }

function fullCommand(metaLength: number): NewEntry {
  const data = 'd'.repeat(entryCharactersMax - 2)
  const command = { kind: 'command', service: 'payment', type: 'payment.pay', data } as const
  return commandEntry(command, { ...place, meta: metaOfLength(metaLength) })
}

describe('the longest message', () => {
  it('is read, with all that it carries', () => {
    const entry = fullCommand(messageMetaCharactersMax)
    const { body } = encodeEntry('order', { ...entry, position: 1 })
    const envelope = decodeEnvelope(body)
    assert.equal(sagaOf(envelope)?.mail, metaOfLength(messageMetaCharactersMax).saga?.mail)
  })

  it('is refused before it is sent when it carries more beside its data', () => {
    const refused = { code: 'LOG_ENTRY_TOO_LARGE', message: /payment\.pay carries beside its data/ }
    assert.throws(() => fullCommand(messageMetaCharactersMax + 1), refused)
    assert.throws(
      () =>
        noticeEntry('payment', 'payment.pay', {
          ...place,
          meta: metaOfLength(messageMetaCharactersMax + 1),
        }),
      refused,
    )
  })
})

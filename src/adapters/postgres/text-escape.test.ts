import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { escapeText, unescapeText } from './text-escape.ts'

const hardText = fc
  .array(fc.constantFrom('\u0000', '\u0001', '\u0002', 'a', '\uffff', '🙂'))
  .map((characters) => characters.join(''))

describe('texts as Postgres takes them', () => {
  it('come back as they were, and never hold U+0000', () => {
    fc.assert(
      fc.property(hardText, (text) => {
        const kept = escapeText(text)

        assert.ok(!kept.includes('\u0000'))
        assert.equal(unescapeText(kept), text)
      }),
    )
  })

  it('stay in the order of their bytes', () => {
    fc.assert(
      fc.property(hardText, hardText, (one, other) => {
        const order = Buffer.compare(Buffer.from(one), Buffer.from(other))

        const kept = Buffer.compare(Buffer.from(escapeText(one)), Buffer.from(escapeText(other)))

        assert.equal(kept, order)
      }),
    )
  })

  it('are left alone when nothing in them is special', () => {
    assert.equal(escapeText('{"a":"\\u0000"}'), '{"a":"\\u0000"}')
  })
})

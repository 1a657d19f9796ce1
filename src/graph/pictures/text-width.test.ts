import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { shorten, textsWidth, textWidth } from './text-width.ts'

describe('textWidth', () => {
  it('adds up the characters for the size and weight of the font', () => {
    assert.equal(textWidth('il', { size: 10 }), 5.56)
    assert.equal(textWidth('il', { size: 20 }), 11.12)
    assert.equal(textWidth('il', { size: 10, isBold: true }), 6.86)
  })

  it('takes a character that it does not know as wide, once for each character', () => {
    assert.equal(textWidth('😀', { size: 10 }), 10)
    assert.equal(textWidth('두레', { size: 10 }), 20)
  })

  it('finds the widest of several lines', () => {
    assert.equal(textsWidth(['i', 'mm', ''], { size: 10 }), textWidth('mm', { size: 10 }))
    assert.equal(textsWidth([], { size: 10 }), 0)
  })
})

describe('shorten', () => {
  it('keeps lines that fit, and counts the others in the last line', () => {
    assert.deepEqual(shorten(['a', 'b'], 2), ['a', 'b'])
    assert.deepEqual(shorten(['a', 'b', 'c', 'd'], 3), ['a', 'b', '+ 2 more'])
  })
})

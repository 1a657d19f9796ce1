import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { element, escapeText, roundedPath } from './svg.ts'

describe('element', () => {
  it('writes attributes that are given, numbers to a tenth, and children', () => {
    const text = element(
      'g',
      { x: 1.26, class: 'a "b" & <c>', id: undefined },
      element('path', {}),
      'text',
    )

    assert.equal(text, '<g x="1.3" class="a &quot;b&quot; &amp; &lt;c&gt;"><path/>text</g>')
  })
})

describe('escapeText', () => {
  it('keeps text of every script, and replaces characters that XML cannot hold', () => {
    const text = escapeText('두레 😀 </text>\u0000\u{FFFE}\uD800!')

    assert.equal(text, '두레 😀 &lt;/text&gt;\u{FFFD}\u{FFFD}\u{FFFD}!')
  })
})

describe('roundedPath', () => {
  it('rounds corners, and less where there is no room', () => {
    const points = [
      { x: 0, y: 0 },
      { x: 100, y: 0 },
      { x: 100, y: 8 },
      { x: 200, y: 8 },
    ]

    assert.equal(roundedPath(points), 'M0,0L96,0Q100,0 100,4L100,4Q100,8 104,8L200,8')
    assert.equal(roundedPath([]), '')
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { onOneLine, renderAge, renderTable } from './terminal.ts'

describe('renderTable', () => {
  it('aligns text to the left and numbers to the right', () => {
    const text = renderTable(
      ['SERVICE', 'LOG'],
      [
        ['order', 7],
        ['a-longer-name', 1_200],
      ],
    )

    assert.deepEqual(text.split('\n'), [
      'SERVICE         LOG',
      'order             7',
      'a-longer-name  1200',
    ])
  })

  it('has a head also without rows', () => {
    assert.equal(renderTable(['A', 'B'], []), 'A  B')
  })
})

describe('renderAge', () => {
  it('says the largest unit that counts', () => {
    const ages = [-5, 999, 59_999, 60_000, 7_200_000, 200_000_000].map(renderAge)

    assert.deepEqual(ages, ['0 s', '0 s', '59 s', '1 min', '2 h', '2 d'])
  })
})

describe('onOneLine', () => {
  it('takes out what would break the line or act on the terminal', () => {
    const text = onOneLine('first\nsecond\u001B[31m red\u202E and\u0007')

    assert.equal(text, 'first second [31m red  and ')
  })
})

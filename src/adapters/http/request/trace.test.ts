import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTrace } from './trace.ts'

const whole = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

test('takes a trace context that is well formed', () => {
  assert.equal(readTrace(whole), whole)
})

test('passes over a broken one, as the standard asks', () => {
  const broken = [
    undefined,
    '',
    whole.toUpperCase(),
    whole.replace('00-', 'ff-'),
    whole.replace('0af7651916cd43dd8448eb211c80319c', '0'.repeat(32)),
    whole.replace('b7ad6b7169203331', '0'.repeat(16)),
    `${whole}-more`,
    whole.slice(1),
  ]
  for (const each of broken) assert.equal(readTrace(each), undefined)
})

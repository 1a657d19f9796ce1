import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostsOf } from './admission.ts'

test('on loopback a server answers for its own names only, as another page could rebind a name to it', () => {
  for (const host of ['127.0.0.1', 'localhost', '::1', '127.0.0.5']) {
    assert.equal(hostsOf(host, undefined)?.has('localhost'), true)
    assert.equal(hostsOf(host, undefined)?.has('evil.example'), false)
  }
})

test('on other addresses a server answers for any name, unless it is told which', () => {
  assert.equal(hostsOf('0.0.0.0', undefined), undefined)
  assert.deepEqual(hostsOf('0.0.0.0', ['Shop.Example']), new Set(['shop.example']))
})

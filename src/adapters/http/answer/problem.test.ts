import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DureError, type ErrorCode, errorCatalogue } from '../../../language/errors.ts'
import { isWorthRetrying, problemOf, statusOf } from './problem.ts'

const codes = Object.keys(errorCatalogue) as ErrorCode[]

test('every error of the catalogue has a status of an error', () => {
  for (const code of codes) {
    const status = statusOf(new DureError(code, 'x'))
    assert.ok(status >= 400 && status <= 599, `${code}: ${status}`)
  }
})

test('a status of the caller is given only for what the caller can mend', () => {
  const callers = /^(?:HTTP|COMMAND|QUERY|VIEW|PARKED|SAGA|LOG_ENTRY_TOO_LARGE|CLI|SYSTEM)/
  for (const code of codes) {
    const status = statusOf(new DureError(code, 'x'))
    if (!callers.test(code)) assert.ok(status >= 500, `${code}: ${status}`)
  }
})

test('never shows a stack, a cause, a detail, or the words of the inside', () => {
  for (const code of codes) {
    const error = new DureError(code, 'words of the inside', {
      cause: new TypeError('cause'),
      details: { file: '/secret' },
    })

    const text = JSON.stringify(problemOf(error, 'r-1'))

    assert.doesNotMatch(text, /TypeError|cause"|secret|\.ts/)
    const isOpen =
      statusOf(error) !== 500 && /^(?:HTTP|COMMAND|QUERY|VIEW|PARKED|SAGA|SYSTEM)_/.test(code)
    assert.equal(text.includes('words of the inside'), isOpen, code)
  }
})

test('shows which fields do not fit', () => {
  const issues = [{ path: 'sku', message: 'too long' }]
  const error = new DureError('COMMAND_INPUT_INVALID', 'x', { details: { issues } })

  assert.deepEqual(problemOf(error, undefined), {
    type: 'urn:dure:problem:COMMAND_INPUT_INVALID',
    title: 'The data of a command does not fit its schema.',
    status: 400,
    detail: 'x',
    code: 'COMMAND_INPUT_INVALID',
    issues,
  })
})

test('only what may pass by itself is worth asking again', () => {
  assert.equal(isWorthRetrying(new DureError('COMMAND_QUEUE_FULL', 'x')), true)
  assert.equal(isWorthRetrying(new DureError('STORE_NEWER', 'x')), false)
  assert.equal(isWorthRetrying(new DureError('COMMAND_INPUT_INVALID', 'x')), false)
})

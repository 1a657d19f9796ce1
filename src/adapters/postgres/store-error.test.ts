import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isUnknown, storeError, unknownError } from './store-error.ts'

function thrown(code: string, severity = 'ERROR'): Error {
  return Object.assign(new Error('as the server says'), { code, severity })
}

describe('errors of Postgres', () => {
  it('have a code of ours by their state, or by its class', () => {
    const codes = [
      ['25006', 'STORE_READ_ONLY'],
      ['53100', 'STORE_FULL'],
      ['53300', 'STORE_UNAVAILABLE'],
      ['54000', 'LOG_ENTRY_TOO_LARGE'],
      ['55P03', 'STORE_UNAVAILABLE'],
      ['57014', 'STORE_UNAVAILABLE'],
      ['57P03', 'STORE_UNAVAILABLE'],
      ['40001', 'STORE_UNAVAILABLE'],
      ['42501', 'STORE_UNAVAILABLE'],
      ['42P01', 'STORE_UNAVAILABLE'],
      ['42601', 'INTERNAL_DEFECT'],
      ['22P02', 'INTERNAL_DEFECT'],
      ['23505', 'INTERNAL_DEFECT'],
      ['XX001', 'STORE_CORRUPT'],
    ] as const
    for (const [state, code] of codes) {
      assert.equal(storeError(thrown(state), 'stock').code, code, state)
    }
    assert.equal(storeError(new Error('no answer'), 'stock').code, 'STORE_UNAVAILABLE')
  })

  it('leave open whether a commit took effect when the connection ended over it', () => {
    const open = ['57P01', '57P02', '08006', '40003', '57P05']
    for (const state of open) assert.ok(isUnknown(thrown(state, 'FATAL')), state)
    assert.ok(isUnknown(new Error('Query read timeout')))
    assert.ok(isUnknown(Object.assign(new Error('reset'), { code: 'ECONNRESET' })))
    assert.ok(isUnknown(thrown('53100', 'PANIC')))
    assert.equal(unknownError(new Error('gone'), 'stock').code, 'LOG_COMMIT_UNKNOWN')
  })

  it('say that nothing was applied when the server ended only the statement', () => {
    for (const state of ['53100', '25006', '57014', '55P03', '40001']) {
      assert.ok(!isUnknown(thrown(state)), state)
    }
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DureError } from '../../language/errors.ts'
import { commitError, storeError } from './store-error.ts'

const file = 'stock.db'

/** An error as `node:sqlite` throws it. */
function sqliteError(errcode: number): unknown {
  return Object.assign(new TypeError('reason'), {
    code: 'ERR_SQLITE_ERROR',
    errcode,
    errstr: 'reason',
  })
}

function fileError(code: string): unknown {
  return Object.assign(new TypeError('reason'), { code })
}

describe('an error of the file of a store', () => {
  it('has the code of what a result of SQLite means, extended or not', () => {
    const codes = [5, 6, 8, 10, 11, 13, 14, 18, 26, 1_544, 1_034, 779, 1, 19].map(
      (result) => storeError(sqliteError(result), file).code,
    )

    assert.deepEqual(codes, [
      'STORE_LOCKED',
      'STORE_LOCKED',
      'STORE_READ_ONLY',
      'STORE_UNAVAILABLE',
      'STORE_CORRUPT',
      'STORE_FULL',
      'STORE_UNAVAILABLE',
      'LOG_ENTRY_TOO_LARGE',
      'STORE_CORRUPT',
      'STORE_READ_ONLY',
      'STORE_UNAVAILABLE',
      'STORE_CORRUPT',
      'INTERNAL_DEFECT',
      'INTERNAL_DEFECT',
    ])
  })

  it('has the code of what an error of the file system means', () => {
    const codes = ['ENOSPC', 'EDQUOT', 'EACCES', 'EROFS', 'ENOTDIR', 'ERR_INVALID_ARG_TYPE'].map(
      (code) => storeError(fileError(code), file).code,
    )

    assert.deepEqual(codes, [
      'STORE_FULL',
      'STORE_FULL',
      'STORE_READ_ONLY',
      'STORE_READ_ONLY',
      'STORE_UNAVAILABLE',
      'INTERNAL_DEFECT',
    ])
  })

  it('names the file and the reason, keeps the cause, and is not wrapped twice', () => {
    const cause = sqliteError(13)
    const error = storeError(cause, file)

    assert.match(error.message, /"stock\.db".*\(reason\)/)
    assert.deepEqual([error.cause, error.details], [cause, { file, sqlite: 13 }])
    assert.equal(storeError(error, 'other.db'), error)
    assert.ok(storeError('thrown text', file) instanceof DureError)
  })
})

describe('a COMMIT that failed', () => {
  it('has certainly kept nothing when there was no room or no right to write', () => {
    assert.equal(commitError(sqliteError(13), file).code, 'STORE_FULL')
    assert.equal(commitError(sqliteError(8), file).code, 'STORE_READ_ONLY')
  })

  it('is unknown after anything else', () => {
    for (const result of [10, 1_034, 778, 7, 11]) {
      assert.equal(commitError(sqliteError(result), file).code, 'LOG_COMMIT_UNKNOWN')
    }
  })
})

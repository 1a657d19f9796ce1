import assert from 'node:assert/strict'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, it } from 'node:test'
import { isDataFolder, openDataFolder } from './data-folder.ts'

const root = mkdtempSync(join(tmpdir(), 'dure-data-'))
after(() => rmSync(root, { recursive: true }))

let folders = 0
function newName(): string {
  folders += 1
  return join(root, `data-${folders}`)
}

describe('openDataFolder', () => {
  it('makes a folder that only its owner can look into, and knows it again', () => {
    const folder = newName()

    openDataFolder(folder, 'shop')
    openDataFolder(folder, 'shop')

    assert.equal(statSync(folder).mode & 0o777, 0o700)
    assert.deepEqual(readdirSync(folder), ['dure.json'])
    assert.deepEqual(JSON.parse(readFileSync(join(folder, 'dure.json'), 'utf8')), {
      format: 1,
      system: 'shop',
    })
    assert.deepEqual([isDataFolder(folder), isDataFolder(newName())], [true, false])
  })

  it('takes an empty folder, hidden files aside', () => {
    const folder = newName()
    mkdirSync(folder)
    writeFileSync(join(folder, '.gitignore'), '*')

    openDataFolder(folder, 'shop')

    assert.ok(isDataFolder(folder))
  })

  const refusals = [
    { what: 'a newer format', mark: '{"format":2,"system":"shop"}', code: 'STORE_NEWER' },
    { what: 'another system', mark: '{"format":1,"system":"other"}', code: 'STORE_FOREIGN' },
    { what: 'a mark without a format', mark: '{}', code: 'STORE_CORRUPT' },
    { what: 'a mark of nonsense', mark: '\u0000{', code: 'STORE_CORRUPT' },
    { what: 'a mark of null', mark: 'null', code: 'STORE_CORRUPT' },
  ]
  for (const { what, mark, code } of refusals) {
    it(`refuses ${what} and leaves it as it is`, () => {
      const folder = newName()
      mkdirSync(folder)
      writeFileSync(join(folder, 'dure.json'), mark)

      assert.throws(() => openDataFolder(folder, 'shop'), { code })

      assert.equal(readFileSync(join(folder, 'dure.json'), 'utf8'), mark)
    })
  }

  it('refuses a folder of other files and leaves it as it is', () => {
    const folder = newName()
    mkdirSync(folder)
    writeFileSync(join(folder, 'thesis.doc'), 'important')

    assert.throws(() => openDataFolder(folder, 'shop'), {
      code: 'STORE_FOREIGN',
      message: /thesis\.doc/,
    })

    assert.deepEqual(readdirSync(folder), ['thesis.doc'])
  })

  it('refuses a folder whose parent does not exist, and a file', () => {
    const file = newName()
    writeFileSync(file, '')

    assert.throws(() => openDataFolder(join(newName(), 'data'), 'shop'), {
      code: 'STORE_UNAVAILABLE',
    })
    assert.throws(() => openDataFolder(file, 'shop'), {
      code: 'STORE_UNAVAILABLE',
      message: /not a folder/,
    })
  })

  it('refuses a folder that cannot be written', () => {
    const folder = newName()
    mkdirSync(folder)
    chmodSync(dirname(folder), 0o755)
    chmodSync(folder, 0o555)

    asSomebody(() => {
      assert.throws(() => openDataFolder(folder, 'shop'), { code: 'STORE_READ_ONLY' })
    })
  })
})

/** Root may write everywhere: as root the task is done as a user who may not. */
function asSomebody(task: () => void): void {
  if (userInfo().uid !== 0) return task()
  process.seteuid?.(65_534)
  try {
    task()
  } finally {
    process.seteuid?.(0)
  }
}

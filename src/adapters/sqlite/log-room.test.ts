import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { Commit } from '../../log/store.port.ts'
import { openLogRoom } from './log-room.ts'
import { sqliteStores } from './stores.ts'

const pageBytes = 4_096
const frameBytes = pageBytes + 24
const roomBytes = 256 * 1_024

describe('the room of a write-ahead log', () => {
  it('is made long before it is needed: commits that follow do not make the file longer', async (context) => {
    const folder = temporaryFolder(context)
    await using store = await sqliteStores({ folder }).open('stock', { partitions: 1 })
    const sizes = new Set<number>()
    let written = 0

    for (let index = 0; index < 200; index += 1) {
      await store.commit([appendTo(index)])
      written = Math.max(written, statSync(join(folder, 'stock.db-wal')).size)
      sizes.add(written)
    }

    assert.ok(sizes.size <= Math.ceil(written / roomBytes) + 1, `${sizes.size} sizes`)
  })

  it('is nothing to whoever opens the files as a crash has left them', async (context) => {
    const folder = temporaryFolder(context)
    const copy = temporaryFolder(context)
    await using store = await sqliteStores({ folder }).open('stock', { partitions: 1 })
    for (let index = 0; index < 50; index += 1) await store.commit([appendTo(index)])

    await cp(folder, copy, { recursive: true })

    const log = readFileSync(join(copy, 'stock.db-wal'))
    assert.ok(log.subarray(-8 * frameBytes).every((byte) => byte === 0))
    await using left = await sqliteStores({ folder: copy }).open('stock', { partitions: 1 })
    assert.deepEqual(await left.heads(), [50])
    await left.commit([appendTo(50)])
    const entries = await left.read({ partition: 0, after: 0, limit: 100 })
    assert.equal(entries.length, 51)
  })

  it('begins behind whatever the file holds by then', (context) => {
    const { file, log } = logOf(context, 3)
    const room = openLogRoom({ file, pageBytes, pagesMax: 4_000 })
    const frames = Buffer.alloc(100 * frameBytes, 7)

    appendFileSync(log, frames)
    room.keep()
    room.close()

    const held = readFileSync(log)
    const written = 32 + 103 * frameBytes
    assert.equal(held.length, written + roomBytes)
    assert.ok(held.subarray(0, written).every((byte) => byte === 7))
    assert.ok(held.subarray(written).every((byte) => byte === 0))
  })

  it('has no more than the pages after which the log is begun anew, and those of one piece', (context) => {
    const { file, log } = logOf(context, 3)
    const room = openLogRoom({ file, pageBytes, pagesMax: 100 })

    for (let turn = 0; turn < 9; turn += 1) {
      writeFileSync(log, Buffer.alloc(statSync(log).size, 7))
      room.keep()
    }

    assert.ok(statSync(log).size >= 100 * frameBytes)
    assert.ok(statSync(log).size <= 100 * frameBytes + roomBytes)
  })

  it('is done without where there is no log, and once it is closed', (context) => {
    const missing = openLogRoom({
      file: join(temporaryFolder(context), 'no'),
      pageBytes,
      pagesMax: 9,
    })
    const { file, log } = logOf(context, 3)
    const closed = openLogRoom({ file, pageBytes, pagesMax: 4_000 })
    const { size } = statSync(log)

    closed.close()
    closed.keep()
    missing.keep()

    assert.equal(statSync(log).size, size)
  })
})

/** A file with the size of a write-ahead log, in which nothing is zero. */
function logOf(
  context: TestContext,
  frames: number,
): { readonly file: string; readonly log: string } {
  const file = join(temporaryFolder(context), 'stock.db')
  const log = `${file}-wal`
  writeFileSync(log, Buffer.alloc(32 + frames * frameBytes, 7))
  return { file, log }
}

function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'dure-room-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function appendTo(index: number): Commit {
  const stream = `item/${index}`
  const facts = { kind: 'event', type: 't', schemaVersion: 1, partition: 0, meta: '{}' } as const
  const entry = { ...facts, stream, streamVersion: 1, key: stream, data: '{}', atMs: 1 }
  return {
    id: stream,
    fingerprint: 'f',
    result: '{}',
    streams: [{ stream, expected: 0, next: 1 }],
    entries: [entry],
  }
}

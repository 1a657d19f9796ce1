// What a server sends over a replication connection, read: the frames of the stream, and in them the messages of the
// plugin `pgoutput`, version 1, of which a log needs four. All else is passed over.
//
//   w  start(8) end(8) time(8) message    a message, and where the server's own log ends
//   k  end(8) time(8) reply(1)            a sign of life, which may ask for an answer
//
//   B ...                                 a transaction that was committed begins
//   R oid(4) namespace name identity(1) columns(2) { flags(1) name type(4) modifier(4) }
//   I oid(4) 'N' columns(2) { kind(1) [length(4) text] }
//   C ...                                 it ends
//
// Source: PostgreSQL documentation, "Streaming Replication Protocol" and "Logical Replication Message Formats".
import { assertThat } from '../../../language/errors.ts'
import type { Entry } from '../../../log/store.port.ts'
import { entryColumns, type Row, toEntry } from '../rows.ts'

/** A frame of the stream: where the server's own log ends, and the message in it, or whether an answer is wanted. */
export interface Frame {
  readonly end: bigint
  readonly message?: Buffer
  readonly wantsReply: boolean
}

/** Reads a frame; undefined of one that is not known. */
export function readFrame(chunk: Buffer): Frame | undefined {
  switch (chunk[0]) {
    case letter('w'):
      return { end: chunk.readBigUInt64BE(9), message: chunk.subarray(25), wantsReply: false }
    case letter('k'):
      return { end: chunk.readBigUInt64BE(1), wantsReply: chunk[17] === 1 }
    default:
      return undefined
  }
}

const replyBytes = 34
/** Milliseconds from 1970 to 2000, when the clock of the protocol begins. */
const epochMs = 946_684_800_000

/** Says how far the stream was taken, and whether the server shall say that it is there. */
export function encodeReply(position: bigint, nowMs: number, wantsReply: boolean): Buffer {
  const reply = Buffer.alloc(replyBytes)
  reply[0] = letter('r')
  for (const at of [1, 9, 17]) reply.writeBigUInt64BE(position, at)
  reply.writeBigUInt64BE(BigInt(nowMs - epochMs) * 1_000n, 25)
  reply[replyBytes - 1] = wantsReply ? 1 : 0
  return reply
}

/** Reads messages one after the other, and gives the entries of a transaction when it was read to its end. */
export function createEntryReader(): (message: Buffer) => readonly Entry[] {
  const places = new Map<number, readonly number[]>()
  let entries: Entry[] = []
  return (message) => {
    const reader = new Reader(message)
    switch (reader.byte()) {
      case letter('B'):
        entries = []
        return []
      case letter('R'):
        places.set(reader.int32(), placesOf(reader))
        return []
      case letter('I'):
        entries.push(readEntry(reader, places))
        return []
      case letter('C'):
        return entries
      default:
        return []
    }
  }
}

const columns = entryColumns.split(', ')

/** Where each column of an entry is in a row of this table. */
function placesOf(reader: Reader): readonly number[] {
  reader.text()
  reader.text()
  reader.byte()
  const names = Array.from({ length: reader.int16() }, () => {
    reader.byte()
    const name = reader.text()
    reader.int32()
    reader.int32()
    return name
  })
  return columns.map((column) => names.indexOf(column))
}

function readEntry(reader: Reader, places: ReadonlyMap<number, readonly number[]>): Entry {
  const place = places.get(reader.int32())
  assertThat(place !== undefined, 'A row came before the table that it is of.')
  reader.byte()
  const values = Array.from({ length: reader.int16() }, () =>
    reader.byte() === letter('t') ? reader.textOf(reader.int32()) : null,
  )
  const row: Row = place.map((index) => values[index] ?? null)
  return toEntry(row)
}

function letter(text: string): number {
  return text.charCodeAt(0)
}

class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#pass(1))
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#pass(2))
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#pass(4))
  }

  textOf(length: number): string {
    const from = this.#pass(length)
    return this.#bytes.toString('utf8', from, from + length)
  }

  /** A text that a zero byte ends. */
  text(): string {
    const end = this.#bytes.indexOf(0, this.#at)
    const text = this.#bytes.toString('utf8', this.#at, end)
    this.#at = end + 1
    return text
  }

  #pass(length: number): number {
    const from = this.#at
    this.#at += length
    return from
  }
}

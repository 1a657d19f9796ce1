import type { Commit } from '../../src/log/store.port.ts'

const data = JSON.stringify({
  reservation: 'reservation-000000001',
  item: 'item-0000012345',
  quantity: 3,
  customer: 'customer-0000067890',
  warehouse: 'warehouse-07',
  remark: 'leave it at the door please',
})
const result = '{"ok":true,"output":{"reserved":3}}'
const fingerprint = '1q2w3e4r5t6z7'

/** What a service does all day: one command, one stream, one event. */
export interface Work {
  /** The next commits; each stream goes on where it was. */
  next(count: number): readonly Commit[]
}

/** Streams are taken in a scattered order: each once, then each again. */
const stride = 7_919

/** Makes commits that all apply, spread over so many streams. */
export function createWork(streamCount = 10_000): Work {
  const versions = new Int32Array(streamCount)
  let made = 0
  return {
    next: (count) =>
      Array.from({ length: count }, () => {
        made += 1
        const index = (made * stride) % streamCount
        const expected = versions[index] ?? 0
        versions[index] = expected + 1
        return { ...identityOf(made), ...appendTo(streamName(index), expected, made) }
      }),
  }
}

/** The name of the stream with a number. */
export function streamName(index: number): string {
  return `item/sku-${String(index).padStart(8, '0')}`
}

/** A commit that adds one event to a stream. */
export function appendTo(stream: string, expected: number, count: number): Commit {
  const id = commandId(count)
  const entry = {
    kind: 'event',
    type: 'stock.StockReserved',
    schemaVersion: 1,
    stream,
    streamVersion: expected + 1,
    key: stream.slice(5),
    partition: 0,
    data,
    meta: `{"command":"${id}","correlation":"${id}","actor":"customer-0000067890"}`,
    atMs: 1_700_000_000_000 + count,
  } as const
  return { streams: [{ stream, expected, next: expected + 1 }], entries: [entry] }
}

function identityOf(count: number): Commit {
  return { id: commandId(count), fingerprint, result }
}

/** Ids as the platform makes them: sorted by time, the rest scattered. */
export function commandId(count: number): string {
  const time = (1_700_000_000_000 + count).toString(16).padStart(12, '0')
  const rest = Math.imul(count, 0x9e37_79b1) >>> 0
  const scattered = rest.toString(16).padStart(8, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${scattered.slice(0, 3)}-8${scattered.slice(3, 6)}-${scattered}0000`
}

import type { CarriedMessage } from '../../messaging/carried/carrier.port.ts'
import { type NewRecord, recordOf } from './message.ts'

/** What headers and Kafka add to the value of a record, at the most that is usual. */
const recordBytes = 512

/** Messages in batches that a server takes: it looks at the size of a batch, not of a message. */
export function* batchesOf(
  messages: readonly CarriedMessage[],
  bytesMax: number,
): Iterable<readonly NewRecord[]> {
  let batch: NewRecord[] = []
  let bytes = 0
  for (const message of messages) {
    const record = recordOf(message)
    const size = record.value.length + recordBytes
    if (batch.length > 0 && bytes + size > bytesMax) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(record)
    bytes += size
  }
  if (batch.length > 0) yield batch
}

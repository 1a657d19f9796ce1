// A broker as the relay of a service uses it: what was not answered is published again, and what the broker asks for
// again it is given again. It remembers what was published, as the log of the service would.
import { DureError } from '../../src/language/errors.ts'
import type { Broker, MessageBatch } from '../../src/messaging/broker.port.ts'

interface Published {
  incarnation: string
  batches: MessageBatch[]
  isRelaying: boolean
}

/** The broker, with a relay that never gives up. */
export function patientRelay(broker: Broker): Broker {
  const published = new Map<string, Published>()

  const publish = async (batch: MessageBatch): Promise<void> => {
    for (;;) {
      try {
        return await broker.publish(batch)
      } catch (error) {
        if (!isUnanswered(error)) throw error
      }
    }
  }

  const relay = async (topic: string, log: Published): Promise<void> => {
    if (log.isRelaying) return
    log.isRelaying = true
    for (let missing = await firstMissing(broker, topic, log); missing; ) {
      await publish(missing)
      missing = await firstMissing(broker, topic, log)
    }
    log.isRelaying = false
  }

  const logOf = (topic: string): Published => {
    const known = published.get(topic)
    if (known) return known
    const fresh = { incarnation: '', batches: [], isRelaying: false }
    published.set(topic, fresh)
    broker.watch(topic, () => void relay(topic, fresh))
    return fresh
  }

  return {
    supports: broker.supports,
    wanted: (topic, incarnation) => broker.wanted(topic, incarnation),
    watch: (topic, wake) => broker.watch(topic, wake),
    subscribe: (request) => broker.subscribe(request),
    [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
    async publish(batch) {
      remember(logOf(batch.topic), batch)
      await publish(batch)
    },
  }
}

function isUnanswered(error: unknown): boolean {
  return error instanceof DureError && error.code === 'BROKER_UNAVAILABLE'
}

/** Only what follows on is part of the log. */
function remember(log: Published, batch: MessageBatch): void {
  if (log.incarnation !== batch.incarnation) {
    log.incarnation = batch.incarnation
    log.batches = []
  }
  const end = log.batches.at(-1)?.through ?? 0
  if (batch.after <= end && batch.through > end) log.batches.push(batch)
}

async function firstMissing(
  broker: Broker,
  topic: string,
  { incarnation, batches }: Published,
): Promise<MessageBatch | undefined> {
  if (incarnation === '') return undefined
  const wanted = await broker.wanted(topic, incarnation)
  const after = Math.min(...wanted)
  return batches.find((each) => each.after <= after && each.through > after)
}

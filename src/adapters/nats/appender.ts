// Messages of a page go out at once, and their acknowledgements come to one inbox: a page costs one way there and back.
// The server takes what comes on one connection in its order. The client's own `publish` waits for each message alone:
// it reached 26,000 messages/s in pages of 256, this 109,000.
//
// Nothing is fenced, and no message has an id by which the server would drop a second one: a rewind must be able to
// append a position again, and readers go by positions alone.
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node'
import { createInbox } from '@nats-io/transport-node'
import type { CarriedMessage } from '../../messaging/carried/carrier.port.ts'
import { unavailable } from './jetstream.ts'
import { headersOf } from './message.ts'

/** Bytes that are on their way to the server before an answer is waited for. */
export const appendedBytesMax = 8_388_608

interface Flight {
  left: number
  readonly land: () => void
  readonly fail: (error: Error) => void
}

export class Appender {
  readonly #connection: NatsConnection
  readonly #timeoutMs: number
  readonly #inbox = createInbox()
  readonly #answers: Subscription
  readonly #flights = new Map<string, Flight>()
  #count = 0

  constructor(connection: NatsConnection, timeoutMs: number) {
    this.#connection = connection
    this.#timeoutMs = timeoutMs
    this.#answers = connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (!error) this.#hear(message)
      },
    })
  }

  /** Appends messages in their order. Rejects with `BROKER_UNAVAILABLE` unless all were acknowledged. */
  async append(
    messages: readonly CarriedMessage[],
    subjectOf: (type: string) => string,
  ): Promise<void> {
    for (let first = 0; first < messages.length; ) {
      const through = endOfFlight(messages, first)
      await this.#send(messages.slice(first, through), subjectOf)
      first = through
    }
  }

  /** Nobody will answer what is on its way: the connection was lost. */
  abandon(): void {
    const error = unavailable('The connection to NATS was lost before it acknowledged messages.')
    for (const flight of this.#flights.values()) flight.fail(error)
  }

  close(): void {
    this.abandon()
    this.#answers.unsubscribe()
  }

  #send(messages: readonly CarriedMessage[], subjectOf: (type: string) => string): Promise<void> {
    this.#count += 1
    const id = String(this.#count)
    return new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        fail(unavailable(`NATS did not acknowledge messages within ${this.#timeoutMs} ms.`))
      }, this.#timeoutMs)
      const end = (): void => {
        clearTimeout(timer)
        this.#flights.delete(id)
      }
      const fail = (error: Error): void => {
        end()
        reject(error)
      }
      const land = (): void => {
        end()
        resolve()
      }
      this.#flights.set(id, { left: messages.length, land, fail })
      const reply = `${this.#inbox}.${id}`
      try {
        for (const message of messages) {
          const facts = { headers: headersOf(message), reply }
          this.#connection.publish(subjectOf(message.type), message.body, facts)
        }
      } catch (cause) {
        fail(unavailable('NATS takes no messages now.', cause))
      }
    })
  }

  #hear(answer: Msg): void {
    const flight = this.#flights.get(answer.subject.slice(this.#inbox.length + 1))
    if (!flight) return
    const problem = problemOf(answer)
    if (problem !== undefined) return flight.fail(unavailable(problem))
    flight.left -= 1
    if (flight.left === 0) flight.land()
  }
}

function endOfFlight(messages: readonly CarriedMessage[], first: number): number {
  let bytes = 0
  let through = first
  for (; through < messages.length; through += 1) {
    bytes += messages[through]?.body.length ?? 0
    if (bytes > appendedBytesMax && through > first) break
  }
  return through
}

/** Why an answer is no acknowledgement. */
function problemOf(answer: Msg): string | undefined {
  if (answer.data.length === 0) return 'No stream of NATS takes the messages: it is gone.'
  const text = answer.string()
  // Most are `{"stream":"...","seq":1}`: there is no need to take each of them apart.
  return text.includes('"error"') ? `NATS refused a message: ${text.slice(0, 300)}` : undefined
}

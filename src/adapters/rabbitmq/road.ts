// The way of one topic's messages to the server: a channel with publisher confirms. A page is sent at once and its
// confirms are waited for together. A message that no queue takes is confirmed all the same; "mandatory" brings it back.
import type { ConfirmChannel } from 'amqplib'
import type { CarriedMessage } from '../../messaging/carried/carrier.port.ts'
import { type Link, rabbitLimits, unavailable } from './link.ts'
import { propertiesOf } from './message.ts'

export class Road {
  readonly #link: Link
  readonly #exchange: string
  #channel: ConfirmChannel | undefined
  #returned = 0

  constructor(link: Link, exchange: string) {
    this.#link = link
    this.#exchange = exchange
  }

  async append(
    messages: readonly CarriedMessage[],
    keyOf: (type: string) => string,
  ): Promise<void> {
    const channel = (this.#channel ??= await this.#open())
    try {
      for (let first = 0; first < messages.length; )
        first = await this.#send(messages, first, keyOf)
    } catch (error) {
      this.#channel = undefined
      channel.close().catch(() => undefined)
      throw error
    }
  }

  forget(): void {
    this.#channel = undefined
  }

  async #open(): Promise<ConfirmChannel> {
    const channel = await this.#link.confirmChannel()
    channel.on('return', () => (this.#returned += 1))
    channel.on('close', () => {
      if (this.#channel === channel) this.#channel = undefined
    })
    return channel
  }

  /** Sends as many as may be on their way; gives the first that was not sent. */
  async #send(
    messages: readonly CarriedMessage[],
    first: number,
    keyOf: (type: string) => string,
  ): Promise<number> {
    const channel = this.#channel
    if (!channel) throw unavailable('The connection to RabbitMQ was lost before it took messages.')
    const returned = this.#returned
    let bytes = 0
    let next = first
    for (const message of messages.slice(first)) {
      bytes += message.body.length
      if (bytes > rabbitLimits.appendedBytesMax && next > first) break
      const body = Buffer.from(message.body, 'utf8')
      channel.publish(this.#exchange, keyOf(message.type), body, propertiesOf(message))
      next += 1
    }
    await this.#link.answered(channel.waitForConfirms(), 'messages')
    if (this.#returned > returned)
      throw unavailable('No stream of RabbitMQ takes the messages: it is gone.')
    return next
  }
}

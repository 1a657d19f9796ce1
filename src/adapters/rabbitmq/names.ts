// What lies where on a RabbitMQ server. Of a system "shop", partition 0 of the log of its service "stock":
//
//   exchange      dure.shop                 topic; routing key stock.0.stock.Reserved: service, partition, type
//   queue         dure.shop.stock.0         a stream, bound by stock.0.#: its offsets, plus 1, are the places
//   exchange      dure.shop.rewind          topic; routing key stock.0; {"incarnation":"...","after":41}
//
// A message is one CloudEvent in JSON (structured mode), with the content type application/cloudevents+json and the
// headers dure-incarnation, dure-position, dure-type and, for commands and replies, dure-to. A stream may hold a position
// twice, and not in order. A message without these headers marks the beginning of a stream and is passed over.

export interface RabbitNames {
  readonly exchange: string
  readonly rewindExchange: string
  queue(topic: string): string
  /** What a queue is bound by. */
  pattern(topic: string): string
  key(topic: string, type: string): string
}

export function rabbitNames(prefix: string, system: string): RabbitNames {
  const dotted = (topic: string): string => topic.replaceAll('/', '.')
  return {
    exchange: `${prefix}.${system}`,
    rewindExchange: `${prefix}.${system}.rewind`,
    queue: (topic) => `${prefix}.${system}.${dotted(topic)}`,
    pattern: (topic) => `${dotted(topic)}.#`,
    key: (topic, type) => `${dotted(topic)}.${type}`,
  }
}

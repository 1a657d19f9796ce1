// What lies where on a Kafka cluster. Of a system "shop", partition 0 of the log of its service "stock":
//
//   topic     dure.shop.stock.0     one for each partition of a log; its partition 0 alone is used. Its offsets, plus 1,
//                                   are the places
//   topic     dure.shop.rewind      requests to publish again: key "stock.0", value {"incarnation":"...","after":41}
//
// A message is one CloudEvent in JSON (structured mode of its binding for Kafka), without a key, with the headers
//
//   content-type      application/cloudevents+json
//   dure-incarnation  the incarnation of the log that the position is of
//   dure-position     the position in the log, in decimal; a topic may hold a position twice, and not in order
//   dure-type         the type of the message
//   dure-to           the service that a command or a reply is for
//
// Why not one topic with as many partitions as the log: a topic is made by whoever comes first, and neither a reader nor
// the relay of one partition knows how many there are.

/** How the names of one system are made. */
export interface KafkaNames {
  /** The topic of requests to rewind. */
  readonly rewind: string
  readonly topic: (topic: string) => string
  /** The key of requests to rewind a topic. */
  readonly rewindKey: (topic: string) => string
}

export function kafkaNames(prefix: string, system: string): KafkaNames {
  const dotted = (topic: string): string => topic.replaceAll('/', '.')
  return {
    rewind: `${prefix}.${system}.rewind`,
    topic: (topic) => `${prefix}.${system}.${dotted(topic)}`,
    rewindKey: dotted,
  }
}

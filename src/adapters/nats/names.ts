// What lies where on a NATS server. Of a system "shop", partition 0 of the log of its service "stock":
//
//   stream    dure_shop_stock_0                     one for each topic: its sequence numbers are the places
//   subject   dure.shop.stock.0.stock.Reserved      prefix, system, service, partition, type of the message
//   rewind    dure.shop.rewind.stock.0              requests to publish again: {"incarnation":"...","after":41}
//
// A message is one CloudEvent in JSON (structured mode of its binding for NATS), with the headers
//
//   content-type      application/cloudevents+json
//   dure-incarnation  the incarnation of the log that the position is of
//   dure-position     the position in the log, in decimal; a stream may hold a position twice, and not in order
//   dure-type         the type of the message
//   dure-to           the service that a command or a reply is for

/** How the names of one system are made. */
export interface NatsNames {
  stream(topic: string): string
  /** Everything of a topic. */
  subjects(topic: string): string
  subject(topic: string, type: string): string
  rewind(topic: string): string
}

export function natsNames(prefix: string, system: string): NatsNames {
  const dotted = (topic: string): string => topic.replaceAll('/', '.')
  return {
    // Why underscores: no name of a system or service has one, so two systems never share a stream.
    stream: (topic) => `${prefix}_${system}_${topic.replaceAll('/', '_')}`,
    subjects: (topic) => `${prefix}.${system}.${dotted(topic)}.>`,
    subject: (topic, type) => `${prefix}.${system}.${dotted(topic)}.${type}`,
    rewind: (topic) => `${prefix}.${system}.rewind.${dotted(topic)}`,
  }
}

import type { JsonSchema } from '../json-schema.ts'

const text: JsonSchema = { type: 'string', minLength: 1 }

function described(description: string, schema: JsonSchema = text): JsonSchema {
  return { ...schema, description }
}

/** A message as it travels: a CloudEvent in JSON with the attributes that Dure adds. */
export const envelopeSchema: JsonSchema = {
  type: 'object',
  description: 'A CloudEvent 1.0 in JSON, structured mode.',
  properties: {
    specversion: { type: 'string', const: '1.0' },
    id: described('The same whenever the message is sent.'),
    source: described('A slash, then the service that wrote it.'),
    type: described('Service, dot, name. A reply has the type of its command.'),
    subject: described('The key of the instance.'),
    time: described('When it was written.', { type: 'string', format: 'date-time' }),
    datacontenttype: { type: 'string', const: 'application/json' },
    kind: { type: 'string', enum: ['event', 'command', 'reply'] },
    position: described('The position in the log of the source, without gaps.', {
      type: 'integer',
      minimum: 1,
    }),
    dataversion: described('The version of the data.', { type: 'integer', minimum: 1 }),
    partitionkey: described('Messages of one key stay in order.'),
    streamversion: described('The number of an event in its stream.', {
      type: 'integer',
      minimum: 1,
    }),
    to: described('The service that a command or a reply is for.'),
    correlationid: described('Passed on to everything that the message leads to.'),
    causationid: described('The id of the message that led to this one.'),
    traceparent: described('The trace, as W3C Trace Context has it.'),
    actor: described('Who is behind it.'),
    tenant: described('For whom it is done.'),
    saganame: described('The saga whose step it is of. A reply carries it as the command did.'),
    sagakey: described('The instance of the saga. A reply carries it as the command did.'),
    sagastep: described('The step of the saga. A reply carries it as the command did.'),
    sagamail: described('What a choreographed saga knows so far: made and read by Dure alone.'),
    data: {},
  },
  required: [
    'specversion',
    'id',
    'source',
    'type',
    'subject',
    'time',
    'kind',
    'position',
    'dataversion',
    'partitionkey',
    'data',
  ],
}

/** The headers that a message has at a broker. */
export const headersSchema: JsonSchema = {
  type: 'object',
  properties: {
    'content-type': { type: 'string', const: 'application/cloudevents+json' },
    'dure-incarnation': described('The incarnation of the log that the position is of.'),
    'dure-position': described('The position in the log, in decimal.', {
      type: 'string',
      pattern: '^[1-9][0-9]*$',
    }),
    'dure-type': described('The type of the message.'),
    'dure-to': described('The service that a command or a reply is for.'),
  },
  required: ['dure-incarnation', 'dure-position', 'dure-type'],
}

/** Asks whoever publishes a log to publish again what comes after a position. */
export const rewindSchema: JsonSchema = {
  type: 'object',
  properties: {
    incarnation: described('The incarnation of the log.'),
    after: described('The position after which something is missing.', {
      type: 'integer',
      minimum: 0,
    }),
  },
  required: ['incarnation', 'after'],
}

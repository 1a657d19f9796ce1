import type { JsonSchema } from '../json-schema.ts'
import type { BrokerPlaces } from './broker-places.ts'
import type { Flow } from './flows.ts'
import { messageName } from './messages.ts'

/** Renders the channels of one service, by their names: its log, and requests to publish that again. */
export function channelsOf(
  log: string,
  flows: readonly Flow[],
  places: BrokerPlaces,
): readonly (readonly [string, JsonSchema])[] {
  const own = flows.filter(({ from }) => from === log)
  const names = [...new Set(own.map(messageName))]
  const types = [...new Set(own.map(({ type }) => type))]
  const channel = renderChannel(places, {
    service: log,
    what: 'log',
    address: places.log(log),
    types,
    names,
  })
  const rewind = places.rewind(log)
  if (rewind === undefined) return [[log, channel]]
  const facts = { service: log, what: 'rewind', address: rewind, types, names: ['rewind'] } as const
  return [
    [log, channel],
    [`${log}.rewind`, renderChannel(places, facts)],
  ]
}

interface ChannelFacts {
  readonly service: string
  readonly what: 'log' | 'rewind'
  readonly address: string
  readonly types: readonly string[]
  readonly names: readonly string[]
}

function renderChannel(places: BrokerPlaces, facts: ChannelFacts): JsonSchema {
  const { service, what, address, types, names } = facts
  const bindings = places.channelBindings(what)
  const parameters = {
    ...(address.includes('{partition}') && { partition: partitionParameter }),
    ...(address.includes('{type}') && {
      type: { description: 'The type of the message.', enum: types },
    }),
  }
  return {
    address,
    title: what === 'log' ? `The log of ${service}` : `Requests to publish ${service} again`,
    description:
      what === 'log'
        ? `What the service ${service} has written, in the order of its commits.`
        : 'Whoever misses a position of the log asks for what comes after the last one that it has.',
    messages: Object.fromEntries(
      names.map((name) => [name, { $ref: `#/components/messages/${name}` }]),
    ),
    ...(Object.keys(parameters).length > 0 && { parameters }),
    ...(bindings && { bindings }),
  }
}

const partitionParameter: JsonSchema = {
  description: 'The partition of the log, from 0: messages of one key are in one of them.',
  default: '0',
}

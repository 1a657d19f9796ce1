import { definitionError } from '../../language/errors.ts'
import { allNames, type System } from '../../language/system.ts'
import { createComponents } from '../components.ts'
import type { JsonSchema } from '../json-schema.ts'
import { type BrokerName, type BrokerPlaces, placesOf } from './broker-places.ts'
import { envelopeSchema, headersSchema, rewindSchema } from './envelope-schema.ts'
import { type Flow, findFlows } from './flows.ts'
import { renderMessages } from './messages.ts'
import { operationsOf } from './async-operations.ts'
import { channelsOf } from './async-channels.ts'

export interface AsyncApiOptions {
  /** What carries the messages: `feeds` without it, which is HTTP and no broker. */
  readonly broker?: BrokerName
  /** What the names at a broker begin with; `dure` without it. */
  readonly prefix?: string
  /** Only what this service writes and takes; all services without it. */
  readonly service?: string
  /** Where the broker is, or a service that is followed: `nats.example.com:4222`. */
  readonly host?: string
  /** Version of the published interface; 1.0.0 without it. */
  readonly version?: string
}

/** An AsyncAPI 3.0 document as data. */
export interface AsyncApiDocument {
  readonly asyncapi: '3.0.0'
  readonly info: JsonSchema
  readonly defaultContentType: 'application/cloudevents+json'
  readonly servers?: Readonly<Record<string, JsonSchema>>
  readonly channels: Readonly<Record<string, JsonSchema>>
  readonly operations: Readonly<Record<string, JsonSchema>>
  readonly components: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>
}

/**
 * Renders the AsyncAPI 3.0 document of the messages of a system: a channel for the log of each service, with events,
 * commands and replies.
 *
 * Policies and steps of sagas are functions: commands that they were not seen to give on made-up data are missing, and
 * so is what choreographed sagas tell besides commands.
 *
 * @throws `LANGUAGE_DEFINITION_INVALID` when the system has no such service.
 */
export function asyncApi(system: System, options: AsyncApiOptions = {}): AsyncApiDocument {
  const { broker = 'feeds', prefix = 'dure', service, host, version } = options
  if (service !== undefined) assertKnown(system, service)
  const places = placesOf(broker, prefix, system.name)
  const flows = findFlows(system).filter((flow) => isOf(flow, service))
  const logs = [...new Set(flows.map(({ from }) => from))].toSorted()
  const components = createComponents('draft-07')
  const messages = renderMessages(flows, { system, components, hasHeaders: places.hasHeaders })
  const hasRewinds = places.rewind('') !== undefined
  return {
    asyncapi: '3.0.0',
    info: infoOf(system, service, version),
    defaultContentType: 'application/cloudevents+json',
    ...(host !== undefined && { servers: { [broker]: renderServer(places, host) } }),
    channels: Object.fromEntries(logs.flatMap((log) => channelsOf(log, flows, places))),
    operations: operationsOf(flows, { service, hasRewinds, bindings: places.operationBindings }),
    components: {
      schemas: {
        CloudEvent: envelopeSchema,
        ...(places.hasHeaders && { Headers: headersSchema }),
        ...components.schemas,
      },
      messages: { ...messages, ...(hasRewinds && { rewind: rewindMessage(places) }) },
      ...(places.protocol === 'http' && { securitySchemes: { peerSecret } }),
    },
  }
}

function isOf({ from, to }: Flow, service: string | undefined): boolean {
  return service === undefined || from === service || to.includes(service)
}

function infoOf(system: System, service: string | undefined, version = '1.0.0'): JsonSchema {
  const whose =
    service === undefined ? 'every service writes' : `the service ${service} writes and takes`
  return {
    title: service === undefined ? system.name : `${system.name}: ${service}`,
    version,
    description: `The messages of the system "${system.name}" that ${whose}. Each service has one log; a message stands in the log of the service that wrote it, under a position without gaps.`,
    tags: allNames(system).map((name) => ({ name })),
  }
}

const peerSecret: JsonSchema = {
  type: 'http',
  scheme: 'bearer',
  description: 'The secret between the processes of the system.',
}

function rewindMessage({ rewindBindings: bindings }: BrokerPlaces): JsonSchema {
  return {
    name: 'rewind',
    title: 'Publish again',
    contentType: 'application/json',
    payload: rewindSchema,
    ...(bindings && { bindings }),
  }
}

function renderServer({ protocol }: BrokerPlaces, host: string): JsonSchema {
  const security = [{ $ref: '#/components/securitySchemes/peerSecret' }]
  return { host, protocol, ...(protocol === 'http' && { security }) }
}

function assertKnown(system: System, asked: string): void {
  const names = allNames(system)
  if (names.includes(asked)) return
  throw definitionError(
    `System "${system.name}" has no service "${asked}". It has: ${names.join(', ')}.`,
  )
}

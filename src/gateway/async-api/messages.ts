import type { AnyContract, AnyEventType, CommandSpec } from '../../language/contract.ts'
import type { System } from '../../language/system.ts'
import type { Components } from '../components.ts'
import type { JsonSchema } from '../json-schema.ts'
import type { Flow } from './flows.ts'

export interface RenderMessagesOptions {
  readonly system: System
  readonly components: Components
  readonly hasHeaders: boolean
}

/** The name of a message in the document: a command and its reply have one type. */
export function messageName({ kind, type }: Pick<Flow, 'kind' | 'type'>): string {
  return kind === 'reply' ? `${type}.reply` : type
}

/** Renders each message once, however many logs it stands in. */
export function renderMessages(
  flows: readonly Flow[],
  options: RenderMessagesOptions,
): Readonly<Record<string, JsonSchema>> {
  const messages: Record<string, JsonSchema> = {}
  for (const flow of flows) messages[messageName(flow)] ??= renderMessage(flow, options)
  return messages
}

function renderMessage(flow: Flow, options: RenderMessagesOptions): JsonSchema {
  const { kind, type } = flow
  const [service = '', member = ''] = type.split('.')
  const { summary, data, facts } = contentOf(flow, options)
  return {
    name: messageName(flow),
    title: `${member} (${kind})`,
    ...(summary !== undefined && { summary }),
    contentType: 'application/cloudevents+json',
    ...(options.hasHeaders && { headers: { $ref: '#/components/schemas/Headers' } }),
    correlationId: { location: '$message.payload#/correlationid' },
    payload: {
      allOf: [
        { $ref: '#/components/schemas/CloudEvent' },
        {
          type: 'object',
          properties: {
            kind: { type: 'string', const: kind },
            type: { type: 'string', const: type },
            ...facts,
            data,
          },
          ...(kind === 'event' ? {} : { required: ['to'] }),
        },
      ],
    },
    tags: [{ name: service }],
  }
}

interface Content {
  readonly summary?: string | undefined
  readonly data: JsonSchema
  readonly facts: Readonly<Record<string, JsonSchema>>
}

function contentOf(flow: Flow, { system, components }: RenderMessagesOptions): Content {
  const { kind, type } = flow
  const [service = '', member = ''] = type.split('.')
  const contract = contractsOf(system).find(({ $name }) => $name === service)
  if (!contract) return { data: {}, facts: {} }
  if (kind === 'event') return contentOfEvent(contract, member, components)
  const spec = contract.$spec.commands?.[member]
  if (!spec) return { data: {}, facts: {} }
  if (kind === 'reply')
    return { data: outcomeOf(type, spec, components), facts: { source: sourceOf(contract) } }
  return {
    summary: spec.summary,
    data: components.refer(`${type}.Input`, spec.input, 'input'),
    facts: { to: { type: 'string', const: service } },
  }
}

function contractsOf({ services, elsewhere }: System): readonly AnyContract[] {
  return [...services.map(({ contract }) => contract), ...elsewhere]
}

function contentOfEvent(contract: AnyContract, member: string, components: Components): Content {
  // Why the cast: the member of a contract under the name of an event is its type.
  const events = contract as unknown as Readonly<Record<string, AnyEventType>>
  const event = events[member]
  if (!event) return { data: {}, facts: {} }
  const { type, schema, version } = event
  const older = version > 1 && { description: 'Data of an older version has its older shape.' }
  const dataversion = { type: 'integer', minimum: 1, maximum: version, ...older }
  return {
    data: components.refer(type, schema, 'output'),
    facts: { source: sourceOf(contract), dataversion },
  }
}

function sourceOf({ $name }: AnyContract): JsonSchema {
  return { type: 'string', const: `/${$name}` }
}

/** What a reply holds: the output, or the name of a rejection with what it says. */
function outcomeOf(type: string, spec: CommandSpec, components: Components): JsonSchema {
  const output = spec.output ? components.refer(`${type}.Output`, spec.output, 'output') : {}
  const accepted = {
    type: 'object',
    properties: { ok: { type: 'boolean', const: true }, output },
    required: ['ok'],
  }
  const rejected = Object.entries(spec.rejects ?? {}).map(([name, data]) => ({
    type: 'object',
    properties: {
      ok: { type: 'boolean', const: false },
      rejected: { type: 'string', const: name },
      data: components.refer(`${type}.rejects.${name}`, data, 'output'),
    },
    required: ['ok', 'rejected', 'data'],
  }))
  return { oneOf: [accepted, ...rejected] }
}

import type { Components } from './components.ts'
import type { JsonSchema } from './json-schema.ts'
import { commandHeaders, problemContent, problemReference } from './open-api-shared.ts'
import {
  type DirectOperation,
  type GatewayOperation,
  rejectionStatus,
  takesKey,
} from './operations.ts'

/** Renders the success, each rejection, what the route says of its answers, and the problems that every route has. */
export function renderResponses(operation: GatewayOperation, components: Components): JsonSchema {
  const known = operation.kind === 'composed' ? {} : renderKnown(operation, components)
  const { answers = {} } = operation.route.options
  const declared = Object.entries(answers).map(([status, answer]) => {
    const name = `${operation.id}.${status}`
    const body = answer.body && components.refer(name, answer.body, 'output')
    const content = known[status] && !body ? {} : contentOf(Number(status), body)
    return [status, { ...known[status], description: answer.summary, ...content }] as const
  })
  const isSilent = operation.kind === 'composed' && declared.length === 0
  return {
    '400': { $ref: '#/components/responses/Invalid' },
    ...(takesKey(operation) && { '422': { $ref: '#/components/responses/KeyReused' } }),
    ...(isSilent && { '200': { description: 'The answer of the route.', content: json({}) } }),
    ...known,
    ...Object.fromEntries(declared),
    default: { $ref: '#/components/responses/Problem' },
  }
}

function contentOf(status: number, body: JsonSchema | undefined): JsonSchema {
  if (status >= 400) return { content: problemContent(body ?? problemReference) }
  return status === 204 ? {} : { content: json(body ?? {}) }
}

function renderKnown(
  operation: DirectOperation,
  components: Components,
): Record<string, JsonSchema> {
  return {
    [operation.status]: renderSuccess(operation, components),
    ...renderRejections(operation, components),
  }
}

function renderSuccess(operation: DirectOperation, components: Components): JsonSchema {
  const { kind, spec, status, route, type } = operation
  const headers = kind === 'command' && { headers: commandHeaders }
  if (status === 204) return { description: 'Done.', ...headers }
  if (route.options.reply) return { description: 'Done.', ...headers, content: json({}) }
  if (spec.output) {
    const schema = components.refer(`${type}.Output`, spec.output, 'output')
    return { description: 'The answer of the service.', ...headers, content: json(schema) }
  }
  return { description: 'Done; the effect is durable.', ...headers, content: json(acceptedSchema) }
}

const acceptedSchema: JsonSchema = {
  type: 'object',
  properties: { id: { type: 'string', description: 'The id under which the command is known.' } },
  required: ['id'],
}

function renderRejections(
  operation: DirectOperation,
  components: Components,
): Record<string, JsonSchema> {
  const byStatus = Map.groupBy(Object.entries(operation.spec.rejects ?? {}), ([name]) =>
    rejectionStatus(operation, name),
  )
  const rendered = [...byStatus].map(([status, rejections]) => {
    const schemas = rejections.map(([name, data]) => ({
      allOf: [
        problemReference,
        rejectionSchema(
          name,
          components.refer(`${operation.type}.rejects.${name}`, data, 'output'),
        ),
      ],
    }))
    const response = {
      description: rejections.map(([name]) => operation.sentences[name]).join(' Or: '),
      content: problemContent(schemas.length === 1 && schemas[0] ? schemas[0] : { oneOf: schemas }),
    }
    return [String(status), response] as const
  })
  return Object.fromEntries(rendered)
}

function rejectionSchema(name: string, data: JsonSchema): JsonSchema {
  return {
    type: 'object',
    properties: { code: { type: 'string', const: name }, data },
    required: ['code', 'data'],
  }
}

function json(schema: JsonSchema): JsonSchema {
  return { 'application/json': { schema } }
}

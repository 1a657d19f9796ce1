import type { Components } from './components.ts'
import { type JsonSchema, propertiesOf, requiredOf, withoutProperties } from './json-schema.ts'
import type { GatewayOperation } from './operations.ts'

/** Renders what the body of a request has to be; undefined when the operation takes none. */
export function renderRequestBody(
  operation: GatewayOperation,
  components: Components,
): JsonSchema | undefined {
  if (!operation.takesBody) return undefined
  const declared = operation.route.options.body
  if (declared) {
    return bodyOf(components.refer(`${operation.id}.Body`, declared, 'input'), true)
  }
  if (operation.kind === 'composed' || operation.inputFrom === 'function') return bodyOf({}, false)
  const { inputSchema, pathParameters, type } = operation
  if (operation.inputFrom === 'body' || pathParameters.length === 0) {
    return bodyOf(components.referRendered(`${type}.Input`, inputSchema), true)
  }
  const rest = withoutProperties(inputSchema, pathParameters)
  if ('properties' in rest && Object.keys(propertiesOf(rest)).length === 0) return undefined
  return bodyOf(components.referRendered(`${operation.id}.Body`, rest), requiredOf(rest).length > 0)
}

function bodyOf(schema: JsonSchema, required: boolean): JsonSchema {
  return { ...(required && { required }), content: { 'application/json': { schema } } }
}

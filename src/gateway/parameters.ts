import { checkSchema, type Schema } from '../language/schema.ts'
import { type JsonSchema, propertiesOf, renderJsonSchema, requiredOf } from './json-schema.ts'
import { type GatewayOperation, takesKey } from './operations.ts'

/** Renders the path, query and header parameters of an operation. */
export function renderParameters(operation: GatewayOperation): JsonSchema[] {
  return [
    ...pathParameters(operation),
    ...queryParameters(operation),
    ...headerParameters(operation),
  ]
}

function pathParameters(operation: GatewayOperation): JsonSchema[] {
  const known = mergedProperties(operation)
  const { parameters = {} } = operation.route.options
  return operation.pathParameters.map((name) => {
    const declared = parameters[name]
    const schema = declared ? renderJsonSchema(declared, 'input') : known[name]
    return { name, in: 'path', required: true, schema: scalarSchema(schema) }
  })
}

function queryParameters(operation: GatewayOperation): JsonSchema[] {
  const { parameters = {} } = operation.route.options
  const declared = Object.entries(parameters)
    .filter(([name]) => !operation.pathParameters.includes(name))
    .map(([name, schema]) => ({
      name,
      in: 'query',
      ...(!allowsAbsence(schema) && { required: true }),
      schema: scalarSchema(renderJsonSchema(schema, 'input')),
    }))
  return [...declared, ...inputParameters(operation, Object.keys(parameters))]
}

/** Only routes without a body read their input from the query; others name the fields in the body. */
function inputParameters(operation: GatewayOperation, declared: readonly string[]): JsonSchema[] {
  if (operation.kind === 'composed' || operation.takesBody) return []
  const required = requiredOf(operation.inputSchema)
  return Object.entries(mergedProperties(operation))
    .filter(([name]) => !operation.pathParameters.includes(name) && !declared.includes(name))
    .map(([name, schema]) => ({
      name,
      in: 'query',
      ...(required.includes(name) && { required: true }),
      schema: scalarSchema(schema),
    }))
}

/** A schema that answers later cannot be asked here, and counts as one that allows it. */
function allowsAbsence(schema: Schema): boolean {
  const checked = checkSchema(schema, undefined)
  return checked instanceof Promise || checked.ok
}

function mergedProperties(operation: GatewayOperation): Readonly<Record<string, JsonSchema>> {
  if (operation.kind === 'composed' || operation.inputFrom !== 'parts') return {}
  return propertiesOf(operation.inputSchema)
}

/** A parameter is one text: what refers to another schema, or has parts, stays a text. */
function scalarSchema(schema: JsonSchema | undefined): JsonSchema {
  const isScalar = ['string', 'integer', 'number', 'boolean'].includes(String(schema?.['type']))
  return schema && isScalar ? schema : { type: 'string' }
}

function headerParameters(operation: GatewayOperation): JsonSchema[] {
  const names = ['RequestTimeout']
  if (takesKey(operation)) names.unshift('IdempotencyKey')
  if (operation.kind !== 'command') names.unshift('ConsistencyToken')
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }))
}

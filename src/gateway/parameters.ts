import { type JsonSchema, propertiesOf, requiredOf } from './json-schema.ts'
import type { GatewayOperation } from './operations.ts'

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
  return operation.pathParameters.map((name) => ({
    name,
    in: 'path',
    required: true,
    schema: scalarSchema(known[name]),
  }))
}

/** Only routes without a body read their input from the query; others name the fields in the body. */
function queryParameters(operation: GatewayOperation): JsonSchema[] {
  if (operation.kind === 'composed' || operation.takesBody) return []
  const required = requiredOf(operation.inputSchema)
  return Object.entries(mergedProperties(operation))
    .filter(([name]) => !operation.pathParameters.includes(name))
    .map(([name, schema]) => ({
      name,
      in: 'query',
      ...(required.includes(name) && { required: true }),
      schema: scalarSchema(schema),
    }))
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
  if (operation.kind !== 'query') names.unshift('IdempotencyKey')
  if (operation.kind !== 'command') names.unshift('ConsistencyToken')
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }))
}

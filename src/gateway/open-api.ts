import type { System } from '../language/system.ts'
import { type Components, createComponents } from './components.ts'
import type { JsonSchema } from './json-schema.ts'
import { gatewayOperations, type GatewayOperation, type ServedParts } from './operations.ts'
import { sharedParameters, sharedResponses, sharedSchemas } from './open-api-shared.ts'
import { renderParameters } from './parameters.ts'
import { renderRequestBody } from './request-body.ts'
import { renderResponses } from './responses.ts'

export interface OpenApiOptions extends ServedParts {
  /** Where the system is served; the place of the document itself without it. */
  readonly servers?: readonly { readonly url: string; readonly description?: string }[]
  /** Version of the published interface; 1.0.0 without it. */
  readonly version?: string
}

/** An OpenAPI 3.1 document as data. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0'
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly servers: readonly { readonly url: string; readonly description?: string }[]
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>
  readonly components: Readonly<Record<string, unknown>>
}

/**
 * Renders the OpenAPI 3.1 document of everything that a system serves.
 *
 * @throws `LANGUAGE_DEFINITION_INVALID` when two routes have one method and path.
 */
export function openApi(system: System, options: OpenApiOptions = {}): OpenApiDocument {
  const operations = gatewayOperations(system, options)
  const components = createComponents()
  const paths: Record<string, Record<string, JsonSchema>> = {}
  for (const operation of operations) {
    const item = (paths[operation.path] ??= {})
    item[operation.method.toLowerCase()] = renderOperation(operation, components)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: system.name,
      version: options.version ?? '1.0.0',
      description: `Every command, query and gateway route of the system "${system.name}".`,
    },
    servers: options.servers ?? [{ url: '/' }],
    tags: renderTags(system, operations),
    paths,
    components: {
      schemas: { ...sharedSchemas, ...components.schemas },
      parameters: sharedParameters,
      responses: sharedResponses,
    },
  }
}

function renderOperation(operation: GatewayOperation, components: Components): JsonSchema {
  const parameters = renderParameters(operation)
  const requestBody = renderRequestBody(operation, components)
  return {
    operationId: operation.id,
    summary: operation.summary,
    tags: [operation.tag],
    ...(parameters.length > 0 && { parameters }),
    ...(requestBody && { requestBody }),
    responses: renderResponses(operation, components),
  }
}

function renderTags(
  system: System,
  operations: readonly GatewayOperation[],
): OpenApiDocument['tags'] {
  const services = new Set(system.services.map(({ name }) => name))
  const used = [...new Set(operations.map(({ tag }) => tag))]
  return used.map((name) => ({
    name,
    description: describeTag(name, services),
  }))
}

function describeTag(name: string, services: ReadonlySet<string>): string {
  if (services.has(name)) return `Routes of the gateways to the service ${name}`
  return name.includes(' ')
    ? 'Every command and query of the service, by its own name'
    : `Routes of ${name}`
}

import type { Schema } from '../language/schema.ts'
import {
  type JsonSchema,
  renderJsonSchema,
  type SchemaDialect,
  type SchemaSide,
} from './json-schema.ts'

/** Collects the named schemas of a document and hands out references to them. */
export interface Components {
  /** Adds the schema under a name, once, and gives a reference to it. */
  refer(name: string, schema: Schema, side: SchemaSide): JsonSchema
  /** Like `refer`, for a schema that is JSON Schema already. */
  referRendered(name: string, rendered: JsonSchema): JsonSchema
  readonly schemas: Readonly<Record<string, JsonSchema>>
}

/** Creates an empty collection. */
export function createComponents(dialect?: SchemaDialect): Components {
  const schemas: Record<string, JsonSchema> = {}
  const referRendered = (name: string, rendered: JsonSchema): JsonSchema => {
    if (Object.keys(rendered).length === 0) return {}
    if (!(name in schemas)) addSchema(schemas, name, rendered)
    return { $ref: `#/components/schemas/${name}` }
  }
  return {
    schemas,
    referRendered,
    refer: (name, schema, side) => referRendered(name, renderJsonSchema(schema, side, dialect)),
  }
}

function addSchema(schemas: Record<string, JsonSchema>, name: string, rendered: JsonSchema): void {
  // The parts of a schema: their name in 2020-12, and in draft 07.
  const { $defs, definitions, ...schema } = rendered
  schemas[name] = relocate(schema, name) as JsonSchema
  for (const [definition, each] of Object.entries($defs ?? definitions ?? {})) {
    schemas[definitionName(name, definition)] = relocate(each, name) as JsonSchema
  }
}

function definitionName(owner: string, definition: string): string {
  return `${owner}.${definition.replaceAll(/[^A-Za-z0-9._-]/g, '_')}`
}

const localReference = /^#\/(?:\$defs|definitions)\/([^/]+)(.*)$/

/**
 * Points the references of a schema to its new place.
 *
 * A schema refers to itself as `#` and to its parts as `#/$defs/name` or `#/definitions/name`; in a document both would mean the document.
 */
function relocate(node: unknown, owner: string): unknown {
  if (Array.isArray(node)) return node.map((each) => relocate(each, owner))
  if (typeof node !== 'object' || node === null) return node
  const moved = Object.entries(node).map(([key, value]) => {
    const isReference = key === '$ref' && typeof value === 'string'
    return [key, isReference ? moveReference(value, owner) : relocate(value, owner)] as const
  })
  return Object.fromEntries(moved)
}

function moveReference(reference: string, owner: string): string {
  const [, definition, rest] = localReference.exec(reference) ?? []
  if (definition !== undefined) {
    return `#/components/schemas/${definitionName(owner, decodePointer(definition))}${rest ?? ''}`
  }
  if (reference === '#' || reference.startsWith('#/')) {
    return `#/components/schemas/${owner}${reference.slice(1)}`
  }
  return reference
}

function decodePointer(part: string): string {
  return decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
}

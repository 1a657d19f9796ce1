import type { StandardJSONSchemaV1 } from '@standard-schema/spec'
import type { Schema } from '../language/schema.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

/** What a caller may send, or what a caller gets. */
export type SchemaSide = 'input' | 'output'

/** The version of JSON Schema that a document is written in: OpenAPI takes the one, AsyncAPI the other. */
export type SchemaDialect = 'draft-2020-12' | 'draft-07'

/**
 * Describes a schema as JSON Schema, 2020-12 without a word.
 *
 * A schema library that has no Standard JSON Schema, or cannot describe a type, gives the open schema `{}`: the
 * reference then says less, while checking stays as strict as the schema.
 */
export function renderJsonSchema(
  schema: Schema,
  side: SchemaSide,
  target: SchemaDialect = 'draft-2020-12',
): JsonSchema {
  const converter = converterOf(schema)
  if (!converter) return {}
  try {
    const { $schema: _dialect, ...rendered } = converter[side]({
      target,
      libraryOptions: lenientOptions[schema['~standard'].vendor] ?? {},
    })
    return rendered
  } catch {
    // A library throws when a type has no counterpart in JSON Schema. The type stays open in the reference.
    return {}
  }
}

/** How a library is told to leave a type open that JSON Schema does not know, and to describe the rest. */
const lenientOptions: Readonly<Record<string, Record<string, unknown>>> = {
  zod: { unrepresentable: 'any' },
}

function converterOf(schema: Schema): StandardJSONSchemaV1.Converter | undefined {
  const standard: object = schema['~standard']
  if (!('jsonSchema' in standard)) return undefined
  // Why the cast: Standard JSON Schema promises this shape wherever the key is present.
  return standard.jsonSchema as StandardJSONSchemaV1.Converter
}

/** The property schemas of an object schema; none for other schemas. */
export function propertiesOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  const { properties } = schema
  if (typeof properties !== 'object' || properties === null) return {}
  // Why the cast: JSON Schema gives `properties` only this meaning.
  return properties as Readonly<Record<string, JsonSchema>>
}

/** The names of the properties that have to be there. */
export function requiredOf(schema: JsonSchema): readonly string[] {
  return Array.isArray(schema['required']) ? schema['required'].map(String) : []
}

/** The same object schema without some of its properties. */
export function withoutProperties(schema: JsonSchema, names: readonly string[]): JsonSchema {
  if (names.length === 0 || !('properties' in schema)) return schema
  const kept = Object.entries(propertiesOf(schema)).filter(([name]) => !names.includes(name))
  const { required: _required, ...rest } = schema
  const required = requiredOf(schema).filter((name) => !names.includes(name))
  return {
    ...rest,
    properties: Object.fromEntries(kept),
    ...(required.length > 0 && { required }),
  }
}

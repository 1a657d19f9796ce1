import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type } from 'arktype'
import * as v from 'valibot'
import { z } from 'zod'
import { renderJsonSchema } from './json-schema.ts'

test('describes a zod schema, and refuses unknown fields where it does', () => {
  const strict = z.strictObject({ sku: z.string().max(64), quantity: z.int().positive() })

  const rendered = renderJsonSchema(strict, 'input')

  assert.deepEqual(rendered, {
    type: 'object',
    properties: {
      sku: { type: 'string', maxLength: 64 },
      quantity: { type: 'integer', exclusiveMinimum: 0, maximum: Number.MAX_SAFE_INTEGER },
    },
    required: ['sku', 'quantity'],
    additionalProperties: false,
  })
  assert.equal('additionalProperties' in renderJsonSchema(z.object({}), 'input'), false)
})

test('describes an arktype schema', () => {
  const line = type({ sku: 'string', 'note?': 'string', '+': 'reject' })

  const rendered = renderJsonSchema(line, 'input')

  assert.deepEqual(rendered, {
    type: 'object',
    properties: { sku: { type: 'string' }, note: { type: 'string' } },
    required: ['sku'],
    additionalProperties: false,
  })
})

test('tells what is sent from what is got', () => {
  const schema = z.object({ limit: z.int().default(10) })

  assert.deepEqual(renderJsonSchema(schema, 'input')['required'], undefined)
  assert.deepEqual(renderJsonSchema(schema, 'output')['required'], ['limit'])
})

test('leaves open only the part that JSON Schema does not know', () => {
  const zod = renderJsonSchema(z.object({ at: z.date(), id: z.string() }), 'output')
  const ark = renderJsonSchema(type({ at: 'Date', id: 'string' }), 'output')

  assert.deepEqual(zod['properties'], { at: {}, id: { type: 'string' } })
  assert.deepEqual(ark['properties'], { at: {}, id: { type: 'string' } })
})

test('gives the open schema for a library without JSON Schema', () => {
  assert.deepEqual(renderJsonSchema(v.object({ sku: v.string() }), 'input'), {})
})

test('gives the open schema when a library fails', () => {
  const failing = {
    '~standard': {
      version: 1,
      vendor: 'failing',
      validate: (value: unknown) => ({ value }),
      jsonSchema: {
        input: () => {
          throw new TypeError('not in JSON Schema')
        },
      },
    },
  } as const

  assert.deepEqual(renderJsonSchema(failing, 'input'), {})
})

import type { JsonSchema } from './json-schema.ts'

const problem: JsonSchema = {
  type: 'object',
  description: 'Why a request was not carried out (RFC 9457).',
  properties: {
    type: { type: 'string', format: 'uri-reference', description: 'Names the problem.' },
    title: {
      type: 'string',
      description: 'The problem in one sentence; the same whenever it occurs.',
    },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: { type: 'string', description: 'What happened this time, and what to do next.' },
    code: { type: 'string', description: 'The name of the rejection, or the code of the error.' },
    data: { description: 'What a rejection says beside its name.' },
    issues: {
      type: 'array',
      description: 'Which fields do not fit, and why.',
      items: {
        type: 'object',
        properties: { path: { type: 'string' }, message: { type: 'string' } },
        required: ['path', 'message'],
      },
    },
    requestId: { type: 'string', description: 'Finds the request in the log of the server.' },
  },
  required: ['type', 'title', 'status', 'code'],
}

/** Schemas that every document has. */
export const sharedSchemas: Readonly<Record<string, JsonSchema>> = { Problem: problem }

/** Headers that callers may send, by the name of their component. */
export const sharedParameters: Readonly<Record<string, JsonSchema>> = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'Names this order: sent again under the same key it takes effect once and is answered as the first time. Another body under a used key is refused.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  },
  ConsistencyToken: {
    name: 'Consistency-Token',
    in: 'header',
    description:
      'The token that a command was answered with: the query then sees the effect of that command.',
    schema: { type: 'string' },
  },
  RequestTimeout: {
    name: 'Request-Timeout-Ms',
    in: 'header',
    description: 'After how many milliseconds the caller gives up. The server has a maximum.',
    schema: { type: 'integer', minimum: 1 },
  },
}

/** Headers of answers to commands. */
export const commandHeaders: JsonSchema = {
  'Consistency-Token': {
    description: 'Where the logs were after the command. Send it with a query to see the effect.',
    schema: { type: 'string' },
  },
  'Idempotency-Replayed': {
    description: '`true` when the key was used before: this is the first answer again.',
    schema: { type: 'string', enum: ['true'] },
  },
}

/** Content of an answer that says why not. */
export function problemContent(schema: JsonSchema): JsonSchema {
  return { 'application/problem+json': { schema } }
}

export const problemReference: JsonSchema = { $ref: '#/components/schemas/Problem' }

/** Responses that every operation may give. */
export const sharedResponses: Readonly<Record<string, JsonSchema>> = {
  Invalid: {
    description: 'The request does not fit: its body, its parameters or its headers.',
    content: problemContent(problemReference),
  },
  KeyReused: {
    description: 'The key, or the id, was used before for another request.',
    content: problemContent(problemReference),
  },
  Problem: {
    description: 'The request was not carried out.',
    content: problemContent(problemReference),
  },
}

import type { StandardSchemaV1 } from '@standard-schema/spec'

/** Any schema that speaks Standard Schema (https://standardschema.dev): zod, valibot, arktype and others. */
export type Schema<Input = unknown, Output = Input> = StandardSchemaV1<Input, Output>

/** What a caller may hand to a schema. */
export type InputOf<S> = S extends StandardSchemaV1<infer Input, unknown> ? Input : never

/** What a schema gives after checking. */
export type OutputOf<S> = S extends StandardSchemaV1<unknown, infer Output> ? Output : never

/** One reason why a value does not fit, with the path of the field. */
export interface SchemaIssue {
  readonly path: string
  readonly message: string
}

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly issues: readonly SchemaIssue[] }

/** Issues beyond this number are not reported: a hostile input could have a million of them. */
export const schemaIssuesMax = 20

/**
 * Checks `value` against `schema`.
 *
 * Answers at once when the schema does, and with a promise when the schema is asynchronous.
 */
export function checkSchema<S extends Schema>(
  schema: S,
  value: unknown,
): Checked<OutputOf<S>> | Promise<Checked<OutputOf<S>>> {
  const result = schema['~standard'].validate(value)
  if (result instanceof Promise) return result.then((late) => toChecked<OutputOf<S>>(late))
  return toChecked(result)
}

function toChecked<T>(result: StandardSchemaV1.Result<unknown>): Checked<T> {
  // Why the cast: Standard Schema promises that a result without issues holds the output type.
  if (!result.issues) return { ok: true, value: result.value as T }
  return { ok: false, issues: result.issues.slice(0, schemaIssuesMax).map(renderIssue) }
}

function renderIssue(issue: StandardSchemaV1.Issue): SchemaIssue {
  const path = (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part))
  return { path: path.join('.'), message: issue.message }
}

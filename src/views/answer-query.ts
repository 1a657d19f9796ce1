import type { QuerySpec } from '../language/contract.ts'
import { DureError, messageOf } from '../language/errors.ts'
import type { Outcome, Query, Rejection } from '../language/message.ts'
import { checkSchema } from '../language/schema.ts'
import type { View } from '../language/view.ts'
import type { Store } from '../log/store.port.ts'
import { invalidInput } from '../runtime/execute.ts'
import { createReader } from './reader.ts'
import type { QueryOptions } from '../runtime/running-system.port.ts'
import type { ServiceModel } from '../runtime/service-model.ts'

export interface AnswerOptions {
  readonly model: ServiceModel
  readonly store: Store
  readonly viewName: (view: View) => string
}

/**
 * Answers a query of the service.
 *
 * @throws `QUERY_UNKNOWN`, `QUERY_INPUT_INVALID`, `QUERY_FAILED`.
 */
export async function answerQuery(
  options: AnswerOptions,
  query: Query,
  asked: QueryOptions,
): Promise<Outcome> {
  const { model } = options
  const handler = model.service.queries[query.type]
  const spec = model.service.contract.$spec.queries?.[query.type.slice(model.name.length + 1)]
  if (!handler || !spec) {
    throw new DureError('QUERY_UNKNOWN', `Service "${model.name}" does not answer ${query.type}.`)
  }
  const checking = checkSchema(spec.input, query.data)
  const checked = checking instanceof Promise ? await checking : checking
  if (!checked.ok) throw invalidInput('QUERY_INPUT_INVALID', query.type, checked.issues)
  // Whoever names what has to be there is answered by who has it for certain.
  const mayBeLate = asked.token === undefined
  const read = createReader({ ...options, service: model.name, types: model.types, mayBeLate })
  const context = { read, reject: rejecterOf(spec), actor: asked.actor, tenant: asked.tenant }
  try {
    const given = await handler(checked.value, context)
    return isRejection(given)
      ? { ok: false, rejected: given.rejected, data: given.data }
      : { ok: true, output: given }
  } catch (cause) {
    if (cause instanceof DureError) throw cause
    throw new DureError('QUERY_FAILED', `Answering ${query.type} failed: ${messageOf(cause)}.`, {
      cause,
    })
  }
}

const rejecters = new WeakMap<QuerySpec, Readonly<Record<string, (data: unknown) => Rejection>>>()

function rejecterOf(spec: QuerySpec): Readonly<Record<string, (data: unknown) => Rejection>> {
  const known = rejecters.get(spec)
  if (known) return known
  const make =
    (rejected: string) =>
    (data: unknown): Rejection => ({ kind: 'rejection', rejected, data })
  const made = Object.fromEntries(Object.keys(spec.rejects ?? {}).map((name) => [name, make(name)]))
  rejecters.set(spec, made)
  return made
}

function isRejection(given: unknown): given is Rejection {
  return (
    typeof given === 'object' && given !== null && 'kind' in given && given.kind === 'rejection'
  )
}

import { DureError, messageOf } from '../../language/errors.ts'
import { fingerprint } from '../../log/fingerprint.ts'
import type { GroupCommit, Settled } from '../../log/group-commit.ts'
import type { EntryMeta, LogStore } from '../../log/store.port.ts'
import type { Draft } from '../../runtime/draft.ts'
import type { Workspace } from '../../runtime/workspace.ts'
import type { SagaIntervening } from '../coordinator.ts'
import type { SagaEngines } from '../saga-engines.ts'
import type { SagaOrder, SagaState, SagaStatus } from '../saga-state.ts'
import type { SagaIntervened, SagaRequest } from './saga-operations.ts'

/** How often an intervention is decided anew because something else was first. */
export const interveneAttemptsMax = 20

/** The part of the service that keeps the instance. */
export interface Keeper {
  readonly engines: Pick<SagaEngines, 'intervene'>
  readonly workspace: Workspace
  readonly group: GroupCommit
  readonly store: LogStore
}

/** A request with its command id. */
export type NamedRequest = SagaRequest & { readonly id: string }

/** What the store keeps under the command id. */
interface Kept {
  readonly status: SagaStatus
  readonly print: string
}

/** Does something to an instance as one commit under its command id. */
export async function interveneDurably(
  keeper: Keeper,
  request: NamedRequest,
): Promise<SagaIntervened> {
  const print = printOf(request)
  const build = (draft: Draft): SagaState => {
    const state = buildIntervention(keeper.engines, draft, request)
    const kept: Kept = { status: state.status, print }
    draft.identity = { id: request.id, fingerprint: print, result: JSON.stringify(kept) }
    return state
  }
  const before = await keptOf(keeper, request.id)
  if (before) return repeatedAnswer(request, before, print)
  for (let attempt = 0; attempt < interveneAttemptsMax; attempt += 1) {
    const answer = await tryOnce(keeper, { request, print, build })
    if (answer) return answer
  }
  throw new DureError(
    'COMMAND_CONFLICT',
    `Others were first each time saga ${request.saga} of key "${request.key}" was changed. Try again.`,
  )
}

/** Puts the intervention into a draft. @throws `SAGA_*`. */
export function buildIntervention(
  engines: Keeper['engines'],
  draft: Draft,
  request: NamedRequest,
): SagaState {
  const { saga, key, id, by } = request
  const correlation = `${saga}/${key}`
  const meta: EntryMeta = { command: id, correlation, ...(by !== undefined && { actor: by }) }
  return engines.intervene(draft, { saga, key, intervention: interventionOf(request), meta })
}

function interventionOf(request: SagaRequest): SagaIntervening['intervention'] {
  const { reason, by } = request
  return { ...orderOf(request), reason, ...(by !== undefined && { by }) }
}

function orderOf(request: SagaRequest): SagaOrder {
  if (request.act !== 'resolve') return { act: request.act }
  if ('as' in request) return { act: 'resolve', as: request.as }
  const { step, output } = request
  return { act: 'resolve', step, ...(output !== undefined && { output }) }
}

interface Attempt {
  readonly request: NamedRequest
  readonly print: string
  readonly build: (draft: Draft) => SagaState
}

/** Undefined: something else was first, and it has to be decided anew. */
async function tryOnce(keeper: Keeper, attempt: Attempt): Promise<SagaIntervened | undefined> {
  const { request, print, build } = attempt
  try {
    const { value, settled } = await keeper.workspace.submit(build)
    return await answerOf(keeper, { ...attempt, state: value, settled: await settled })
  } catch (thrown) {
    // Trap: the same request may be on its way already. What refuses it now is then what it did itself.
    const isRefusal = thrown instanceof DureError && thrown.code.startsWith('SAGA_')
    if (!isRefusal) throw asDecisionError(request, thrown)
    await new Promise<void>((resolve) => keeper.group.submit({}, () => resolve()))
    const kept = await keptOf(keeper, request.id)
    if (kept) return repeatedAnswer(request, kept, print)
    throw thrown
  }
}

async function answerOf(
  keeper: Keeper,
  { request, print, state, settled }: Attempt & { state: SagaState; settled: Settled },
): Promise<SagaIntervened | undefined> {
  switch (settled.kind) {
    case 'committed':
      return { id: request.id, repeated: false, status: state.status }
    case 'failed':
      throw settled.error
    case 'conflict':
      return undefined
    default: {
      const kept = await keptOf(keeper, request.id)
      return kept && repeatedAnswer(request, kept, print)
    }
  }
}

async function keptOf({ store }: Keeper, id: string): Promise<Kept | undefined> {
  const text = (await store.results([id])).get(id)
  // Why the cast: of a command of another kind there is no print, and so it is refused.
  return text === undefined ? undefined : ((JSON.parse(text) ?? {}) as Kept)
}

function repeatedAnswer({ id }: NamedRequest, kept: Kept, print: string): SagaIntervened {
  if (kept.print === print) return { id, repeated: true, status: kept.status }
  throw new DureError(
    'COMMAND_ID_REUSED',
    `Command id "${id}" was used before for something else. Use a new id.`,
    { details: { id } },
  )
}

function printOf(request: NamedRequest): string {
  const { saga, key } = request
  return fingerprint(JSON.stringify(['intervene', saga, key, interventionOf(request)]))
}

/** The saga's own code may fail with what an operator gave it. */
export function asDecisionError({ saga, key, act }: SagaRequest, thrown: unknown): unknown {
  if (thrown instanceof DureError) return thrown
  return new DureError(
    'COMMAND_DECISION_FAILED',
    `The code of saga ${saga} failed when it was to ${act} key "${key}": ${messageOf(thrown)}. Nothing was changed.`,
    { cause: thrown },
  )
}

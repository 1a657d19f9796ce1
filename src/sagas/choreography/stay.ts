// A saga while it is at a service, and on whose behalf that service tells others.
import type { Saga } from '../../language/saga/saga-plan.ts'
import type { EntryMeta } from '../../log/store.port.ts'
import type { TokenWalk } from './token-walk.ts'
import type { SagaMail, SagaToken } from './token.ts'

/** A token at this service, and what to note of everything that it leads to. */
export interface Stay {
  readonly walk: TokenWalk
  readonly token: Pick<SagaToken, 'from' | 'run'>
  readonly meta: EntryMeta
}

/** On whose behalf something is told. */
export interface Sender {
  readonly name: string
  readonly key: string
  readonly run: string
  readonly meta: EntryMeta
}

/** What all who take part are told. */
export interface Notice {
  readonly saga: Saga
  readonly key: string
  readonly mail: Extract<SagaMail, { kind: 'stop' | 'forget' }>
  readonly meta: EntryMeta
}

export function senderOf({ walk, token, meta }: Stay): Sender {
  const { saga: name, key } = walk.state
  return { name, key, run: token.run, meta }
}

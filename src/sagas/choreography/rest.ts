// A saga rests where a step was rejected that is to be sent again: its token is kept in the timer that wakes it.
import type { Draft } from '../../runtime/draft.ts'
import { setTokenTimer } from '../saga-timers.ts'
import type { Stay } from './stay.ts'
import { tokenOf } from './mail.ts'
import type { SagaMail, TokenSend } from './token.ts'

/** Keeps a token until the first of its steps is due. What else is to be sent waits with it. */
export function rest(draft: Draft, { walk, token }: Stay, sends: readonly TokenSend[]): void {
  const { state, forks, dues } = walk
  const resting = tokenOf(token, { state, forks, rest: sends, sentAtMs: draft.atMs }, undefined)
  const [first] = Object.entries(dues).toSorted(([, one], [, other]) => one - other)
  if (!first) return
  const [step, atMs] = first
  const mail = JSON.stringify({ kind: 'resting', token: resting, dues } satisfies SagaMail)
  setTokenTimer(draft, { name: state.saga, key: state.key, step, mail }, atMs)
}

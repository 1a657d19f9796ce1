// The ways of a saga that went several ways at once, as they come to the service of the step behind them.
import type { Saga } from '../../language/saga/saga-plan.ts'
import type { Draft } from '../../runtime/draft.ts'
import { TokenWalk } from './token-walk.ts'
import type { SagaToken, TokenFork, TokenInput } from './token.ts'

const joinView = '$saga-joins'

/** The ways that have come so far. */
interface Join {
  /** The first of them, with the state that it had. */
  readonly token: SagaToken
  readonly came: number
  /** What has happened on the others. */
  readonly others: readonly TokenInput[]
  /** What has turned the saga back, way by way. */
  readonly pending: readonly (readonly TokenInput[])[]
}

/** A way that has come. */
interface Way {
  readonly token: SagaToken
  /** What has turned the saga back. */
  readonly pending: readonly TokenInput[]
}

/** Takes a way that has come. Gives the whole when it was the last one. */
export function joinWay(draft: Draft, saga: Saga, way: Way): TokenWalk | undefined {
  const { saga: name, key } = way.token.state
  const fork = way.token.forks.at(-1)
  const place = `${name}/${key}/${fork?.id}`
  const [change] = draft.documents(joinView, [place])
  if (!change || !fork) return undefined
  // Why the cast: this file alone writes these documents.
  const join = joined(change.value as Join | undefined, way, fork)
  const isWhole = join.came === fork.ways
  draft.write(change, isWhole ? undefined : join)
  return isWhole ? putTogether(draft, saga, join) : undefined
}

function joined(known: Join | undefined, { token, pending }: Way, { inputs }: TokenFork): Join {
  const turned = pending.length > 0 ? [pending] : []
  if (!known) return { token, came: 1, others: [], pending: turned }
  return {
    token: known.token,
    came: known.came + 1,
    others: [...known.others, ...inputs],
    pending: [...known.pending, ...turned],
  }
}

/**
 * Puts the ways together: first all that went well, then what has turned the saga back.
 *
 * Trap: in this order. What was done on another way after this one turned back would not be known, and never undone.
 */
function putTogether(draft: Draft, saga: Saga, { token, others, pending }: Join): TokenWalk {
  const own = token.forks.at(-1)?.inputs ?? []
  const walk = new TokenWalk(
    saga,
    { state: token.state, forks: token.forks.slice(0, -1) },
    draft.atMs,
  )
  walk.note(own)
  for (const input of others) walk.take(input)
  for (const [turn] of pending) if (turn) walk.take(turn)
  for (const turned of pending) for (const input of turned.slice(1)) walk.take(input)
  return walk
}

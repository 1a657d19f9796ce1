import type { ParkedMessage } from '../../../log/store.port.ts'
import type { AppliedCommit } from '../../world/ledger.ts'
import type { JudgeMaker } from '../judge.ts'
import { firstOf } from './first-of.ts'

/** Nothing is parked in a system of which nobody has said that it may be. */
export const judgeParked: JudgeMaker = ({ mayPark }) => ({
  name: 'nothing is parked',
  hasLooked: () => !mayPark,
  applied({ service, commit }) {
    const first = mayPark ? undefined : commit.park?.[0]
    if (!first) return undefined
    return `${first.id} of ${service} was parked with ${first.code}: ${first.reason}`
  },
})

/**
 * What waits behind a parked message of its key is released with that: behind nothing it would wait for ever.
 *
 * A process that has its store for itself may do so while it redrives: it looks for what came in between.
 */
export const judgeParkedBehind: JudgeMaker = ({ isShared }) => {
  let hasLooked = false
  return {
    name: 'nothing is parked behind nothing',
    hasLooked: () => hasLooked,
    applied: (applied) =>
      firstOf(applied.commit.park, (parked) => {
        if (!isShared || parked.code !== 'PARKED_ORDER') return undefined
        hasLooked = true
        if (isBehindAny(applied, parked)) return undefined
        return `${parked.id} of ${applied.service} was parked behind others of "${parked.key}", and there is none.`
      }),
  }
}

function isBehindAny({ ledger, commit }: AppliedCommit, parked: ParkedMessage): boolean {
  const isOther = ({ id, consumer, key }: ParkedMessage): boolean =>
    id !== parked.id && consumer === parked.consumer && key === parked.key
  for (const each of commit.park ?? []) if (isOther(each)) return true
  for (const each of ledger.parked.values())
    if (isOther(each) && !commit.unpark?.includes(each.id)) return true
  return false
}

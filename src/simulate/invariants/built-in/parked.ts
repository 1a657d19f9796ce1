import type { JudgeMaker } from '../judge.ts'

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

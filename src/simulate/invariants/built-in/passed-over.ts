import type { JudgeMaker } from '../judge.ts'
import { untakenOf } from './untaken.ts'

/** When nothing is left to do, every reader has taken everything that is for it. */
export const judgePassedOver: JudgeMaker = (context) => {
  const untaken = untakenOf(context)
  return {
    name: 'no reader leaves behind what is for it',
    atRest: () =>
      context.system.services.flatMap(({ name }) =>
        Array.from(untaken(name), (left) => `${left}.`),
      ),
  }
}

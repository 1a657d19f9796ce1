// What every world is judged by, without being asked: the promises of DESIGN.md, section 3.
import { judgeAnswers } from './built-in/answers.ts'
import { judgePublished } from './built-in/broker.ts'
import { judgeCursors, judgeDocuments, judgeUnparked } from './built-in/cells.ts'
import { judgeEffects } from './built-in/command-ids.ts'
import { judgePositions, judgeStreams } from './built-in/log.ts'
import { judgeTimers } from './built-in/timers.ts'
import type { JudgeMaker } from './judge.ts'

/** The judges of every world. They look at what was committed and published, never at what a service says of itself. */
export const builtInJudges: readonly JudgeMaker[] = [
  judgePositions,
  judgeStreams,
  judgeDocuments,
  judgeCursors,
  judgeEffects,
  judgeAnswers,
  judgePublished,
  judgeTimers,
  judgeUnparked,
]

// What every world is judged by, without being asked: the promises of DESIGN.md, section 3.
import { judgeAnswers } from './built-in/answers.ts'
import { judgePublished } from './built-in/broker.ts'
import { judgeCursors, judgeDocuments, judgeUnparked } from './built-in/cells.ts'
import { judgeEffects } from './built-in/command-ids.ts'
import { judgePositions, judgeStreams } from './built-in/log.ts'
import { judgeHandled } from './built-in/handled.ts'
import { judgeIdle } from './built-in/idle.ts'
import { judgeOrder } from './built-in/order.ts'
import { judgeParked, judgeParkedBehind } from './built-in/parked.ts'
import { judgePassedOver } from './built-in/passed-over.ts'
import { judgeCommutative } from './sagas/judge-commutative.ts'
import { judgeLocks } from './sagas/judge-locks.ts'
import { judgeSagas } from './sagas/judge-sagas.ts'
import { judgeStates } from './built-in/states.ts'
import { judgeTimers } from './built-in/timers.ts'
import { judgeViews } from './built-in/views.ts'
import type { JudgeMaker } from './judge.ts'

/** The judges of every world. They look at what was committed and published; what a process says of itself is held against that. */
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
  judgeParked,
  judgeParkedBehind,
  judgeHandled,
  judgeOrder,
  judgePassedOver,
  judgeSagas,
  judgeLocks,
  judgeCommutative,
  judgeIdle,
  judgeViews,
  judgeStates,
]

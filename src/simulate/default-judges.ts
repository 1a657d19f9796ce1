import { builtInJudges } from './invariants/built-in.ts'
import type { JudgeMaker } from './invariants/judge.ts'

/** Who judges every world without being asked. */
export const defaultJudges: readonly JudgeMaker[] = builtInJudges

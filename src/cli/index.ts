export { type RunOptions, runSystem, type SystemRun } from './run-system.ts'
export type { RunReport } from './running/run-report.ts'

export * from './language/index.ts'
export { type RunningSystem, type StartOptions, startSystem } from './runtime/index.ts'

export { type FaultName, faultNames } from './faults/catalogue.ts'
export type { Facts, Operation, RecordedEvent } from './invariants/facts.ts'
export { replay } from './replay.ts'
export {
  type Action,
  action,
  always,
  atEnd,
  type Called,
  eventually,
  type Finding,
  type Invariant,
  type Scenario,
  type ScenarioOptions,
  type SimulatedClient,
  scenario,
  sometimes,
  spot,
  type Twin,
  type Watch,
  watch,
  type WrittenDocument,
} from './scenario.ts'
export type { BatchReport, Verdict } from './search/report.ts'
export type { FoundViolation } from './search/tally.ts'
export { simulate, type SimulateOptions } from './simulate.ts'
export type { Chance } from './world/chance.ts'
export type { WorldCase, WorldResult } from './world/world-result.ts'

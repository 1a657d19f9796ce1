export type { Clock } from './clock.port.ts'
export { type CarriedBrokerOptions, carriedBroker } from '../messaging/carried/carried-broker.ts'
export type { Carrier } from '../messaging/carried/carrier.port.ts'
export type {
  CallOptions,
  CommandAnswer,
  ConsistencyToken,
  IdleReport,
  InterventionPreview,
  Operations,
  ParkedSummary,
  QueryOptions,
  RebuildProgress,
  RedrivePreview,
  RunningSystem,
  ServiceIdle,
  ServiceStatus,
  StatusReport,
} from './running-system.port.ts'
export { type RuntimeReport, type StartOptions, startSystem } from './start-system.ts'

export { brokerContract } from './contracts/broker.contract.ts'
export type { BrokerSubject } from './contracts/broker/post-office.ts'
export { carrierContract, type CarrierSubject } from './contracts/carrier.contract.ts'
export { clockContract, type ClockSubject } from './contracts/clock.contract.ts'
export { layoutContract } from './contracts/layout.contract.ts'
export { storeContract, type StoreContractOptions } from './contracts/store.contract.ts'
export {
  type ContractRun,
  type ContractRunner,
  type PortContract,
  type PortPromise,
  verifyContract,
} from './contracts/verify-contract.ts'
export {
  type ExploreSagaOptions,
  exploreSaga,
  type SagaExploration,
  type SentCommand,
} from './explore-saga.ts'
export {
  differential,
  type DifferentialOptions,
  type VerdictCounts,
} from './differential.ts'
export type {
  CommandFacts,
  GivenAggregate,
  ThenDecided,
  WhenDecided,
} from './given/given-aggregate.ts'
export type { GivenPolicy, WhenOrdered } from './given/given-policy.ts'
export { accepted, type GivenSaga, rejected } from './given/given-saga.ts'
export type { GivenCall, GivenSystem, GivenSystemOptions } from './given/given-system.ts'
export type { GivenView } from './given/given-view.ts'
export type { GivenPast } from './given/past.ts'
export type { EventFacts, GivenEvent } from './given/recorded.ts'
export { given } from './given.ts'
export { untilIdle } from './until-idle.ts'

export type {
  Aggregate,
  DecideContext,
  Decision,
  PrepareContext,
  TypedAggregate,
} from './aggregate.ts'
export { aggregate } from './aggregate.ts'
export type {
  AnyCommandType,
  AnyContract,
  AnyEventType,
  AnyQueryType,
  CommandType,
  Contract,
  ContractSpec,
  EventType,
  QueryType,
  VersionedEvent,
} from './contract.ts'
export { contract } from './contract.ts'
export type { ErrorCode, ErrorEntry, ErrorKind, RetryAdvice } from './errors.ts'
export { DureError, errorCatalogue } from './errors.ts'
export type {
  ComposedRoute,
  Gateway,
  Method,
  OperationRoute,
  Route,
  RouteAnswer,
  RouteCalls,
  RouteOutcome,
  RouteRequest,
  RouteResponse,
} from './gateway.ts'
export { composed, gateway, route } from './gateway.ts'
export { maybe } from './maybe.ts'
export type { Accepted, Command, Event, EventMeta, Outcome, Query, Rejection } from './message.ts'
export type { Policy } from './policy.ts'
export { policy } from './policy.ts'
export type { AnyPort, Port, PortAdapter, PortBinding, PortCall, PortClient } from './port.ts'
export { bind, port } from './port.ts'
export type { SagaAfter, SagaBefore } from './saga/saga.ts'
export { saga } from './saga/saga.ts'
export type { Saga, SagaFailure, SagaNode } from './saga/saga-plan.ts'
export type { InputOf, OutputOf, Schema } from './schema.ts'
export type { Reader, Service } from './service.ts'
export { service } from './service.ts'
export type { ChoreographedSaga, OrchestratedSaga, System, SystemSaga } from './system.ts'
export { choreographed, orchestrated, system } from './system.ts'
export type { TypedView, View, ViewMeta } from './view.ts'
export { view } from './view.ts'

export { type MemoryBrokerLimits, type MemoryBrokerOptions, memoryBroker } from './broker.ts'
export {
  type MemoryMessageServer,
  type MemoryServerOptions,
  memoryMessageServer,
} from './carrier.ts'
export { type VirtualClock, virtualClock } from './clock.ts'
export { type MemoryStores, type MemoryStoresOptions, memoryStores } from './store.ts'

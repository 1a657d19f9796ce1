export { type NatsCarrierOptions, natsCarrier } from './carrier.ts'
export type { NatsStreamOptions } from './jetstream.ts'

export { type RabbitCarrierOptions, rabbitCarrier } from './carrier.ts'
export type { RabbitStreamOptions } from './streams.ts'

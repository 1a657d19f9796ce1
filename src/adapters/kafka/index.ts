export { type KafkaCarrierOptions, kafkaCarrier } from './carrier.ts'
export { type KafkaPlace, parseKafkaUrl } from './place.ts'
export type { KafkaTopicOptions } from './topics.ts'

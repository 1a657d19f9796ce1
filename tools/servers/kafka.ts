import { findProgram, type WantedServer } from './bring-package.ts'

/** Points to a Kafka cluster for tests, in place of private ones: kafka://host:9092. */
export const kafkaVariable = 'DURE_TEST_KAFKA_URL'

/** The program whose library can simulate a Kafka cluster: Debian has no server of Kafka. */
export function findKcat(): string | undefined {
  return findProgram('kcat')
}

export const debianKcat: WantedServer = {
  name: 'Kafka simulated by kcat',
  find: findKcat,
  packages: ['kcat'],
}

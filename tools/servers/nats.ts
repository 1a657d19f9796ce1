import { findProgram, type WantedServer } from './bring-package.ts'

/** Points to a NATS server with JetStream for tests, in place of private ones. */
export const natsVariable = 'DURE_TEST_NATS_URL'

/** The NATS server that is installed. */
export function findNats(): string | undefined {
  return findProgram('nats-server')
}

export const debianNats: WantedServer = {
  name: 'NATS',
  find: findNats,
  packages: ['nats-server'],
}

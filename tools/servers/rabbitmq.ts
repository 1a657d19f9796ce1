import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { WantedServer } from './bring-package.ts'

/** Points to a RabbitMQ server for tests, in place of private ones: a URL of a user who may make queues. */
export const rabbitVariable = 'DURE_TEST_RABBITMQ_URL'

const libraries = '/usr/lib/rabbitmq/lib'

/** The program of the RabbitMQ server that is installed: the script itself, not the one that changes the user. */
export function findRabbit(): string | undefined {
  if (!existsSync(libraries)) return undefined
  return readdirSync(libraries)
    .map((name) => join(libraries, name, 'sbin', 'rabbitmq-server'))
    .find((path) => existsSync(path))
}

export const debianRabbit: WantedServer = {
  name: 'RabbitMQ',
  find: findRabbit,
  packages: ['rabbitmq-server'],
}

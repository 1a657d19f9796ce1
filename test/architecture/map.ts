/** The rooms of `src`, as DESIGN describes them. A folder that is not here does not exist. */
export const capabilities: ReadonlySet<string> = new Set([
  'graph',
  'log',
  'messaging',
  'sagas',
  'views',
  'calls',
  'gateway',
  'observe',
  'refactor',
  'simulate',
  'deploy',
  'runtime',
])

/** What an adapter can be for: the folders of `src/adapters`. */
export const technologies: ReadonlySet<string> = new Set([
  'memory',
  'sqlite',
  'postgres',
  'nats',
  'rabbitmq',
  'kafka',
  'http',
  'kubernetes',
  'otlp',
  'node',
  'elk',
])

/**
 * Packages that a room may load, besides the types of Standard Schema. Adapters and the command line may load
 * any that package.json declares: that is what they are for.
 */
export const packagesOfRooms: Readonly<Record<string, readonly string[]>> = {}

/** The interface through which every validator comes: types, nothing that runs. */
export const schemaTypes = '@standard-schema/spec'

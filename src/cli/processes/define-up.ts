import { Command, Option } from 'commander'
import { readSettings } from '../config/read-settings.ts'
import type { Settings } from '../config/settings.ts'
import { withExamples } from '../describe-command.ts'
import { configOption, jsonOption, parsePort, systemArgument } from '../options.ts'

interface Options {
  readonly config?: string
  readonly data?: string
  readonly port?: number
  readonly host?: string
  readonly scale?: string
  readonly json?: boolean
}

/** `dure up`: runs a system as supervised processes. */
export function defineUp(): Command {
  const command = new Command('up')
    .summary('run a system as supervised processes behind one address')
    .description(
      'Runs each service of a system in processes of its own, and its gateway in others, all on this machine. A process that ends is started again, calls wait for it meanwhile; the gateway has one address, whichever of its processes answers. Services follow each other through feeds of their logs. dure ps shows the processes, dure scale changes how many there are, dure roll replaces them one by one by new code. Ctrl-C stops all; a second Ctrl-C ends them at once, and nothing that was answered is lost even then.',
    )
    .argument(...systemArgument)
    .addOption(configOption())
    .option('--data <folder>', 'folder of the data')
    .addOption(
      new Option('--port <number>', 'port of the gateway, 0 for any that is free').argParser(
        parsePort,
      ),
    )
    .option('--host <address>', 'address of the gateway; only this machine reaches it without')
    .option('--scale <list>', 'processes of services and of the gateway, such as gateway=2')
    .addOption(jsonOption())
    .action(up)
  return withExamples(command, [
    { line: 'dure up system.ts', says: 'one process for each service and one for the gateway' },
    { line: 'dure up system.ts --scale gateway=1..4', says: 'as many for the gateway as it needs' },
    { line: 'dure up system.ts --config production.json', says: 'with settings of a file' },
  ])
}

async function up(path: string, options: Options): Promise<void> {
  const { config, data, port, host, scale, json = false } = options
  const given = { data, port, host, replicas: scale }
  const { values } = readSettings({ environment: process.env, file: config, options: given })
  const { loadSystem } = await import('../loading/load-system.ts')
  const { runFleet } = await import('./run-fleet.ts')
  const { system } = await loadSystem(path)
  await runFleet({
    system,
    settings: values,
    json,
    member: (services, hasGateway) =>
      memberArguments({ path, config, settings: values, services, hasGateway }),
  })
}

interface MemberCall {
  readonly path: string
  readonly config: string | undefined
  readonly settings: Settings
  readonly services: readonly string[]
  readonly hasGateway: boolean
}

/** What the program is called with to be a process of the system: see `define-start.ts`. The environment is the same. */
function memberArguments(call: MemberCall): readonly string[] {
  const { path, config, settings, services, hasGateway } = call
  const gateway = hasGateway ? ['--gateway'] : []
  const file = config === undefined ? [] : ['--config', config]
  return ['start', path, ...services, ...gateway, ...file, '--data', settings.data, '--supervised']
}

import { Command, Option } from 'commander'
import { DureError } from '../../language/errors.ts'
import type { System } from '../../language/system.ts'
import { readSettings } from '../config/read-settings.ts'
import type { Settings } from '../config/settings.ts'
import { withExamples } from '../describe-command.ts'
import { configOption, jsonOption, parsePort, systemArgument } from '../options.ts'

interface Options {
  readonly config?: string
  readonly data?: string
  readonly gateway?: boolean
  readonly port?: number
  readonly host?: string
  readonly peers?: string
  readonly peerPort?: number
  readonly peerHost?: string
  readonly supervised?: boolean
  readonly json?: boolean
}

/** `dure start`: runs some services of a system in this process. */
export function defineStart(): Command {
  const port = (flags: string, says: string): Option => new Option(flags, says).argParser(parsePort)
  const command = new Command('start')
    .summary('run one service of a system, or its gateway, in this process')
    .description(
      'Runs one or several services of a system in this process. The others run elsewhere: --peers says where. Processes prove to each other that they belong together with a secret of at least 16 characters, the same for all: DURE_PEER_SECRET, or DURE_PEER_SECRET_FILE for a file that holds it. Services are ready once they know the logs that they follow. SIGTERM stops the process; nothing that was answered is lost.',
    )
    .argument(...systemArgument)
    .argument('[services...]', 'services that run in this process')
    .option('--gateway', 'serve the gateway of the system too')
    .addOption(configOption())
    .option('--data <folder>', 'folder of the data')
    .addOption(port('--port <number>', 'port of the gateway, 0 for any that is free'))
    .option('--host <address>', 'address of the gateway; only this machine reaches it without')
    .option('--peers <list>', 'where other services are, such as stock=http://127.0.0.1:7070')
    .addOption(port('--peer-port <number>', 'port at which other processes ask this one'))
    .option('--peer-host <address>', 'address at which other processes ask this one')
    .addOption(jsonOption())
    .addOption(new Option('--supervised').hideHelp())
    .action(start)
  return withExamples(command, [
    { line: 'dure start system.ts order', says: 'the service "order"' },
    {
      line: 'dure start system.ts stock --peer-port 7070 --peers order=http://127.0.0.1:7071',
      says: 'the service "stock", which others reach at port 7070',
    },
    {
      line: 'dure start system.ts --gateway --peers stock=http://127.0.0.1:7070',
      says: 'the gateway alone',
    },
  ])
}

async function start(path: string, services: readonly string[], options: Options): Promise<void> {
  const { gateway = false, json = false } = options
  const values = settingsOf(options)
  if (options.supervised) {
    const { runMember } = await import('./member-process.ts')
    await runMember(path, { services, hasGateway: gateway, settings: values })
    return
  }
  if (services.length === 0 && !gateway)
    throw new DureError('CLI_USAGE', 'Name the services that run in this process, or --gateway.')
  const { loadSystem } = await import('../loading/load-system.ts')
  const { runAlone } = await import('./run-alone.ts')
  const { system } = await loadSystem(path)
  assertServices(system, services)
  await runAlone(system, { services, hasGateway: gateway, settings: values, json })
}

function settingsOf(options: Options): Settings {
  const { config, data, port, host, peers, peerPort, peerHost } = options
  const given = { data, port, host, peers, peerPort, peerHost }
  return readSettings({ environment: process.env, file: config, options: given }).values
}

function assertServices({ name, services }: System, asked: readonly string[]): void {
  const names = services.map((service) => service.name)
  const unknown = asked.find((each) => !names.includes(each))
  if (unknown === undefined) return
  throw new DureError(
    'CLI_USAGE',
    `System "${name}" has no service "${unknown}". It has: ${names.join(', ')}.`,
  )
}

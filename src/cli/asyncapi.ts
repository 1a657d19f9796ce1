import { Command, Option } from 'commander'
import { asyncApi, type BrokerName, brokerNames } from '../gateway/index.ts'
import { DureError } from '../language/errors.ts'
import { allNames, type System } from '../language/system.ts'
import { withExamples } from './describe-command.ts'
import { loadSystem } from './loading/load-system.ts'
import { systemArgument } from './options.ts'
import { printNote } from './terminal.ts'
import { writeOutput } from './write-output.ts'

interface Options {
  readonly broker: BrokerName
  readonly service?: string
  readonly host?: string
  readonly out?: string
}

/** `dure asyncapi`: the messages of a system as an AsyncAPI document. */
export function defineAsyncApi(): Command {
  const command = new Command('asyncapi')
    .summary('describe the messages of a system')
    .description(
      'Writes an AsyncAPI 3.0 document: the log of each service as a channel, its events, commands and replies with their schemas, and who sends and takes them.',
    )
    .argument(...systemArgument)
    .addOption(
      new Option('--broker <broker>', 'what carries the messages')
        .choices(brokerNames)
        .default('feeds'),
    )
    .option('--service <name>', 'only what this service writes and takes')
    .option('--host <host>', 'where the broker is, or the service that is followed')
    .option('--out <file>', 'write into this file instead of standard output')
    .action(writeAsyncApi)
  return withExamples(command, [
    { line: 'dure asyncapi system.ts --out asyncapi.json', says: 'the messages of a system' },
    {
      line: 'dure asyncapi system.ts --broker nats --host nats.example.com:4222',
      says: 'with their subjects',
    },
    {
      line: 'dure asyncapi system.ts --service postage',
      says: 'what a participant in another language has to do',
    },
  ])
}

async function writeAsyncApi(path: string, { out, ...options }: Options): Promise<void> {
  const { system } = await loadSystem(path)
  assertService(system, options.service)
  const content = `${JSON.stringify(asyncApi(system, options), null, 2)}\n`
  if (out === undefined) process.stdout.write(content)
  else {
    writeOutput(out, content)
    printNote(`Wrote ${out}.`)
  }
}

function assertService(system: System, asked: string | undefined): void {
  const names = allNames(system)
  if (asked === undefined || names.includes(asked)) return
  throw new DureError(
    'CLI_USAGE',
    `System "${system.name}" has no service "${asked}". It has: ${names.join(', ')}.`,
  )
}

// `dure ps`, `dure scale` and `dure roll`: what a supervisor is asked.
import { Command } from 'commander'
import { type RemoteSystem, reachSystem } from '../../adapters/node/control-client.ts'
import type { ProcessReport } from '../../calls/processes.ts'
import { DureError } from '../../language/errors.ts'
import { withExamples } from '../describe-command.ts'
import { dataOption, jsonOption } from '../options.ts'
import { print, renderAge, renderTable } from '../terminal.ts'

interface Options {
  readonly data: string
  readonly json?: boolean
}

/** `dure ps`: the processes of a system. */
export function definePs(): Command {
  const command = new Command('ps')
    .summary('show the processes of a system that dure up runs')
    .description(
      'Shows each process of a system that dure up runs, what it does, and how busy it is.',
    )
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(async (options: Options) => {
      const system = await reachSupervisor(options)
      printProcesses(await system.processes(), options)
    })
  return withExamples(command, [{ line: 'dure ps', says: 'of the system that runs on .dure' }])
}

/** `dure scale`: how many processes there are. */
export function defineScale(): Command {
  const command = new Command('scale')
    .summary('change how many processes a service or the gateway has')
    .description(
      'Starts or stops processes of services, and of the gateway. Resolves when new ones are ready, and those too many have finished what they had. A service on SQLite has one process: more are refused.',
    )
    .argument('<groups...>', 'such as gateway=2')
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(async (groups: readonly string[], options: Options) => {
      const wanted = groups.map(readGroup)
      const system = await reachSupervisor(options)
      let processes: readonly ProcessReport[] = []
      for (const [group, replicas] of wanted) processes = await system.scale(group, replicas)
      printProcesses(processes, options)
    })
  return withExamples(command, [{ line: 'dure scale gateway=2', says: 'two for the gateway' }])
}

/** `dure roll`: new processes in place of the old ones. */
export function defineRoll(): Command {
  const command = new Command('roll')
    .summary('replace processes one by one by new ones, with the code as it is now')
    .description(
      'Replaces the processes of a system one after the other by new ones, which load the code as it is now. Calls wait while a service changes over, and no request fails because of it. When the new code of a process does not run, the old one goes on, and nothing after it is replaced.',
    )
    .argument('[groups...]', 'services, or gateway; all without it')
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(async (groups: readonly string[], options: Options) => {
      const system = await reachSupervisor(options)
      let processes: readonly ProcessReport[] = []
      for (const group of groups.length === 0 ? [undefined] : groups)
        processes = await system.roll(group)
      printProcesses(processes, options)
    })
  return withExamples(command, [
    { line: 'dure roll', says: 'every process' },
    { line: 'dure roll order gateway', says: 'those of order, then those of the gateway' },
  ])
}

async function reachSupervisor({ data }: Options): Promise<RemoteSystem> {
  const system = await reachSystem(data)
  if (system) return system
  throw new DureError(
    'CLI_NOT_RUNNING',
    `No system runs on "${data}". Start it with dure up <system>, or name its folder with --data.`,
  )
}

function readGroup(text: string): readonly [group: string, replicas: number] {
  const [, group, replicas] = /^([^=]+)=(\d{1,4})$/.exec(text) ?? []
  if (group !== undefined) return [group, Number(replicas)]
  throw new DureError('CLI_USAGE', `"${text}" is no number of processes. Write it like gateway=2.`)
}

function printProcesses(processes: readonly ProcessReport[], { json }: Options): void {
  if (json) return print(JSON.stringify(processes, null, 2))
  const rows = processes.map(({ name, pid, state, busy, restarts, startedAtMs }) => {
    const age = renderAge(Date.now() - startedAtMs)
    return [name, pid, state, `${Math.round(busy * 100)} %`, restarts, age]
  })
  print(renderTable(['PROCESS', 'PID', 'STATE', 'BUSY', 'RESTARTS', 'AGE'], rows))
}

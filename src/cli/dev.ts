import { Command, Option } from 'commander'
import { withExamples } from './describe-command.ts'
import { dataOption, defaultPort, jsonOption, parsePort, systemArgument } from './options.ts'
import { renderReport, type RunReport } from './running/run-report.ts'
import type { RunOptions } from './run-system.ts'
import { print, printNote } from './terminal.ts'

interface Options {
  readonly data: string
  readonly port: number
  readonly host?: string
  readonly watch: boolean
  readonly supervised?: boolean
  readonly json?: boolean
}

/** `dure dev`: runs a system in one process. */
export function defineDev(): Command {
  const port = new Option('--port <number>', 'port of the gateway, 0 for any that is free')
  const command = new Command('dev')
    .summary('run a system in one process, and again when its code changes')
    .description(
      'Runs a system in one process: a SQLite file for each service, the gateway over HTTP. When one of its files changes, the new code is loaded beside the running system; if it loads, the old process stops and the new one starts on the same data, and if not, the reason is shown and the system goes on with the old code. Ctrl-C stops it; a second Ctrl-C ends it at once, and nothing that was answered is lost even then.',
    )
    .argument(...systemArgument)
    .addOption(dataOption())
    .addOption(port.env('PORT').default(defaultPort).argParser(parsePort))
    .option('--host <address>', 'address of the gateway; only this machine reaches it without')
    .option('--no-watch', 'run once, in this process: an error that nobody catches ends it')
    .addOption(jsonOption())
    .addOption(new Option('--supervised').hideHelp())
    .action(dev)
  return withExamples(command, [
    { line: 'dure dev system.ts', says: 'on http://localhost:8080, with its data in .dure' },
    {
      line: 'dure dev system.ts --port 0 --data /tmp/try',
      says: 'on any free port, with other data',
    },
    {
      line: 'dure dev system.ts --no-watch --host 0.0.0.0',
      says: 'for other machines, without restarts',
    },
  ])
}

/** What each way needs is loaded only then: the supervisor is a small process, and help comes at once. */
async function dev(path: string, options: Options): Promise<void> {
  if (options.supervised) {
    const { runSupervised } = await import('./running/supervised.ts')
    await runSupervised(path, runOptions(options))
  } else if (options.watch) await watchAndRun(options)
  else await runOnce(path, options)
}

async function watchAndRun({ json }: Options): Promise<void> {
  const { supervise } = await import('./running/supervisor.ts')
  const onReady = (url: string): void => {
    if (json) print(JSON.stringify({ event: 'ready', url }))
  }
  process.exit(await supervise({ childArguments: ['--supervised'], onReady }))
}

async function runOnce(path: string, options: Options): Promise<void> {
  const { loadSystem } = await import('./loading/load-system.ts')
  const { runSystem } = await import('./run-system.ts')
  const { system } = await loadSystem(path)
  const { url } = await runSystem(system, runOptions(options))
  if (options.json) print(JSON.stringify({ event: 'ready', url }))
}

function runOptions({ data, port, host, json = false }: Options): RunOptions {
  const report = (each: RunReport): void => {
    if (json) print(JSON.stringify({ event: 'report', ...each }))
    else if (each.level !== 'info') printNote(renderReport(each))
  }
  return { data, port, quiet: json, report, ...(host !== undefined && { host }) }
}

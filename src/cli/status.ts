import { Command } from 'commander'
import type { ServiceStatus, StatusReport } from '../runtime/index.ts'
import { withExamples } from './describe-command.ts'
import { dataOption, jsonOption, offlineSystemArgument } from './options.ts'
import { type Reached, withLook } from './running/reach-operations.ts'
import { print, renderAge, renderTable, style } from './terminal.ts'

interface Options {
  readonly data: string
  readonly json?: boolean
}

/** `dure status`: how a running system is. */
export function defineStatus(): Command {
  const command = new Command('status')
    .summary('show how a running system is')
    .description(
      'Shows how a running system is: logs, lags, timers, open sagas and parked messages of each service. Of one that does not run it shows what its data says; nothing goes on because of it.',
    )
    .argument(...offlineSystemArgument)
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(status)
  return withExamples(command, [
    { line: 'dure status', says: 'the system that runs on .dure' },
    { line: 'dure status --data /var/lib/shop', says: 'the system that runs on another folder' },
    { line: 'dure status system.ts', says: 'its data, also while it does not run' },
  ])
}

async function status(file: string | undefined, { data, json }: Options): Promise<void> {
  await withLook({ data, file }, async (reached) => {
    const { operations, pid, url } = reached
    const report = await operations.status()
    if (json) print(JSON.stringify({ ...report, pid, url }, null, 2))
    else print(renderStatus(report, reached))
  })
}

function renderStatus(report: StatusReport, { pid, url }: Omit<Reached, 'operations'>): string {
  const age = renderAge(Date.now() - report.startedAtMs)
  const where = url === undefined ? '' : `, gateway ${url}`
  const running = pid === undefined ? 'does not run' : `runs for ${age} in process ${pid}${where}`
  return [
    `${style('bold', report.system)} ${running}`,
    '',
    renderTable(
      ['SERVICE', 'LOG', 'COMMANDS', 'REJECTED', 'TO SEND', 'TO TAKE', 'TIMERS', 'SAGAS', 'PARKED'],
      report.services.map(rowOf),
    ),
    ...report.services.flatMap(lateViews),
    ...report.services.flatMap(unwritable),
    ...report.services.flatMap(unsent),
  ].join('\n')
}

function rowOf(service: ServiceStatus): readonly (string | number)[] {
  const { name, position, commands, rejected, relayLag, inboxLag, timers, sagasOpen, parked } =
    service
  return [name, position, commands, rejected, relayLag, inboxLag, timers, sagasOpen, parked]
}

function lateViews({ name, views }: ServiceStatus): readonly string[] {
  return views
    .filter(({ lag, rebuilding }) => lag > 0 || rebuilding)
    .map((view) => {
      const what = view.rebuilding ? 'is being rebuilt' : `is ${view.lag} entries behind`
      return `View ${view.name} of ${name} ${what}.`
    })
}

function unwritable({ name, failing }: ServiceStatus): readonly string[] {
  return failing === undefined ? [] : [`Service ${name} can write nothing now. [${failing}]`]
}

function unsent({ name, brokerFailing }: ServiceStatus): readonly string[] {
  if (brokerFailing === undefined) return []
  return [
    `What service ${name} has to send waits for the broker, and is not counted. [${brokerFailing}]`,
  ]
}

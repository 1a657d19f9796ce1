import { Command } from 'commander'
import type {
  FreedLockSummary,
  LockReport,
  LockSummary,
} from '../../sagas/isolation/operate-locks.ts'
import { withExamples } from '../describe-command.ts'
import { dataOption, jsonOption, offlineSystemArgument } from '../options.ts'
import { withLook, withOperations } from '../running/reach-operations.ts'
import { onOneLine, print, renderAge, renderTable, style } from '../terminal.ts'

interface Options {
  readonly data: string
  readonly json?: boolean
}

interface FreeOptions extends Options {
  readonly reason: string
  readonly by?: string
}

/** `dure locks`: semantic locks that sagas hold. */
export function defineLocks(): Command {
  return new Command('locks')
    .summary('look at the locks that sagas hold, and free one on purpose')
    .description(
      'A saga holds a semantic lock of an instance until its plan frees it; others are turned away, or wait. These commands show who holds which lock, and free one on purpose.',
    )
    .addCommand(defineList())
    .addCommand(defineFree())
}

function defineList(): Command {
  const command = new Command('list')
    .summary('list locks that are held')
    .description(
      'Lists locks that are held or waited for: by whom, since when, and how many commands wait. Below them: what operators have freed, and why.',
    )
    .argument(...offlineSystemArgument)
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(list)
  return withExamples(command, [
    { line: 'dure locks list', says: 'of the system that runs on .dure' },
    { line: 'dure locks list system.ts', says: 'also while it does not run' },
  ])
}

function defineFree(): Command {
  const command = new Command('free')
    .summary('free a lock on purpose')
    .description(
      'Frees a lock on purpose: whoever waits for it goes on. The saga that held it is not told, and goes on without its protection: settle or cancel the saga first where that can be done.',
    )
    .argument('<service>', 'service that keeps the lock')
    .argument('<instance>', 'aggregate and key, as "dure locks list" shows it')
    .argument('<lock>', 'name of the lock')
    .argument(...offlineSystemArgument)
    .requiredOption('--reason <text>', 'why; kept with the instance')
    .option('--by <name>', 'who decided it; kept with the instance')
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(free)
  return withExamples(command, [
    {
      line: 'dure locks free rooms room/17 booking --reason "its saga was settled by hand"',
      says: 'the next one that waits goes on',
    },
  ])
}

async function list(file: string | undefined, { data, json }: Options): Promise<void> {
  const report = await withLook({ data, file }, ({ operations }) => operations.locks())
  print(json ? JSON.stringify(report, null, 2) : renderReport(report))
}

function renderReport({ locks, freed }: LockReport): string {
  const held =
    locks.length === 0
      ? 'No lock is held.'
      : renderTable(['SERVICE', 'INSTANCE', 'LOCK', 'HOLDER', 'SINCE', 'WAITERS'], locks.map(rowOf))
  return [held, ...freed.map(renderFreed)].join('\n')
}

function rowOf({ service, instance, lock, holder, sinceMs, waiters }: LockSummary): string[] {
  const by = holder ? `${holder.saga} ${onOneLine(holder.key)}` : ''
  const since = sinceMs === undefined ? '' : `${renderAge(Date.now() - sinceMs)} ago`
  return [service, onOneLine(instance), lock, by, since, String(waiters)]
}

function renderFreed({
  service,
  instance,
  lock,
  holder,
  reason,
  by,
  atMs,
}: FreedLockSummary): string {
  const who = by === undefined ? '' : ` by ${onOneLine(by)}`
  const from = holder ? ` of ${holder.saga} ${onOneLine(holder.key)}` : ''
  const when = `${renderAge(Date.now() - atMs)} ago`
  const what = `${lock} of ${service} ${onOneLine(instance)}`
  return style('dim', `freed${who} ${when}: ${what}${from}: ${onOneLine(reason)}`)
}

async function free(service: string, instance: string, ...rest: readonly unknown[]): Promise<void> {
  // Why the casts: Commander hands over the arguments in their order, then the options.
  const [lock, file, options] = rest as readonly [string, string | undefined, FreeOptions]
  const { data, json, reason, by } = options
  const request = { service, instance, lock, reason, ...(by !== undefined && { by }) }
  const { saga, key } = await withOperations({ data, file }, ({ operations }) =>
    operations.freeLock(request),
  )
  print(
    json
      ? JSON.stringify({ freed: request, holder: { saga, key } }, null, 2)
      : `Lock ${lock} of ${service} ${onOneLine(instance)} is free now. ${saga} ${onOneLine(key)} held it.`,
  )
}

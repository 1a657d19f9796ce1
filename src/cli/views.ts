import { Command } from 'commander'
import type { RebuildProgress } from '../runtime/index.ts'
import { withExamples } from './describe-command.ts'
import { dataOption, jsonOption, offlineSystemArgument } from './options.ts'
import { withOperations } from './running/reach-operations.ts'
import { print, printNote } from './terminal.ts'

interface Options {
  readonly data: string
  readonly json?: boolean
}

/** How often progress is told to a reader who cannot see a line change. */
const progressEveryMs = 1_000

/** `dure views`: work on views. */
export function defineViews(): Command {
  return new Command('views')
    .summary('rebuild views')
    .description('Works on views.')
    .addCommand(defineRebuild())
}

function defineRebuild(): Command {
  const command = new Command('rebuild')
    .summary('build a view anew from the log')
    .description(
      'Builds a view anew from the log. The old documents are read until the new ones are complete.',
    )
    .argument('<service>', 'service of the view')
    .argument('<view>', 'name of the view')
    .argument(...offlineSystemArgument)
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(rebuild)
  return withExamples(command, [
    {
      line: 'dure views rebuild order orders',
      says: 'view "orders" of service "order", while the system runs',
    },
    { line: 'dure views rebuild order orders system.ts', says: 'the same while it does not run' },
  ])
}

async function rebuild(service: string, view: string, ...rest: readonly unknown[]): Promise<void> {
  // Why the casts: Commander hands over the arguments in their order, then the options.
  const [file, { data, json }] = rest as readonly [string | undefined, Options]
  const startedAtMs = performance.now()
  let done = 0
  await withOperations({ data, file }, async ({ operations }) => {
    const tell = progressTeller(json ?? false)
    await operations.rebuildView(service, view, (at) => {
      ;({ done } = at)
      tell(at)
    })
  })
  const seconds = (performance.now() - startedAtMs) / 1_000
  if (json) print(JSON.stringify({ service, view, done, seconds }))
  else
    print(`View ${view} of ${service} is rebuilt from ${done} entries, in ${seconds.toFixed(1)} s.`)
}

function progressTeller(isJson: boolean): (at: RebuildProgress) => void {
  let toldAtMs = performance.now()
  return (at) => {
    if (performance.now() - toldAtMs < progressEveryMs) return
    toldAtMs = performance.now()
    const { service, view, done, total } = at
    printNote(
      isJson ? JSON.stringify(at) : `View ${view} of ${service}: ${done} of ${total} entries`,
    )
  }
}

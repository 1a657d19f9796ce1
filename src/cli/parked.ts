import { Command } from 'commander'
import { DureError } from '../language/errors.ts'
import type { Operations, ParkedSummary, RedrivePreview } from '../runtime/index.ts'
import { withExamples } from './describe-command.ts'
import { exitCodes } from './exit-codes.ts'
import { dataOption, jsonOption, offlineSystemArgument } from './options.ts'
import { withLook, withOperations } from './running/reach-operations.ts'
import { renderPreview } from './sagas/render-preview.ts'
import { onOneLine, print, renderAge, style } from './terminal.ts'

interface Options {
  readonly data: string
  readonly json?: boolean
}

interface RedriveOptions extends Options {
  readonly all?: boolean
  readonly dryRun?: boolean
}

const idArgument = ['<id>', 'id of the message, as "dure parked list" shows it'] as const

/** `dure parked`: messages that could not be handled. */
export function defineParked(): Command {
  return new Command('parked')
    .summary('look at messages that could not be handled, and decide about them')
    .description(
      'A message that cannot be handled is parked with the reason, and later messages of its key wait behind it. These commands show such messages, handle them again, or drop them on purpose.',
    )
    .addCommand(defineList())
    .addCommand(defineShow())
    .addCommand(defineRedrive())
    .addCommand(defineDrop())
}

function subcommand(name: string, says: string): Command {
  return new Command(name).summary(says).addOption(dataOption()).addOption(jsonOption())
}

function defineList(): Command {
  const command = subcommand('list', 'list parked messages')
    .description('Lists parked messages: where they wait, and why.')
    .argument(...offlineSystemArgument)
    .action(list)
  return withExamples(command, [
    { line: 'dure parked list', says: 'of the system that runs on .dure' },
    { line: 'dure parked list system.ts', says: 'also while it does not run' },
    { line: "dure parked list --json | jq -r '.[].id'", says: 'only the ids' },
  ])
}

function defineShow(): Command {
  const command = subcommand('show', 'show one parked message whole')
    .description('Shows one parked message whole: the reason and the message itself.')
    .argument(...idArgument)
    .argument(...offlineSystemArgument)
    .action(show)
  return withExamples(command, [
    {
      line: 'dure parked show order:view:titles@1/catalog/9c3cc03a-0/000000000017',
      says: 'the reason and the message',
    },
  ])
}

function defineRedrive(): Command {
  const command = subcommand('redrive', 'handle parked messages again')
    .description(
      'Handles a parked message again, once. Messages of its key that wait behind it follow by themselves when it succeeded. When it fails again it stays parked with the new reason, and the command ends with 1.',
    )
    .argument('[id]', idArgument[1])
    .argument(...offlineSystemArgument)
    .option('--all', 'handle all parked messages again')
    .option('--dry-run', 'only show what it would lead to, with the code of today')
    .action(redrive)
  return withExamples(command, [
    {
      line: 'dure parked redrive order:view:titles@1/catalog/9c3cc03a-0/000000000017',
      says: 'one message, after the cause was mended',
    },
    { line: 'dure parked redrive --all', says: 'all of them' },
    { line: 'dure parked redrive --all --dry-run', says: 'what that would lead to' },
  ])
}

function defineDrop(): Command {
  const command = subcommand('drop', 'drop a parked message on purpose')
    .description(
      'Drops a parked message on purpose: it is never handled, and those behind it go on. Prints the message, the only copy outside the log of its source.',
    )
    .argument(...idArgument)
    .argument(...offlineSystemArgument)
    .action(drop)
  return withExamples(command, [
    {
      line: 'dure parked drop order:view:titles@1/catalog/9c3cc03a-0/000000000017 > dropped.json',
      says: 'drops it and keeps a copy',
    },
  ])
}

async function list(file: string | undefined, { data, json }: Options): Promise<void> {
  const parked = await withLook({ data, file }, ({ operations }) => operations.parked())
  if (json) print(JSON.stringify(parked, null, 2))
  else if (parked.length === 0) print('Nothing is parked.')
  else for (const each of parked) print(renderSummary(each))
}

function renderSummary(parked: ParkedSummary): string {
  const { id, type, key, code, reason, attempts, atMs } = parked
  const age = renderAge(Date.now() - atMs)
  const tried = attempts === 1 ? 'once' : `${attempts} times`
  return [
    style('bold', id),
    `  ${type} of key ${onOneLine(key)}, parked ${age} ago, tried ${tried}`,
    `  ${onOneLine(reason)} ${style('dim', `[${code}]`)}`,
  ].join('\n')
}

async function show(id: string, file: string | undefined, { data, json }: Options): Promise<void> {
  const parked = await withLook({ data, file }, ({ operations }) => operations.showParked(id))
  if (json) print(JSON.stringify(parked, null, 2))
  else print(`${renderSummary(parked)}\n\n${JSON.stringify(parked.envelope, null, 2)}`)
}

async function redrive(
  first: string | undefined,
  second: string | undefined,
  { data, json, all, dryRun }: RedriveOptions,
): Promise<void> {
  const [id, file] = all ? [undefined, first] : [first, second]
  if (all ? second !== undefined : id === undefined) {
    throw new DureError('CLI_USAGE', 'Say which message to handle again: its id, or --all.')
  }
  if (dryRun) return lookAhead(id, { data, file, json })
  const results = await withOperations({ data, file }, async ({ operations }) =>
    id === undefined ? redriveAll(operations) : [await redriveOne(operations, id)],
  )
  if (json) print(JSON.stringify(results, null, 2))
  else for (const result of results) print(renderResult(result))
  if (!json && results.length === 0) print('Nothing is parked.')
  if (results.some(({ handled }) => !handled)) process.exitCode = exitCodes.failed.code
}

/** Each message for itself: what one would lead to, the next does not see. */
async function lookAhead(
  id: string | undefined,
  { data, file, json }: { data: string; file: string | undefined; json: boolean | undefined },
): Promise<void> {
  const results = await withLook({ data, file }, async ({ operations }) => {
    const ids = id === undefined ? (await operations.parked()).map((each) => each.id) : [id]
    const found: (RedrivePreview & { readonly id: string })[] = []
    for (const each of ids) {
      const ahead = await operations.previewRedrive(each).catch((thrown: unknown) => {
        if (id !== undefined) throw thrown
        const { handled, reason = '' } = skipped(each, thrown) ?? { handled: false }
        return { handled, reason, entries: [], timers: 0 }
      })
      found.push({ id: each, ...ahead })
    }
    return found
  })
  if (json) print(JSON.stringify(results, null, 2))
  else for (const result of results) print(renderAhead(result))
  if (!json && results.length === 0) print('Nothing is parked.')
  if (results.some(({ handled }) => !handled)) process.exitCode = exitCodes.failed.code
}

function renderAhead({ id, ...ahead }: RedrivePreview & { readonly id: string }): string {
  if (!ahead.handled) {
    return `${style('red', 'would stay parked')}  ${id}\n  ${onOneLine(ahead.reason ?? '')}`
  }
  return [`${style('green', 'would be handled')}   ${id}`, ...renderPreview(ahead)].join('\n')
}

interface RedriveResult {
  readonly id: string
  readonly handled: boolean
  readonly reason?: string
}

async function redriveOne(operations: Operations, id: string): Promise<RedriveResult> {
  return { id, ...(await operations.redrive(id)) }
}

/** Each message once. One that waits behind another is handled with it, and so is no longer there. */
async function redriveAll(operations: Operations): Promise<readonly RedriveResult[]> {
  const results: RedriveResult[] = []
  for (const { id } of await operations.parked()) {
    const result = await redriveOne(operations, id).catch((thrown: unknown) => skipped(id, thrown))
    if (result) results.push(result)
  }
  return results
}

function skipped(id: string, thrown: unknown): RedriveResult | undefined {
  if (thrown instanceof DureError && thrown.code === 'PARKED_UNKNOWN') return undefined
  if (thrown instanceof DureError && thrown.code === 'PARKED_ORDER') {
    return { id, handled: false, reason: thrown.message }
  }
  throw thrown
}

function renderResult({ id, handled, reason = '' }: RedriveResult): string {
  if (handled) return `${style('green', 'handled')}       ${id}`
  return `${style('red', 'still parked')}  ${id}\n  ${onOneLine(reason)}`
}

async function drop(id: string, file: string | undefined, { data, json }: Options): Promise<void> {
  const dropped = await withOperations({ data, file }, async ({ operations }) => {
    const parked = await operations.showParked(id)
    await operations.dropParked(id)
    return parked
  })
  print(JSON.stringify(json ? dropped : dropped.envelope, null, 2))
}

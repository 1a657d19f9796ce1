import { Command, Option } from 'commander'
import { DureError } from '../../language/errors.ts'
import type { InterventionPreview } from '../../runtime/index.ts'
import type {
  SagaFilter,
  SagaPage,
  SagaRequest,
  SagaSummary,
} from '../../sagas/operating/saga-operations.ts'
import type { SagaOrder } from '../../sagas/saga-state.ts'
import { withExamples } from '../describe-command.ts'
import { dataOption, jsonOption, offlineSystemArgument } from '../options.ts'
import { withLook, withOperations } from '../running/reach-operations.ts'
import { showStory, type ShowOptions } from './show-story.ts'
import { renderPreview } from './render-preview.ts'
import { onOneLine, print, printNote, renderAge, renderTable, style } from '../terminal.ts'

interface Options {
  readonly data: string
  readonly json?: boolean
}

interface ListOptions extends Options {
  readonly saga?: string
  readonly status?: NonNullable<SagaFilter['status']>
  readonly key?: string
  readonly limit: string
  readonly after?: string
}

interface InterveneOptions extends Options {
  readonly reason: string
  readonly by?: string
  readonly id?: string
  readonly dryRun?: boolean
  readonly as?: 'completed' | 'compensated'
  readonly step?: string
  readonly output?: string
}

const sagaArgument = ['<saga>', 'name of the saga'] as const
const keyArgument = ['<key>', 'key of the instance, as "dure sagas list" shows it'] as const
const statuses = ['open', 'running', 'compensating', 'completed', 'compensated', 'parked'] as const
/** When a slow look is told of, in milliseconds. */
const patienceMs = 1_000

/** `dure sagas`: instances of sagas, and what an operator can do to them. */
export function defineSagas(): Command {
  return new Command('sagas')
    .summary('look at instances of sagas, and decide about them')
    .description(
      'An instance of a saga ends as completed, compensated or parked. These commands list instances, tell what happened to one, and do what only an operator can decide. Whatever an operator does is kept with the instance, with the reason.',
    )
    .addCommand(defineList())
    .addCommand(defineShow())
    .addCommand(defineCancel())
    .addCommand(defineRetry())
    .addCommand(defineCompensate())
    .addCommand(defineResolve())
}

function defineList(): Command {
  const command = new Command('list')
    .summary('list instances')
    .description('Lists instances, ordered by saga and key: how each is, and what it waits for.')
    .argument(...offlineSystemArgument)
    .option('--saga <name>', 'only of this saga')
    .addOption(
      new Option('--status <status>', 'only those that are so; open: not ended').choices(statuses),
    )
    .option('--key <key>', 'only the one with this key')
    .option('--limit <count>', 'how many to show', '100')
    .option('--after <place>', 'go on where the list before ended')
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(list)
  return withExamples(command, [
    { line: 'dure sagas list --status parked', says: 'those that need an operator' },
    { line: 'dure sagas list --saga checkout --status open', says: 'those that go on' },
    { line: 'dure sagas list system.ts', says: 'also while the system does not run' },
  ])
}

function defineShow(): Command {
  const command = new Command('show')
    .summary('tell what happened to one instance')
    .description(
      'Tells what happened to one instance: what was sent, done, rejected and undone, by which service, what is waited for, and what operators did. It is read from the logs of all services.',
    )
    .argument(...sagaArgument)
    .argument(...keyArgument)
    .argument(...offlineSystemArgument)
    .option('--svg <file>', 'draw it into this file')
    .option('--mermaid', 'write it as a Mermaid sequence diagram')
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(show)
  return withExamples(command, [
    { line: 'dure sagas show checkout o-17', says: 'a timeline' },
    { line: 'dure sagas show checkout o-17 --svg o-17.svg', says: 'the same as a picture' },
  ])
}

function defineIntervention(name: SagaOrder['act'], says: string): Command {
  return new Command(name)
    .summary(says)
    .argument(...sagaArgument)
    .argument(...keyArgument)
    .argument(...offlineSystemArgument)
    .requiredOption('--reason <text>', 'why; kept with the instance')
    .option('--by <name>', 'who decided it; kept with the instance')
    .option('--id <id>', 'command id: the same request under the same id takes effect once')
    .option('--dry-run', 'only show what it would lead to')
    .addOption(dataOption())
    .addOption(jsonOption())
    .action((saga: string, key: string, ...rest: readonly unknown[]) =>
      intervene(name, { saga, key }, rest),
    )
}

function defineCancel(): Command {
  const command = defineIntervention('cancel', 'turn a running instance back').description(
    'Turns a running instance back, as a deadline does: what was done is undone, also what is done late. It is refused once the pivot was sent.',
  )
  return withExamples(command, [
    { line: 'dure sagas cancel checkout o-17 --reason "asked by phone"', says: 'turn it back' },
  ])
}

function defineRetry(): Command {
  const command = defineIntervention('retry', 'send again what a parked instance was refused')
  command.description(
    'Sends again what was refused, under fresh command ids, and lets a parked instance go on from there.',
  )
  return withExamples(command, [
    { line: 'dure sagas retry checkout o-17 --reason "stock mended"', says: 'go on' },
    {
      line: 'dure sagas retry checkout o-17 --reason "a look" --dry-run',
      says: 'only see what would be sent',
    },
  ])
}

function defineCompensate(): Command {
  const command = defineIntervention('compensate', 'let a parked instance go back').description(
    'Lets a parked instance that has not passed its pivot go back: the undo that was refused is sent again, then those before it. "resolve --step" leaves one out.',
  )
  return withExamples(command, [
    { line: 'dure sagas compensate checkout o-17 --reason "stock mended"', says: 'go back' },
  ])
}

function defineResolve(): Command {
  const command = defineIntervention('resolve', 'declare a parked instance, or a step, settled')
    .description(
      'Declares a parked instance settled, or one step of it: somebody has seen to it outside the system. Nothing is sent for what is declared settled; behind a step the instance goes on.',
    )
    .addOption(
      new Option('--as <end>', 'how the whole instance ends').choices(['completed', 'compensated']),
    )
    .option('--step <step>', 'the one refused step that is settled')
    .option('--output <json>', 'what that step gave, for the steps behind it')
  return withExamples(command, [
    {
      line: 'dure sagas resolve checkout o-17 --as compensated --reason "refunded by hand"',
      says: 'it has ended',
    },
    {
      line: 'dure sagas resolve checkout o-17 --step parcel --reason "sent by courier"',
      says: 'that step is done, go on behind it',
    },
  ])
}

async function list(file: string | undefined, options: ListOptions): Promise<void> {
  const { data, json, saga, status, key, after } = options
  const limit = readLimit(options.limit)
  const filter: SagaFilter = {
    limit,
    ...(saga !== undefined && { saga }),
    ...(status !== undefined && { status }),
    ...(key !== undefined && { key }),
    ...(after !== undefined && { after }),
  }
  const page = await withLook({ data, file }, ({ operations }) => operations.sagas(filter))
  print(json ? JSON.stringify(page, null, 2) : renderPage(page))
}

function readLimit(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  throw new DureError('CLI_USAGE', 'Write a number from 1 to 1000 for --limit.')
}

function renderPage({ instances, next }: SagaPage): string {
  if (instances.length === 0) return 'There is no such instance.'
  const table = renderTable(
    ['SAGA', 'KEY', 'STATUS', 'STARTED', 'STEPS', 'WHY'],
    instances.map(rowOf),
  )
  if (next === undefined) return table
  return `${table}\n${style('dim', `There are more: --after ${JSON.stringify(next)}`)}`
}

function rowOf({ saga, key, status, startedAtMs, steps, why = '' }: SagaSummary): string[] {
  const age = `${renderAge(Date.now() - startedAtMs)} ago`
  return [saga, onOneLine(key), status, age, steps.join(' '), onOneLine(why)]
}

async function show(saga: string, key: string, ...rest: readonly unknown[]): Promise<void> {
  // Why the casts: Commander hands over the arguments in their order, then the options.
  const [file, options] = rest as readonly [string | undefined, ShowOptions]
  const { data } = options
  const note = setTimeout(() => printNote('Reading the logs of the services...'), patienceMs)
  try {
    const story = await withLook({ data, file }, ({ operations }) => operations.saga(saga, key))
    showStory(story, options)
  } finally {
    clearTimeout(note)
  }
}

async function intervene(
  act: SagaOrder['act'],
  instance: { readonly saga: string; readonly key: string },
  rest: readonly unknown[],
): Promise<void> {
  // Why the casts: Commander hands over the arguments in their order, then the options.
  const [file, options] = rest as readonly [string | undefined, InterveneOptions]
  const { data, json, reason, by, id, dryRun } = options
  const request: SagaRequest = {
    ...orderOf(act, options),
    ...instance,
    reason,
    ...(by !== undefined && { by }),
    ...(id !== undefined && { id }),
  }
  if (dryRun) {
    const ahead = await withLook({ data, file }, ({ operations }) =>
      operations.previewIntervention(request),
    )
    return print(json ? JSON.stringify(ahead, null, 2) : renderAhead(ahead))
  }
  const done = await withOperations({ data, file }, ({ operations }) =>
    operations.intervene(request),
  )
  const again = done.repeated ? ' This was done before.' : ''
  print(
    json
      ? JSON.stringify(done, null, 2)
      : `${instance.saga} ${onOneLine(instance.key)} is ${done.status} now.${again}`,
  )
}

function orderOf(act: SagaOrder['act'], options: InterveneOptions): SagaOrder {
  if (act !== 'resolve') return { act }
  const { as, step, output } = options
  if ((as === undefined) === (step === undefined)) {
    throw new DureError('CLI_USAGE', 'Say what is settled: all of it, with --as, or one --step.')
  }
  if (as !== undefined) return { act, as }
  return { act, step: step ?? '', ...(output !== undefined && { output: readOutput(output) }) }
}

function readOutput(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new DureError('CLI_USAGE', 'Write JSON for --output.', { cause })
  }
}

function renderAhead(ahead: InterventionPreview): string {
  return [`It would be ${ahead.status}.`, ...renderPreview(ahead)].join('\n')
}

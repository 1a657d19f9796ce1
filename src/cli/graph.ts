import { Command, Option } from 'commander'
import {
  describeSystem,
  type Manifest,
  renderJson,
  renderLanesMermaid,
  renderLanesSvg,
  renderMermaid,
  renderSagaMermaid,
  renderSagaSvg,
  renderSvg,
  type SagaManifest,
} from '../graph/index.ts'
import { DureError } from '../language/errors.ts'
import { withExamples } from './describe-command.ts'
import { loadSystem } from './loading/load-system.ts'
import { jsonOption, systemArgument } from './options.ts'
import { printNote } from './terminal.ts'
import { writeOutput } from './write-output.ts'

type Format = 'svg' | 'mermaid' | 'json'

interface Options {
  readonly format: Format
  readonly saga?: string
  readonly participants?: boolean
  readonly out?: string
  readonly json?: boolean
}

/** `dure graph`: the system as a picture or as data. */
export function defineGraph(): Command {
  const command = new Command('graph')
    .summary('draw a system or one of its sagas')
    .description(
      'Draws a system: its services, the messages between them, its sagas and gateways. SVG for people, Mermaid for pages that draw it themselves, JSON for programs.',
    )
    .argument(...systemArgument)
    .addOption(
      new Option('--format <format>', 'what to write')
        .choices(['svg', 'mermaid', 'json'])
        .default('svg'),
    )
    .option('--saga <name>', 'draw the plan of this saga instead')
    .option('--participants', 'with --saga: draw what each participant does in it')
    .option('--out <file>', 'write into this file instead of standard output')
    .addOption(jsonOption().implies({ format: 'json' }))
    .action(graph)
  return withExamples(command, [
    { line: 'dure graph system.ts --out system.svg', says: 'a picture of the system' },
    { line: 'dure graph system.ts --saga checkout > checkout.svg', says: 'a picture of one saga' },
    {
      line: 'dure graph system.ts --saga checkout --participants > lanes.svg',
      says: 'what each participant does in it',
    },
    { line: 'dure graph system.ts --format mermaid', says: 'text for a Markdown page' },
    { line: 'dure graph system.ts --format json', says: 'the system as data' },
  ])
}

async function graph(path: string, options: Options): Promise<void> {
  const { format, saga, out, participants = false } = options
  if (participants && saga === undefined)
    throw new DureError('CLI_USAGE', 'Say of which saga: --participants goes with --saga <name>.')
  const { system } = await loadSystem(path)
  const manifest = describeSystem(system)
  const content =
    saga === undefined
      ? await renderSystem(manifest, format)
      : render[participants ? 'participants' : 'plan'](findSaga(manifest, saga), format)
  if (out === undefined) process.stdout.write(content)
  else {
    writeOutput(out, content)
    printNote(`Wrote ${out}.`)
  }
}

function findSaga(manifest: Manifest, name: string): SagaManifest {
  const found = manifest.sagas.find((saga) => saga.name === name)
  if (found) return found
  const names = manifest.sagas.map((saga) => saga.name)
  throw new DureError(
    'SAGA_UNKNOWN',
    `System "${manifest.system}" has no saga "${name}". It has: ${names.join(', ') || 'none'}.`,
  )
}

async function renderSystem(manifest: Manifest, format: Format): Promise<string> {
  if (format === 'svg') {
    // Only now: the layout is large, and nothing else needs it.
    const { elkLayout } = await import('../adapters/elk/index.ts')
    return renderSvg(manifest, elkLayout())
  }
  return format === 'mermaid' ? renderMermaid(manifest) : renderJson(manifest)
}

const render = {
  plan(saga: SagaManifest, format: Format): string {
    if (format === 'svg') return renderSagaSvg(saga)
    return format === 'mermaid' ? renderSagaMermaid(saga) : renderJson(saga)
  },
  participants(saga: SagaManifest, format: Format): string {
    if (format === 'svg') return renderLanesSvg(saga)
    return format === 'mermaid' ? renderLanesMermaid(saga) : renderJson(saga)
  },
}

import { Command, Option } from 'commander'
import { withExamples } from './describe-command.ts'
import { jsonOption } from './options.ts'
import { loadScenario, withFaults } from './simulating/load-scenario.ts'
import { replay } from './simulating/explain.ts'
import { seedsDefault, searchAndReport } from './simulating/search-and-report.ts'
import { workersDefault } from './simulating/search.ts'
import {
  parseFaults,
  parseWhole,
  parseWorkers,
  parseWorld,
  replayedWorld,
  type SimulateFlags,
} from './simulating/simulate-options.ts'
import { reserveOutput } from './terminal.ts'
import { assertWritable } from './write-output.ts'

/** Without an argument: what this file of the working folder exports. */
const fileDefault = 'simulation.ts'

/** `dure simulate`: worlds that fail, from seeds. */
export function defineSimulate(): Command {
  const command = new Command('simulate')
    .summary('run a system in worlds that fail, and judge what it does')
    .description(
      'Runs a scenario in many worlds that fail, each made from a seed, and judges what the system does there. The same seed gives the same world. The first violation is made small and told as a story.',
    )
    .argument('[file]', `file that exports scenarios; ${fileDefault} without it`)
    .option(
      '--scenario <name>',
      'scenario of the file; its default export, or its only one, without it',
    )
  for (const option of searchOptions()) command.addOption(option)
  for (const option of replayOptions()) command.addOption(option)
  command.addOption(jsonOption()).action(simulate)
  return withExamples(command, [
    { line: 'dure simulate', says: `1,000 worlds of the scenario in ${fileDefault}, on all cores` },
    {
      line: 'dure simulate simulation.ts --seeds 50000 --coverage',
      says: 'more worlds, and what they reached',
    },
    {
      line: 'dure simulate simulation.ts --time 600 --corpus worlds.json',
      says: 'ten minutes, going on where the last search ended',
    },
    { line: 'dure simulate simulation.ts --seed 17', says: 'the story of one world' },
    {
      line: 'dure simulate simulation.ts --seed 17 --until 120 --svg 17.svg',
      says: 'its first 120 steps, as a picture',
    },
  ])
}

function searchOptions(): readonly Option[] {
  const single = ['seed', 'world']
  return [
    new Option(
      '--seeds <number>',
      `how many worlds to run; ${seedsDefault}, or as many as --time allows, without it`,
    )
      .argParser(parseWhole)
      .conflicts(single),
    new Option('--from <seed>', 'first seed; 1, or where the corpus ends, without it')
      .argParser(parseWhole)
      .conflicts(single),
    new Option('--time <seconds>', 'how long to run').argParser(parseWhole).conflicts(single),
    new Option(
      '--faults <list>',
      'faults or groups of faults that may be, between commas; "none" for no fault',
    ).argParser(parseFaults),
    new Option('--workers <number>', 'threads to run on')
      .argParser(parseWorkers)
      .default(workersDefault, 'all cores'),
    new Option(
      '--corpus <file>',
      'keep worlds that reach something new in this file, and mutate them',
    ).conflicts(single),
    new Option('--coverage', 'say what was reached of what can be reached'),
    new Option('--no-shrink', 'leave a violation as it was found'),
  ]
}

function replayOptions(): readonly Option[] {
  return [
    new Option('--seed <seed>', 'run this world alone, and tell its story').argParser(parseWhole),
    new Option(
      '--world <json>',
      'run this world alone: what a report gives where a seed does not say it all',
    )
      .argParser(parseWorld)
      .conflicts('seed'),
    new Option('--svg <file>', 'draw the world into this file, as a sequence diagram'),
    new Option('--mermaid <file>', 'the same as text for a Markdown page'),
    new Option('--regression <file>', 'write a test of the violation into this file'),
    new Option('--until <step>', 'stop the one world after this step').argParser(parseWhole),
  ]
}

async function simulate(path: string | undefined, flags: SimulateFlags): Promise<void> {
  reserveOutput()
  const file = path ?? fileDefault
  assertWritable([flags.corpus, flags.svg, flags.mermaid, flags.regression])
  const world = replayedWorld(flags)
  const { scenario: loaded, exportName } = await loadScenario(file, flags.scenario)
  const scenario = withFaults(loaded, flags.faults)
  const request = { file, exportName, scenario, flags }
  if (world) await replay(request, world)
  else await searchAndReport(request)
}

import { relative } from 'node:path'
import { Command } from 'commander'
import {
  checkImports,
  checkSystem,
  compareSystems,
  describeSystem,
  type Finding,
  noteSystem,
} from '../../graph/index.ts'
import { collectSources } from '../loading/collect-sources.ts'
import { withExamples } from '../describe-command.ts'
import { exitCodes } from '../exit-codes.ts'
import { loadSystem } from '../loading/load-system.ts'
import { jsonOption, systemArgument } from '../options.ts'
import { isLost, readReleased, renderVerdicts } from './check-against.ts'
import { print, style } from '../terminal.ts'

interface Options {
  readonly json?: boolean
  readonly strict?: boolean
  readonly against?: string
}

/** `dure check`: what can be told without running. */
export function defineCheck(): Command {
  const command = new Command('check')
    .summary('find what is wrong with a system without running it')
    .description(
      'Finds what is wrong with a system without running it: missing handlers, messages nobody consumes, imports across services, sagas that cannot turn back, unbounded fan-out and more.',
    )
    .argument(...systemArgument)
    .option('--strict', 'count warnings as errors')
    .option(
      '--against <manifest>',
      'say what happens to running instances of sagas that began in the system of this manifest',
    )
    .addOption(jsonOption())
    .action(check)
  return withExamples(command, [
    { line: 'dure check system.ts', says: 'errors and warnings, in sentences' },
    {
      line: 'dure check system.ts --strict',
      says: 'for continuous integration: ends with 3 also on warnings',
    },
    { line: 'dure check system.ts --json', says: 'the findings as JSON' },
    {
      line: 'dure check system.ts --against released.json',
      says: 'what happens to running instances; "dure graph system.ts --format json" wrote that file before',
    },
  ])
}

async function check(path: string, { json, strict, against }: Options): Promise<void> {
  const before = readReleased(against)
  const loaded = await loadSystem(path)
  const found = [...checkSystem(loaded.system), ...checkImports(await collectSources(loaded))].map(
    showRelative,
  )
  const findings = [
    ...found.filter(({ level }) => level === 'error'),
    ...found.filter(({ level }) => level === 'warning'),
  ]
  const errors = findings.filter(({ level }) => level === 'error').length
  const warnings = findings.length - errors
  const notes = noteSystem(loaded.system)
  const running = before && compareSystems(before, describeSystem(loaded.system))
  const { name: system } = loaded.system
  if (json) printJson({ system, errors, warnings, findings, notes, ...(running && { running }) })
  else {
    for (const finding of [...findings, ...notes]) print(renderFinding(finding))
    if (running) print(renderVerdicts(running))
    print(renderTotal(system, { errors, warnings, notes: notes.length }))
  }
  if (isLost(running)) process.exitCode = exitCodes.failed.code
  else if (errors > 0 || (strict && warnings > 0)) process.exitCode = exitCodes.findings.code
}

function printJson(report: object): void {
  print(JSON.stringify(report, null, 2))
}

/** File names as the reader would type them. */
function showRelative(finding: Finding): Finding {
  if (finding.code !== 'IMPORT_ACROSS_SERVICES') return finding
  const here = `${process.cwd().replaceAll('\\', '/')}/`
  return {
    ...finding,
    where: relative(process.cwd(), finding.where),
    message: finding.message.replaceAll(here, ''),
  }
}

const colors = { error: 'red', warning: 'yellow', note: 'dim' } as const

function renderFinding({ code, level, where, message }: Finding): string {
  const color = colors[level]
  return `${style(color, level)}  ${style('bold', where)}  ${style('dim', code)}\n  ${message}\n`
}

interface Total {
  readonly errors: number
  readonly warnings: number
  readonly notes: number
}

function renderTotal(system: string, { errors, warnings, notes }: Total): string {
  const count = (number: number, noun: string): string =>
    `${number} ${noun}${number === 1 ? '' : 's'}`
  const noted = notes === 0 ? '' : `, ${count(notes, 'note')}`
  if (errors + warnings === 0) return `${system}: nothing wrong found${noted}.`
  return `${system}: ${count(errors, 'error')}, ${count(warnings, 'warning')}${noted}.`
}

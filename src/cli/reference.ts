// The reference page of the command line, made from the very definitions that parse it.
// `node --conditions=dure-source src/cli/reference.ts --write` writes it; a test fails when it is out of date.

import { fileURLToPath } from 'node:url'
import type { Command, Option } from 'commander'
import { writeFileWhole } from '../adapters/node/write-file.ts'
import { findingCatalogue } from '../graph/index.ts'
import { listExamples } from './describe-command.ts'
import { exitCodes } from './exit-codes.ts'
import { allCommands, createProgram, fullName } from './program.ts'
import { print } from './terminal.ts'

/** Gives the whole reference page as Markdown. */
export function renderCliReference(): string {
  const program = createProgram()
  const commands = allCommands(program).filter((command) => command.commands.length === 0)
  return [
    '# Command line',
    '',
    'Every command of `dure`. Generated from the definitions of the commands; `dure <command> --help` says the same.',
    '',
    renderTable(
      ['Command', 'What it does'],
      commands.map((command) => [
        `[\`${fullName(command)}\`](#${anchorOf(command)})`,
        command.summary(),
      ]),
    ),
    ...commands.flatMap(renderCommand),
    '',
    '## Exit codes',
    '',
    renderTable(
      ['Code', 'Meaning'],
      Object.values(exitCodes).map(({ code, meaning }) => [String(code), meaning]),
    ),
    '',
    '## Environment',
    '',
    renderTable(['Variable', 'Meaning'], environment),
    '',
    '## What `dure check` finds',
    '',
    renderTable(
      ['Code', 'Level', 'Meaning'],
      Object.entries(findingCatalogue).map(([code, { level, summary }]) => [
        `\`${code}\``,
        level,
        summary,
      ]),
    ),
    '',
  ].join('\n')
}

const environment: readonly (readonly string[])[] = [
  ['`DURE_DATA`', 'Folder of the data, when `--data` is not given.'],
  ['`PORT`', 'Port of the gateway, when `--port` is not given.'],
  ['`DURE_DEBUG`', 'When set, errors also say where in the code they were thrown.'],
  ['`NO_COLOR`', 'When set, nothing is coloured. Output that is no terminal never is.'],
]

function anchorOf(command: Command): string {
  return fullName(command).replaceAll(' ', '-')
}

function renderCommand(command: Command): readonly string[] {
  const options = command.options.filter(({ hidden }) => !hidden)
  return [
    '',
    `## ${fullName(command)}`,
    '',
    command.description(),
    '',
    '```sh',
    `${fullName(command)} ${command.usage()}`,
    '```',
    '',
    renderTable(
      ['Argument or option', 'Meaning'],
      [
        ...command.registeredArguments.map((argument) => {
          const name = argument.required ? `<${argument.name()}>` : `[${argument.name()}]`
          return [`\`${name}\``, argument.description]
        }),
        ...options.map((option) => [`\`${option.flags}\``, describeOption(option)]),
      ],
    ),
    '',
    'Examples:',
    '',
    renderTable(
      ['Line', 'What it gives'],
      listExamples(command).map(({ line, says }) => [`\`${line}\``, says]),
    ),
  ]
}

function describeOption({ description, argChoices, defaultValue, envVar, negate }: Option): string {
  const facts = [
    ...(argChoices ? [`one of ${argChoices.join(', ')}`] : []),
    ...(defaultValue === undefined || negate ? [] : [`\`${String(defaultValue)}\` without it`]),
    ...(envVar === undefined ? [] : [`or from \`${envVar}\``]),
  ]
  return facts.length === 0 ? description : `${description} (${facts.join('; ')})`
}

function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n')
}

if (import.meta.main) {
  const page = fileURLToPath(new URL('../../docs/reference/cli.md', import.meta.url))
  if (process.argv.includes('--write')) writeFileWhole(page, renderCliReference())
  else print(renderCliReference())
}

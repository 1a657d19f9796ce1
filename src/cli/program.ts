import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { defineAsyncApi } from './asyncapi.ts'
import { defineConfig } from './config/define-config.ts'
import { definePs, defineRoll, defineScale } from './processes/define-processes.ts'
import { defineStart } from './processes/define-start.ts'
import { defineUp } from './processes/define-up.ts'
import { defineCheck } from './checking/check.ts'
import { withExamples } from './describe-command.ts'
import { defineDev } from './dev.ts'
import { exitCodes } from './exit-codes.ts'
import { defineGraph } from './graph.ts'
import { defineLocks } from './sagas/define-locks.ts'
import { defineParked } from './parked.ts'
import { defineSagas } from './sagas/define-sagas.ts'
import { defineSimulate } from './simulate.ts'
import { defineStatus } from './status.ts'
import { printNote, styleNote } from './terminal.ts'
import { defineViews } from './views.ts'

/** Defines the whole command line. */
export function createProgram(): Command {
  const program = new Command('dure')
    .description('Runs and operates systems of services that are written with Dure.')
    .version(readVersion(), '--version', 'print the version of Dure')
    .addCommand(defineDev())
    .addCommand(defineUp())
    .addCommand(defineStart())
    .addCommand(defineCheck())
    .addCommand(defineGraph())
    .addCommand(defineAsyncApi())
    .addCommand(defineSimulate())
    .addCommand(defineStatus())
    .addCommand(defineSagas())
    .addCommand(defineLocks())
    .addCommand(defineParked())
    .addCommand(defineViews())
    .addCommand(definePs())
    .addCommand(defineScale())
    .addCommand(defineRoll())
    .addCommand(defineConfig())
  withExamples(program, [
    { line: 'dure dev system.ts', says: 'run a system' },
    { line: 'dure check system.ts', says: 'find what is wrong with it' },
    { line: 'dure simulate simulation.ts', says: 'run it in worlds that fail' },
    { line: 'dure status', says: 'see how it is' },
  ])
  program.addHelpText('after', renderExitCodes())
  for (const command of allCommands(program)) settle(command)
  return program
}

/** A command and all below it. */
export function allCommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(allCommands)]
}

function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  const found: unknown = JSON.parse(text)
  const hasVersion = typeof found === 'object' && found !== null && 'version' in found
  return hasVersion ? String(found.version) : 'unknown'
}

/** What is the same for every command: how it fails, and how its help looks. */
function settle(command: Command): void {
  command
    .exitOverride()
    .helpCommand(false)
    .configureHelp({ helpWidth: 100, sortSubcommands: false })
    .configureOutput({ outputError: (text) => printUsageError(command, text) })
}

function printUsageError(command: Command, text: string): void {
  const line = text
    .replace(/^error: /, '')
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ')
  const sentence = line.replace(/\.?$/, '.')
  const capital = `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`
  const help = `Run "${fullName(command)} --help" to see what can be said.`
  printNote(`${styleNote('red', 'dure:')} ${capital} ${help} ${styleNote('dim', '[CLI_USAGE]')}`)
}

/** `dure parked list`. */
export function fullName(command: Command): string {
  return command.parent ? `${fullName(command.parent)} ${command.name()}` : command.name()
}

function renderExitCodes(): string {
  const lines = Object.values(exitCodes).map(
    ({ code, meaning }) => `  ${String(code).padEnd(4)} ${meaning}`,
  )
  return ['', 'Exit codes:', ...lines].join('\n')
}

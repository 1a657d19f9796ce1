import { parseArgs } from 'node:util'
import type { Step } from './step.ts'

/** What a person asked for: which steps, and on what; or only for help, perhaps with the reason. */
export type Asked =
  | { readonly kind: 'run'; readonly steps: readonly Step[]; readonly paths: readonly string[] }
  | { readonly kind: 'help'; readonly problem?: string }

/** Parses the command line. */
export function parseOptions(args: readonly string[], steps: readonly Step[]): Asked {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    strict: false,
    options: { help: { type: 'boolean', short: 'h' } },
  })
  const unknown = Object.keys(values).find((name) => name !== 'help')
  if (unknown !== undefined) return { kind: 'help', problem: `There is no option "${unknown}".` }
  if (values['help'] === true) return { kind: 'help' }
  const [command = 'check', ...paths] = positionals
  const chosen = chooseSteps(command, steps)
  if (chosen.length === 0) return { kind: 'help', problem: `There is no step "${command}".` }
  return { kind: 'run', steps: chosen, paths }
}

function chooseSteps(command: string, steps: readonly Step[]): readonly Step[] {
  if (command === 'all') return steps
  if (command === 'check') return steps.filter((step) => step.isQuick)
  return steps.filter((step) => step.name === command)
}

/** Renders the help text. */
export function renderHelp(steps: readonly Step[]): string {
  const rows = steps.map(
    ({ name, says, isQuick }) => `  ${name.padEnd(14)}${says}${isQuick ? '' : ' *'}`,
  )
  return [
    'usage: node tools/verify.mjs [check | all | <step>] [file or folder...]',
    '',
    '  check         every quick step (the default)',
    '  all           every step',
    '',
    'steps (* not in check):',
    ...rows,
    '',
    'Files and folders narrow a step: "node tools/verify.mjs unit src/log".',
    'With CI=true a skipped test is a failure. The last line is the totals.',
    '',
  ].join('\n')
}

import type { Command } from 'commander'

export interface Example {
  readonly line: string
  readonly says: string
}

const examplesOf = new WeakMap<Command, readonly Example[]>()

/** Adds examples to the help of a command, and to the reference. */
export function withExamples(command: Command, examples: readonly Example[]): Command {
  examplesOf.set(command, examples)
  const width = Math.max(...examples.map(({ line }) => line.length))
  const lines = examples.map(({ line, says }) => `  ${line.padEnd(width)}  ${says}`)
  return command.addHelpText('after', ['', 'Examples:', ...lines].join('\n'))
}

/** The examples that were added to a command. */
export function listExamples(command: Command): readonly Example[] {
  return examplesOf.get(command) ?? []
}

import { CommanderError } from 'commander'
import { exitCodes } from './exit-codes.ts'
import { createProgram } from './program.ts'
import { reportError } from './report-error.ts'
import { endWithReader } from './terminal.ts'

/** Runs one command line. Sets the exit code; the process ends by itself when nothing is left to do. */
export async function runCli(argv: readonly string[]): Promise<void> {
  endWithReader()
  const program = createProgram()
  try {
    if (argv.length <= 2) {
      program.outputHelp({ error: true })
      process.exitCode = exitCodes.usage.code
    } else await program.parseAsync([...argv])
  } catch (thrown) {
    process.exitCode = thrown instanceof CommanderError ? usageCode(thrown) : reportError(thrown)
  }
}

function usageCode({ exitCode }: CommanderError): number {
  return exitCode === 0 ? exitCodes.ok.code : exitCodes.usage.code
}

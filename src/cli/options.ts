import { InvalidArgumentError, Option } from 'commander'

export const defaultData = '.dure'
export const defaultPort = 8080
const portMax = 65_535

/** Where the data is. */
export function dataOption(): Option {
  return new Option('--data <folder>', 'folder of the data').env('DURE_DATA').default(defaultData)
}

/** Output for programs. */
export function jsonOption(): Option {
  return new Option('--json', 'write JSON for programs')
}

/** The file of settings. */
export function configOption(): Option {
  return new Option('--config <file>', 'file of settings; dure.config.json without it').env(
    'DURE_CONFIG',
  )
}

/** Reads the number of a port; 0 is any that is free. */
export function parsePort(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= portMax) return port
  throw new InvalidArgumentError(`Write a number from 0 (any free port) to ${portMax}.`)
}

export const systemArgument = ['<system>', 'file whose default export is the system'] as const
export const offlineSystemArgument = [
  '[system]',
  "the system's file, to look into its data while it does not run",
] as const

// Servers that tests need and npm does not install.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

export interface WantedServer {
  readonly name: string
  /** Where it is; `undefined` when it is not here. */
  readonly find: () => string | undefined
  /** The packages of Debian that bring it. */
  readonly packages: readonly string[]
}

/** Finds a server, or installs it where that can be done: as root on Debian. Takes up to a few minutes. */
export function bringServer({ find, packages }: WantedServer): string | undefined {
  const found = find()
  if (found !== undefined || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    return found
  // Why the run level: the packages must not start a server of their own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const options = { stdio: 'ignore', env, timeout: 600_000 } as const
  spawnSync('apt-get', ['update', '-q'], options)
  spawnSync('apt-get', ['install', '-q', '-y', '--no-install-recommends', ...packages], options)
  return find()
}

/** A program where the environment, or else Debian, keeps programs. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/bin']
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}

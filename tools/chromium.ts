// The browser that tests of pages use: the one an environment variable points to, else the one that is installed,
// else, as root on Debian, the one that its packages bring.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Names the browser to use, in place of an installed one. */
export const chromiumVariable = 'DURE_CHROMIUM'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Where a browser is; `undefined` when there is none. */
export function findChromium(): string | undefined {
  const asked = process.env[chromiumVariable]
  return [...(asked === undefined ? [] : [asked]), ...places].find((place) => existsSync(place))
}

/** Finds a browser, or installs one where that can be done. Takes up to a few minutes. */
export function bringChromium(): string | undefined {
  const found = findChromium()
  if (found !== undefined || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    return found
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const options = { stdio: 'ignore', env: environment, timeout: 300_000 } as const
  spawnSync('apt-get', ['update', '-q'], options)
  spawnSync('apt-get', ['install', '-q', '-y', '--no-install-recommends', 'chromium'], options)
  return findChromium()
}

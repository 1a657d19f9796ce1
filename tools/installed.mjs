// Exits with 0 when what is installed is what package-lock.json says, with 1 when "npm ci" is needed.
import { readFileSync } from 'node:fs'

const root = new URL('../', import.meta.url)

function packagesOf(file) {
  return JSON.parse(readFileSync(new URL(file, root), 'utf8')).packages
}

function isInstalled() {
  const wanted = Object.entries(packagesOf('package-lock.json'))
  const present = packagesOf('node_modules/.package-lock.json')
  // Optional packages are for other platforms, and the entries outside node_modules are this repository itself.
  return wanted
    .filter(([path, { optional }]) => path.includes('node_modules/') && !optional)
    .every(([path, { version, integrity }]) => {
      const found = present[path]
      return found?.version === version && found?.integrity === integrity
    })
}

try {
  process.exitCode = isInstalled() ? 0 : 1
} catch {
  process.exitCode = 1
}

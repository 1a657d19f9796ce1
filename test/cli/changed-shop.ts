// A file with a scenario that is the one of the shop but for some fields.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Playground } from './dure.ts'

const simulation = join(import.meta.dirname, '../../src/simulate/index.ts')
const shopScenario = join(import.meta.dirname, '../simulate/shop-scenario.ts')

/** Writes a scenario of the shop, changed so, into the playground and gives its path. */
export function changedShop(playground: Playground, name: string, changed: string): string {
  const text = `import { isMainThread } from 'node:worker_threads'
import { action, atEnd, scenario } from '${simulation}'
import { shopScenario } from '${shopScenario}'
export default scenario('changed', { ...shopScenario, ${changed} })`
  writeFileSync(playground.path(name), text)
  return playground.path(name)
}
